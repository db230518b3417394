/** From what each round took to what is told: percentiles, ratios, and whether a second run has the same digits. Pure. */
import { type Kind, situationName, type Target } from "./operations.ts";
import type { PolicyName } from "./policies.ts";
import type { Boot, Run } from "./runs.ts";

export const PERCENTILES = ["p50", "p95", "p99"] as const;
export type Percentile = (typeof PERCENTILES)[number];
const SHARE: Readonly<Record<Percentile, number>> = { p50: 0.5, p95: 0.95, p99: 0.99 };

/** The nearest rank: one of the counts, never a value between two. @throws when there are none */
export function percentile(counts: readonly number[], which: Percentile): number {
  const sorted = [...counts].sort((a, b) => a - b);
  const found = sorted[Math.ceil(SHARE[which] * sorted.length) - 1];
  if (found === undefined) throw new Error("a percentile of nothing");
  return found;
}

/** What was measured. */
export interface Subject {
  readonly kind: Kind;
  readonly policy: PolicyName | null;
  readonly op: string;
  readonly target: Target;
}

/** `governed/1000 open-5 warm`; without a session `none open-5 warm`. */
export const subjectName = (subject: Subject) => `${situationName(subject)} ${subject.op} ${subject.target}`;

export interface Reading {
  /** The lower median of the runs. */
  readonly instructions: number;
  /** How far the runs are apart, as a share of the least: 0 when all of them have the same digits. */
  readonly spread: number;
}

export interface Measured extends Subject, Readonly<Record<Percentile, Reading>> {}

export interface Value extends Reading {
  /** To the same percentile of the same act without a guard; null where that was not measured. */
  readonly ratio: number | null;
  readonly repeatable: boolean;
}

export interface Figure extends Subject, Readonly<Record<Percentile, Value>> {}

/** A value for each percentile. */
export function perPercentile<T>(of: (which: Percentile) => T): Readonly<Record<Percentile, T>> {
  return { p50: of("p50"), p95: of("p95"), p99: of("p99") };
}

function read(runs: readonly Run[], which: Percentile): Reading {
  const seen = runs.map(({ counts }) => percentile(counts, which)).sort((a, b) => a - b);
  const [least = 0, most = least] = [seen[0], seen.at(-1)];
  return { instructions: seen[Math.floor((seen.length - 1) / 2)] ?? least, spread: (most - least) / least };
}

/** All runs of a subject as one, in the order in which the subjects came. @param boots of one kernel */
export function measuredIn(boots: readonly Boot[]): readonly Measured[] {
  const groups = new Map<string, Run[]>();
  for (const run of boots.flatMap(({ runs }) => runs)) {
    const group = groups.get(subjectName(run));
    if (group === undefined) groups.set(subjectName(run), [run]);
    else group.push(run);
  }
  return [...groups.values()].flatMap((runs) => {
    const [first] = runs;
    if (first === undefined) return [];
    const { kind, policy, op, target } = first;
    return [{ kind, policy, op, target, ...perPercentile((which) => read(runs, which)) }];
  });
}

export function figuresOf(measured: readonly Measured[]): readonly Figure[] {
  const named = new Map(measured.map((one) => [subjectName(one), one]));
  return measured.map((one) => {
    const base = named.get(subjectName({ ...one, kind: "none", policy: null }));
    const value = (which: Percentile): Value => {
      const { instructions, spread } = one[which];
      const ratio = base === undefined ? null : instructions / base[which].instructions;
      return { instructions, spread, ratio, repeatable: spread === 0 };
    };
    return { ...one, ...perPercentile(value) };
  });
}
