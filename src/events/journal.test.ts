import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JournalRecord } from "../report/event.ts";
import { fileEvent } from "../report/samples.ts";
import { Journal, recordsOf } from "./journal.ts";
import { linesOf } from "./lines.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const file = () => path.join(directory, "events.jsonl");
const gap = { v: 1, kind: "gap", time: "2026-11-20T14:00:00.000Z", reason: "lost", lost: 3 } as const;

describe("Journal", () => {
  test("is read as it was written, by the next agent too", () => {
    const first = new Journal(file());
    first.append([fileEvent({ seq: 1 }), gap]);
    first.append([fileEvent({ seq: 7 })]);
    expect(first.last).toBe(7);
    const second = new Journal(file());
    const seen: JournalRecord[] = [];
    second.reread((record) => seen.push(record));
    expect(seen).toEqual([fileEvent({ seq: 1 }), gap, fileEvent({ seq: 7 })]);
    expect(second.last).toBe(7);
    second.append([fileEvent({ seq: 8 })]);
    expect([...recordsOf(file())]).toHaveLength(4);
    first.close();
    second.close();
  });

  test.each([1, 4095, 4096, 9000])("cuts off a torn line of %d bytes", (length) => {
    const whole = `${JSON.stringify(fileEvent({ seq: 1 }))}\n`;
    writeFileSync(file(), whole + "x".repeat(length));
    new Journal(file()).close();
    expect(readFileSync(file(), "utf8")).toBe(whole);
    writeFileSync(file(), "x".repeat(length));
    new Journal(file()).close();
    expect(readFileSync(file(), "utf8")).toBe("");
  });

  test("a disk that is full is counted, and told", () => {
    const journal = new Journal("/dev/full");
    journal.append([fileEvent(), fileEvent()]);
    expect([journal.failed, journal.failure]).toEqual([2, expect.stringContaining("ENOSPC")]);
  });

  test("lines that are no records are passed over", () => {
    const journal = new Journal(file());
    journal.append([fileEvent({ seq: 1 }), fileEvent({ seq: 2, verdict: "allow" })]);
    appendFileSync(file(), '{"half":\n\n');
    expect([...recordsOf(file())]).toHaveLength(2);
    journal.close();
  });

  test("a batch of any size is written whole", () => {
    const journal = new Journal(file());
    const long = Array.from({ length: 7 }, (_, i) => fileEvent({ seq: i + 1, path: `/${"é".repeat(300_000)}` }));
    journal.append(long);
    journal.append([]);
    expect(journal.last).toBe(7);
    expect([...recordsOf(file())]).toEqual(long);
    journal.close();
  });
});

test("lines, however long", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 140_000 }), { maxLength: 4 }), fc.boolean(), (lengths, ended) => {
      const lines = lengths.map((length, index) => String(index).repeat(length));
      const text = lines.join("\n") + (ended ? "\n" : "");
      writeFileSync(file(), text);
      const expected = text.split("\n");
      if (expected.at(-1) === "") expected.pop();
      expect([...linesOf(file())]).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});
