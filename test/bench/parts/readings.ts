/** What a part of the measurements read, and what is told of it. Pure. */
import * as v from "valibot";
import { PARTS } from "./quantities.ts";

/** A quantity's name -> what each run read. */
export type Read = Readonly<Record<string, readonly number[]>>;

export class Readings {
  readonly #read = new Map<string, number[]>();

  add(name: string, value: number): void {
    const values = this.#read.get(name);
    if (values === undefined) this.#read.set(name, [value]);
    else values.push(value);
  }

  clear(): void {
    this.#read.clear();
  }

  get all(): Read {
    return Object.fromEntries(this.#read);
  }
}

/** The least, the lower median and the greatest of the runs, and how many there were. */
export type Spread = readonly [least: number, median: number, most: number, runs: number];

/** @throws when there are none */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const [least, median, most] = [sorted[0], sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  if (least === undefined || median === undefined || most === undefined) throw new Error("a median of nothing");
  return [least, median, most, sorted.length];
}

const read = v.record(v.string(), v.array(v.number()));
const bootSchema = v.object({ release: v.string(), readings: read });
/** As a driver writes it. */
export type PartBoot = v.InferOutput<typeof bootSchema>;

const resultsSchema = v.object({
  part: v.picklist(PARTS),
  release: v.string(),
  /** `none` on this very machine. */
  lsm: v.string(),
  /** SHA-256 of the monitor that was measured. */
  monitor: v.string(),
  boots: v.number(),
  readings: read,
});
/** What `npm run bench` writes of a part, besides the budgets. */
export type PartResults = v.InferOutput<typeof resultsSchema>;

function parse<Schema extends v.GenericSchema>(schema: Schema, text: string, file: string): v.InferOutput<Schema> {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}

/** @throws with the file's name */
export const parsePartBoot = (text: string, file: string) => parse(bootSchema, text, file);
/** @throws with the file's name */
export const parsePartResults = (text: string, file: string) => parse(resultsSchema, text, file);

/** What several drivers read of one machine. @throws when they do not speak of the same, or there are none */
export function mergedBoot(boots: readonly PartBoot[]): PartBoot {
  const [release, ...others] = new Set(boots.map((boot) => boot.release));
  if (release === undefined || others.length > 0) throw new Error("the drivers' readings are not of one kernel");
  return { release, readings: Object.assign({}, ...boots.map(({ readings }) => readings)) };
}

/** @param boots of one kernel @throws when they are not, or there are none */
export function partResultsOf(
  machine: Pick<PartResults, "part" | "lsm" | "monitor">,
  boots: readonly PartBoot[],
): PartResults {
  const [release, ...others] = new Set(boots.map((boot) => boot.release));
  if (release === undefined || others.length > 0) throw new Error("the boots are not of one kernel");
  const readings: Record<string, number[]> = {};
  for (const boot of boots)
    for (const [name, values] of Object.entries(boot.readings)) readings[name] = [...(readings[name] ?? []), ...values];
  return { ...machine, release, boots: boots.length, readings };
}

/** By which a record's column is made. */
export const spreadsOf = (readings: Read): Record<string, Spread> =>
  Object.fromEntries(Object.entries(readings).map(([name, values]) => [name, spreadOf(values)]));
