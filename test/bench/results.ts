/** What `npm run bench` writes: every figure of one kernel and flavour, and the budgets. Pure. */
import * as v from "valibot";
import { type Budget, budgetsOf } from "./budgets.ts";
import { type Figure, figuresOf, type Measured, measuredIn, PERCENTILES } from "./figures.ts";
import { KINDS, TARGETS } from "./operations.ts";
import { POLICY_NAMES } from "./policies.ts";
import type { Boot } from "./runs.ts";

/** What was measured on what. */
export interface Machine {
  readonly lsm: string;
  /** SHA-256 of the monitor, which carries the programs that are measured. */
  readonly monitor: string;
}

export interface Results extends Machine {
  /** The kernel that was booted. */
  readonly release: string;
  readonly boots: number;
  readonly figures: readonly Figure[];
  readonly budgets: readonly Budget[];
}

/** @throws when there is no boot, or the boots were not of one kernel */
export function resultsOf({ lsm, monitor }: Machine, boots: readonly Boot[]): Results {
  const [release, ...others] = new Set(boots.map((boot) => boot.release));
  if (release === undefined || others.length > 0) throw new Error("the boots are not of one kernel");
  const figures = figuresOf(measuredIn(boots));
  return { release, lsm, monitor, boots: boots.length, figures, budgets: budgetsOf(figures) };
}

/** For whoever waited, a line each. */
export function summary({ figures, budgets }: Results): readonly string[] {
  const values = figures.flatMap((figure) => PERCENTILES.map((which) => figure[which]));
  const varying = values.filter(({ repeatable }) => !repeatable);
  const worst = Math.max(0, ...varying.map(({ spread }) => spread));
  return [
    ...budgets.map(({ name, ratio, limit, ok, floor }) => {
      const beside = floor === null ? "" : `, floor ${floor.toFixed(4)}`;
      return `${ok ? "met    " : "NOT MET"} ${name}: ${ratio.toFixed(4)} of ${limit}${beside}`;
    }),
    varying.length === 0
      ? `repeatable: all ${values.length} figures had the same digits in every run`
      : `not repeatable: ${varying.length} of ${values.length} figures, by ${(worst * 100).toFixed(2)}% at most`,
  ];
}

const reading = v.object({ instructions: v.number(), spread: v.number() });
const fileSchema = v.object({
  release: v.string(),
  lsm: v.string(),
  monitor: v.string(),
  boots: v.number(),
  figures: v.array(
    v.object({
      kind: v.picklist(KINDS),
      policy: v.nullable(v.picklist(POLICY_NAMES)),
      op: v.string(),
      target: v.picklist(TARGETS),
      p50: reading,
      p95: reading,
      p99: reading,
    }),
  ),
});

/** As far as the rest does not follow from it: ratios and budgets do. */
export type Told = Omit<Results, "figures" | "budgets"> & { readonly figures: readonly Measured[] };

/** @throws with the file's name */
export function parseResults(text: string, file: string): Told {
  try {
    return v.parse(fileSchema, JSON.parse(text));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}
