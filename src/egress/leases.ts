/**
 * Which address a name has, and for how long. Pure: the caller brings answers and the time, and does what it is told.
 *
 * An address that an answer no longer has keeps its lease until its own time to live ends, and a grace on top:
 * connections are made with addresses that were asked for a while ago.
 */
import type { Resolution } from "./resolve.ts";

/** Milliseconds. */
export const MIN_TTL = 5_000;
export const MAX_TTL = 900_000;
export const GRACE = 60_000;
const FIRST_RETRY = 5_000;
const LAST_RETRY = 300_000;

/** A name with more addresses at a time than this is not a name but a network. */
const MAX_ADDRESSES = 256;

export interface LeaseChange {
  readonly host: string;
  readonly address: string;
  readonly held: boolean;
}

interface Name {
  /** address -> end of its lease, ms. */
  readonly leases: Map<string, number>;
  /** When to ask again, ms. */
  due: number;
  failures: number;
  /** Why the last answer was none; without addresses only when it was one with none. */
  reason: string;
}

export class Leases {
  private readonly names = new Map<string, Name>();

  /** @param hosts names to keep, all due at once */
  constructor(hosts: Iterable<string>) {
    for (const host of hosts) this.names.set(host, { leases: new Map(), due: 0, failures: 0, reason: "no answer yet" });
  }

  /** Names to ask for now, each given out once until its answer is in. */
  takeDue(now: number): string[] {
    const due = [...this.names].filter(([, name]) => name.due <= now);
    for (const [, name] of due) name.due = Number.POSITIVE_INFINITY;
    return due.map(([host]) => host);
  }

  /** When something is to be done next, ms; infinite for never. */
  next(): number {
    const times = [...this.names.values()].flatMap((name) => [name.due, ...name.leases.values()]);
    return times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  }

  /** Takes in an answer. */
  answered(host: string, resolution: Resolution, now: number): LeaseChange[] {
    const name = this.names.get(host);
    if (name === undefined) return [];
    if (!resolution.ok) {
      name.reason = resolution.reason;
      name.due = now + Math.min(FIRST_RETRY * 2 ** name.failures, LAST_RETRY);
      name.failures++;
      // servers that cannot be asked do not say that an address is wrong: what is leased stays until they can
      if (!resolution.gone) for (const address of name.leases.keys()) name.leases.set(address, name.due + GRACE);
      return [];
    }
    name.failures = 0;
    name.reason = "";
    const changes: LeaseChange[] = [];
    let soonest = MAX_TTL;
    for (const { address, ttl } of resolution.answers) {
      const life = Math.min(Math.max(ttl * 1000, MIN_TTL), MAX_TTL);
      soonest = Math.min(soonest, life);
      if (!name.leases.has(address)) {
        if (name.leases.size >= MAX_ADDRESSES) continue;
        changes.push({ host, address, held: true });
      }
      name.leases.set(address, now + life + GRACE);
    }
    // before the time to live ends, so that no lookup of the job's is ahead of ours for long
    name.due = now + Math.max(soonest * 0.8, MIN_TTL);
    return changes;
  }

  /** Ends the leases whose time has come. */
  expire(now: number): LeaseChange[] {
    const changes: LeaseChange[] = [];
    for (const [host, { leases }] of this.names) {
      for (const [address, end] of leases) {
        if (end > now) continue;
        leases.delete(address);
        changes.push({ host, address, held: false });
      }
    }
    return changes;
  }

  /** A lease of an earlier agent: kept for the grace, or longer when an answer has it. */
  adopt(host: string, address: string, now: number): boolean {
    const name = this.names.get(host);
    if (name === undefined || name.leases.has(address)) return false;
    name.leases.set(address, now + GRACE);
    return true;
  }

  /** Names without an address, with the reason. */
  unresolved(): { readonly host: string; readonly reason: string }[] {
    return [...this.names]
      .filter(([, name]) => name.leases.size === 0)
      .map(([host, name]) => ({ host, reason: name.reason }));
  }

  /** What is leased now. */
  held(): { readonly host: string; readonly address: string }[] {
    return [...this.names].flatMap(([host, { leases }]) => [...leases.keys()].map((address) => ({ host, address })));
  }
}
