/**
 * What a report says of a journal, collected record by record in bounded memory: a job may make as many different
 * refusals as it likes, and the agent that is to tell of them has a small heap. Every refusal is counted; of those that
 * find no room the count by kind and step is kept, and no more.
 *
 * The first ones are kept. Of each kind some always find room, so that a flood of one hides no other.
 */
import type { Event, GapRecord, JournalRecord } from "./event.ts";
import { kindOf } from "./kinds.ts";
import type { Omitted, Violation } from "./report.ts";
import { actOf } from "./violations.ts";

interface Room {
  readonly violations: number;
  /** UTF-16 units of their events as JSON: one event may tell of 64 ancestors with long paths. */
  readonly size: number;
}

/** For all violations together. GitHub keeps 5,000 results of a run. */
export const SHARED: Room = { violations: 5000, size: 3 << 20 };
/** Besides, for each kind. The first one of a kind is kept whatever its size. */
export const OF_EACH_KIND: Room = { violations: 50, size: 128 << 10 };
/** Entries by step; from then on what is left out is counted by kind alone. */
export const MAX_OMITTED = 1000;
/** Gaps kept apart; from then on each adds to the last one of its reason. */
export const MAX_GAPS = 1000;

/** How much of a room is used. */
class Use {
  private violations = 0;
  private size = 0;
  private readonly room: Room;

  constructor(room: Room) {
    this.room = room;
  }

  take(size: number): boolean {
    if (this.violations >= this.room.violations || this.size + size > this.room.size) return false;
    this.violations++;
    this.size += size;
    return true;
  }
}

interface OfKind {
  readonly own: Use;
  /** One found no room: no later one is kept, however small, so that it is the first ones that are. */
  full: boolean;
}

export class Findings {
  private readonly groups = new Map<string, { event: Event; count: number; act: string }>();
  private readonly left = new Map<string, { -readonly [Key in keyof Omitted]: Omitted[Key] }>();
  private readonly noted: GapRecord[] = [];
  private readonly shared = new Use(SHARED);
  private readonly kinds = new Map<string, OfKind>();

  /** Refusals and would-be refusals, grouped, in the order of their first event. */
  get violations(): Violation[] {
    return [...this.groups.values()];
  }

  get omitted(): Omitted[] {
    return [...this.left.values()];
  }

  get gaps(): readonly GapRecord[] {
    return this.noted;
  }

  /** All refusals and would-be refusals, those that are left out, too. */
  get denied(): number {
    let sum = 0;
    for (const each of [this.groups, this.left]) for (const { count } of each.values()) sum += count;
    return sum;
  }

  /** Any record of a journal; those that say only what was let through are passed over. */
  add(record: JournalRecord): void {
    if (record.kind === "gap") {
      this.addGap(record);
      return;
    }
    if (record.verdict === "allow") return;
    const kind = kindOf(record).id;
    const act = actOf(record);
    const key = JSON.stringify([record.verdict, kind, record.step, record.package, act]);
    const group = this.groups.get(key);
    if (group) group.count++;
    else if (this.hasRoom(kind, record)) this.groups.set(key, { event: record, count: 1, act });
    else this.omit(kind, record.verdict, record.step);
  }

  private hasRoom(kind: string, event: Event): boolean {
    const known = this.kinds.get(kind);
    if (known?.full) return false;
    const size = JSON.stringify(event).length;
    const of = known ?? { own: new Use(OF_EACH_KIND), full: false };
    this.kinds.set(kind, of);
    // what a kind has for itself is for when the shared room is full
    of.full = !(this.shared.take(size) || of.own.take(known ? size : 0));
    return !of.full;
  }

  private omit(kind: string, verdict: Omitted["verdict"], step: string | null): void {
    const key = JSON.stringify([kind, verdict, step]);
    const known = this.left.get(key);
    if (known) known.count++;
    else if (step !== null && this.left.size >= MAX_OMITTED) this.omit(kind, verdict, null);
    else this.left.set(key, { kind, verdict, step, count: 1 });
  }

  private addGap(gap: GapRecord): void {
    const last = this.noted.length < MAX_GAPS ? -1 : this.noted.findLastIndex(({ reason }) => reason === gap.reason);
    const same = this.noted[last];
    if (same === undefined) {
      this.noted.push(gap);
      return;
    }
    const away = gap.away === undefined ? {} : { away: (same.away ?? 0) + gap.away };
    this.noted[last] = { ...same, ...away, lost: same.lost + gap.lost };
  }
}

/** The findings in so many records. */
export function findingsOf(records: Iterable<JournalRecord>): Findings {
  const findings = new Findings();
  for (const record of records) findings.add(record);
  return findings;
}
