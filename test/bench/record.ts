/** The committed figures, test/bench/results.json: a column per kernel and flavour. Pure. */
import * as v from "valibot";
import { type Measured, PERCENTILES, type Percentile, perPercentile, type Subject, subjectName } from "./figures.ts";
import { KINDS, TARGETS } from "./operations.ts";
import { partsSchema } from "./parts/record.ts";
import { POLICY_NAMES } from "./policies.ts";
import type { Told } from "./results.ts";

const instructions = v.pipe(v.number(), v.integer());

const columnSchema = v.object({
  /** The kernel that was booted. */
  release: v.string(),
  /** SHA-256 of the monitor that was measured. */
  monitor: v.string(),
  boots: v.number(),
  /** A subject's name -> instructions: p50, p95, p99. */
  figures: v.record(v.string(), v.tuple([instructions, instructions, instructions])),
  /** Those without the same digits in every run: percentile -> how far the runs are apart. */
  varying: v.record(
    v.string(),
    v.partial(v.strictObject({ p50: v.number(), p95: v.number(), p99: v.number() }), PERCENTILES),
  ),
});
const recordSchema = v.object({ columns: v.record(v.string(), columnSchema), parts: v.optional(partsSchema) });

export type Column = v.InferOutput<typeof columnSchema>;
export type Recorded = v.InferOutput<typeof recordSchema>;

const NAME = /^(?<kind>\w+)(?:\/(?<policy>[\w-]+))? (?<op>[\w-]+) (?<target>\w+)$/;
const subjectSchema = v.object({
  kind: v.picklist(KINDS),
  policy: v.nullable(v.picklist(POLICY_NAMES)),
  op: v.string(),
  target: v.picklist(TARGETS),
});

/** subjectName() the other way. @throws when it is none */
function subjectOf(name: string): Subject {
  const { kind, policy = null, op, target } = NAME.exec(name)?.groups ?? {};
  return v.parse(subjectSchema, { kind, policy, op, target });
}

/** Enough to tell that the runs differ, and not another one each time. */
const DIGITS = 1e5;

export function columnOf({ release, monitor, boots, figures }: Told): Column {
  const varying = figures.flatMap((one) => {
    const apart = PERCENTILES.filter((which) => one[which].spread > 0).map((which) => {
      return [which, Math.ceil(one[which].spread * DIGITS) / DIGITS] as const;
    });
    return apart.length === 0 ? [] : [[subjectName(one), Object.fromEntries(apart)] as const];
  });
  return {
    release,
    monitor,
    boots,
    figures: Object.fromEntries(
      figures.map((one) => [subjectName(one), [one.p50.instructions, one.p95.instructions, one.p99.instructions]]),
    ),
    varying: Object.fromEntries(varying),
  };
}

/** What a column was made of, but for the last digits of how far runs are apart. @throws when it has another form */
export function measuredOf({ figures, varying }: Column): readonly Measured[] {
  return Object.entries(figures).map(([name, values]) => {
    const reading = (which: Percentile) => ({
      instructions: values[PERCENTILES.indexOf(which)] ?? 0,
      spread: varying[name]?.[which] ?? 0,
    });
    return { ...subjectOf(name), ...perPercentile(reading) };
  });
}

/** @throws with the file's name */
export function parseRecord(text: string, file: string): Recorded {
  try {
    return v.parse(recordSchema, JSON.parse(text));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}

/** A line for each figure. */
export function printRecord(recorded: Recorded): string {
  const text = JSON.stringify(recorded, null, 2);
  return `${text.replaceAll(/\[\s+([\d,\s]+?)\s+\]/g, (_, items: string) => `[${items.replaceAll(/\s+/g, " ")}]`)}\n`;
}
