/** The parts in the committed figures, test/bench/results.json. Pure. */
import * as v from "valibot";
import { PARTS } from "./quantities.ts";
import { type PartResults, spreadsOf } from "./readings.ts";

const partColumnSchema = v.object({
  release: v.string(),
  monitor: v.string(),
  boots: v.number(),
  /** A quantity's name -> least, median, most, runs. */
  readings: v.record(v.string(), v.tuple([v.number(), v.number(), v.number(), v.number()])),
});
/** A part's name -> a column's name, as the operations' -> what was read. */
export const partsSchema = v.record(v.picklist(PARTS), v.record(v.string(), partColumnSchema));

export type PartColumn = v.InferOutput<typeof partColumnSchema>;
export type RecordedParts = Partial<v.InferOutput<typeof partsSchema>>;

export function partColumnOf({ release, monitor, boots, readings }: PartResults): PartColumn {
  const spreads = Object.entries(spreadsOf(readings)).map(([name, spread]) => [name, [...spread]] as const);
  return { release, monitor, boots, readings: Object.fromEntries(spreads) as PartColumn["readings"] };
}
