/**
 * The journal while a session lasts: `journal/events.jsonl`, one record per line, written in batches at the end of the
 * file. What a batch holds is acknowledged to the monitor only after it was written.
 */

import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { messageOf } from "../common/errors.ts";
import { JsonError } from "../common/json.ts";
import type { JournalRecord } from "../report/event.ts";
import { parseJournalLine } from "../report/journal.ts";
import { linesOf } from "./lines.ts";

/** Written at a time, UTF-16 units: a batch of small events may tell of so many ancestors that its text is large. */
const PIECE = 1 << 20;

export class Journal {
  readonly path: string;
  /** The last sequence number that is in the file: events come in order, the second time, too. */
  last = 0;
  /** Events that could not be written; the reason of the last one. */
  failed = 0;
  failure: string | null = null;
  private readonly fd: number;

  /** Opens the file, or makes it. A line torn by the death of an earlier agent is cut off. @throws when it cannot */
  constructor(path: string) {
    this.path = path;
    this.fd = openSync(path, "a+", 0o644);
    cutTornLine(this.fd);
  }

  /** Reads what is there, line by line. */
  reread(visit: (record: JournalRecord) => void): void {
    for (const record of recordsOf(this.path)) {
      this.note(record);
      visit(record);
    }
  }

  /** Never throws: when the disk is full, the events are counted as missing, and the session goes on. */
  append(records: readonly JournalRecord[]): void {
    let text = "";
    let from = 0;
    for (const [index, record] of records.entries()) {
      text += `${JSON.stringify(record)}\n`;
      if (text.length < PIECE && index < records.length - 1) continue;
      this.write(text, records.slice(from, index + 1));
      text = "";
      from = index + 1;
    }
  }

  private write(lines: string, records: readonly JournalRecord[]): void {
    const text = Buffer.from(lines);
    const { size } = fstatSync(this.fd);
    let done = 0;
    try {
      while (done < text.length) done += writeSync(this.fd, text, done);
      for (const record of records) this.note(record);
    } catch (error) {
      this.failed += records.length;
      this.failure = messageOf(error);
      // half of it would be there twice once the next agent has read it
      if (done > 0) ftruncateSync(this.fd, size);
    }
  }

  private note(record: JournalRecord): void {
    if (record.kind !== "gap") this.last = Math.max(this.last, record.seq);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** All records of a journal file, in order. Lines that are no records are passed over. */
export function* recordsOf(path: string): Generator<JournalRecord> {
  let number = 0;
  for (const line of linesOf(path)) {
    number++;
    try {
      yield parseJournalLine(line, number);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
    }
  }
}

function cutTornLine(fd: number): void {
  const { size } = fstatSync(fd);
  const piece = Buffer.alloc(4096);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - piece.length);
    const read = readSync(fd, piece, 0, end - from, from);
    const at = piece.subarray(0, read).lastIndexOf(10);
    if (at >= 0 || from === 0) {
      const keep = at >= 0 ? from + at + 1 : 0;
      if (keep < size) ftruncateSync(fd, keep);
      return;
    }
    end = from;
  }
}
