/** What the guard may cost, whether it does, and whether it costs more than it did. Pure. */
import { type Figure, type Percentile, type Subject, subjectName } from "./figures.ts";

interface Limit {
  readonly name: string;
  readonly limit: number;
  readonly subject: Subject;
}

const governed = (op: string) => ({ kind: "governed", policy: "1000", op, target: "warm" }) as const;

/** Ratios to no guard, of p50 and of p99. */
export const LIMITS: readonly Limit[] = [
  {
    name: "ungoverned open, 5 deep",
    limit: 1.035,
    subject: { kind: "ungoverned", policy: "1000", op: "open-5", target: "warm" },
  },
  { name: "governed warm allow open, 5 deep", limit: 1.05, subject: governed("open-5") },
  {
    name: "the same with 100,000 rules",
    limit: 1.05,
    subject: { kind: "governed", policy: "100000", op: "open-5", target: "warm" },
  },
  {
    name: "governed cold allow open, 12 deep",
    limit: 1.35,
    subject: { kind: "governed", policy: "1000", op: "open-12", target: "cold" },
  },
  { name: "fork + exec, static", limit: 1.02, subject: governed("fork-exec-static") },
  { name: "posix_spawn, static", limit: 1.02, subject: governed("spawn-static") },
  { name: "posix_spawn, dynamic", limit: 1.02, subject: governed("spawn-dynamic") },
  { name: "connect to loopback", limit: 1.06, subject: governed("connect") },
  { name: "sendto over loopback", limit: 1.06, subject: governed("sendto") },
];

const HELD_AT = ["p50", "p99"] as const satisfies readonly Percentile[];

export interface Budget {
  /** With the percentile. */
  readonly name: string;
  readonly ratio: number;
  readonly limit: number;
  readonly ok: boolean;
  /** What empty programs at the same places come to; null where that was not measured. */
  readonly floor: number | null;
  readonly repeatable: boolean;
}

/** Those whose figures are there. */
export function budgetsOf(figures: readonly Figure[]): readonly Budget[] {
  const named = new Map(figures.map((figure) => [subjectName(figure), figure]));
  return LIMITS.flatMap(({ name, limit, subject }) =>
    HELD_AT.flatMap((which) => {
      const value = named.get(subjectName(subject))?.[which];
      if (value === undefined || value.ratio === null) return [];
      // An empty program costs the same whatever the file is.
      const floor = named.get(subjectName({ ...subject, kind: "floor", policy: null, target: "warm" }))?.[which].ratio;
      const { ratio, repeatable } = value;
      return [{ name: `${name}, ${which}`, ratio, limit, ok: ratio <= limit, floor: floor ?? null, repeatable }];
    }),
  );
}

/** A share of a budget: less is no regression, since not every figure has the same digits each time. */
const TOLERANCE = 0.01;

/**
 * What costs more than it did, a line each; none when all is well. A budget that is not met is held at what it came to.
 * @param held of the committed figures @param measured now, on the same kernel
 */
export function regressions(held: readonly Budget[], measured: readonly Budget[]): readonly string[] {
  const now = new Map(measured.map((budget) => [budget.name, budget]));
  return held.flatMap(({ name, ratio, limit }) => {
    const found = now.get(name);
    if (found === undefined) return [`${name}: not measured`];
    if (found.ratio <= ratio + limit * TOLERANCE) return [];
    return [`${name}: ${found.ratio.toFixed(4)}, and it was ${ratio.toFixed(4)}`];
  });
}
