/** Events into the journal, and what reports say of them: decoded, enriched, written, acknowledged. */
import { decodeEvent } from "../events/decode.ts";
import type { Enricher } from "../events/enrich.ts";
import type { Journal } from "../events/journal.ts";
import { EVENT_VERSION, type GapRecord, type JournalRecord } from "../report/event.ts";
import { Findings } from "../report/findings.ts";
import type { MonitorLink } from "./agent-link.ts";

export class Recorder {
  /** Events whose bytes could not be understood, and why the last one could not. */
  unread = 0;
  unreadReason: string | null = null;
  private readonly link: MonitorLink;
  private readonly journal: Journal;
  private readonly enricher: Enricher;
  /** The last sequence number that was seen. */
  last = 0;
  /** Events that the journal says were lost. */
  lostNoted = 0;
  /** Collected on the way: at the end of a long session there is no time to read its journal. */
  readonly findings = new Findings();
  private received = 0;

  constructor(link: MonitorLink, journal: Journal, enricher: Enricher) {
    this.link = link;
    this.journal = journal;
    this.enricher = enricher;
  }

  /** Takes up where an agent that is gone has stopped. @param away ms without one */
  catchUp(away: number): void {
    this.journal.reread((record) => {
      if (record.kind === "gap" && record.reason === "lost") this.lostNoted += record.lost;
      this.enricher.recall(record);
      this.findings.add(record);
    });
    this.last = this.journal.last;
    const time = new Date().toISOString();
    this.write([{ v: EVENT_VERSION, kind: "gap", time, reason: "agent", lost: 0, away }]);
  }

  /** A batch as it came from the monitor. What is in the journal already came twice, and is passed over. */
  take(batch: readonly Buffer[]): void {
    this.received += batch.length;
    const records: JournalRecord[] = [];
    for (const bytes of batch) {
      const decoded = decodeEvent(bytes);
      if (!decoded.ok) {
        this.unread++;
        this.unreadReason = decoded.error;
        continue;
      }
      const { header } = decoded.event;
      if (header.seq <= this.last) continue;
      const event = this.enricher.enrich(decoded.event);
      this.last = Math.max(this.last, header.seq);
      if (event !== null) records.push(...this.lossBefore(header.lost, event.time), event);
    }
    this.write(records);
    this.link.ack(this.received);
  }

  /** The last losses of the session. @param lost all of the session's */
  noteLost(lost: number): void {
    this.write(this.lossBefore(lost, new Date().toISOString()));
  }

  /** What the journal cannot take is reported all the same. */
  private write(records: readonly JournalRecord[]): void {
    this.journal.append(records);
    for (const record of records) this.findings.add(record);
  }

  private lossBefore(lost: number, time: string): GapRecord[] {
    const more = lost - this.lostNoted;
    if (more <= 0) return [];
    this.lostNoted = lost;
    return [{ v: EVENT_VERSION, kind: "gap", time, reason: "lost", lost: more }];
  }
}
