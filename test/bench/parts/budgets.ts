/** What a session may take, and whether it does. Pure. */
import { JOBS, type Part, type Unit } from "./quantities.ts";
import type { Spread } from "./readings.ts";

export interface PartBudget {
  readonly name: string;
  /** Of the medians. */
  readonly value: number;
  readonly limit: number;
  readonly unit: Unit | "ratio";
  readonly ok: boolean;
}

interface PartLimit extends Omit<PartBudget, "value" | "ok"> {
  readonly quantity: string;
  /** What it is told as a ratio to. */
  readonly to?: string;
}

const SECOND = 1e9;
const MEGABYTE = 1e6;

const memory: readonly PartLimit[] = [
  { name: "memory of monitor and agent, idle", quantity: "together idle", limit: 80 * MEGABYTE, unit: "bytes" },
  {
    name: "memory of monitor and agent, after 10,000 refusals",
    quantity: "together load",
    limit: 80 * MEGABYTE,
    unit: "bytes",
  },
];

const jobs: readonly PartLimit[] = JOBS.map(({ name, what }) => {
  return { name: what, quantity: `${name} governed`, to: `${name} none`, limit: 1.02, unit: "ratio" };
});

const LIMITS: Readonly<Record<Part, readonly PartLimit[]>> = {
  session: memory,
  jobs,
  events: [
    {
      name: "events lost at four fifths of the highest rate",
      quantity: "lost at four fifths",
      limit: 0,
      unit: "events",
    },
  ],
  native: [
    { name: "`main` until guarded", quantity: "main", limit: 1.5 * SECOND, unit: "nanoseconds" },
    { name: "`post` with 10,000 events", quantity: "post 10000", limit: SECOND, unit: "nanoseconds" },
    ...memory,
  ],
};

/** For whoever waited. */
export function budgetLine({ name, value, limit, unit, ok }: PartBudget): string {
  return `${ok ? "met    " : "NOT MET"} ${name}: ${value} of ${limit} ${unit}`;
}

/** Those whose readings are there. */
export function partBudgetsOf(part: Part, spreads: Readonly<Record<string, Spread>>): readonly PartBudget[] {
  return LIMITS[part].flatMap(({ quantity, to, ...limit }) => {
    const [median, base] = [spreads[quantity]?.[1], to === undefined ? 1 : spreads[to]?.[1]];
    const value = median === undefined || base === undefined ? undefined : median / base;
    return value === undefined ? [] : [{ ...limit, value, ok: value <= limit.limit }];
  });
}
