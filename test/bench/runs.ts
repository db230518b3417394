/** What the machine measured, as it comes out of it. */
import * as v from "valibot";
import { KINDS, TARGETS } from "./operations.ts";
import { POLICY_NAMES } from "./policies.ts";

const runSchema = v.object({
  kind: v.picklist(KINDS),
  policy: v.nullable(v.picklist(POLICY_NAMES)),
  op: v.string(),
  target: v.picklist(TARGETS),
  /** 1 or 2: each measurement is done twice. */
  run: v.number(),
  /** Instructions of each round, in their order. */
  counts: v.array(v.number()),
});
export type Run = v.InferOutput<typeof runSchema>;

const bootSchema = v.object({ release: v.string(), runs: v.array(runSchema) });
/** All of one boot. */
export type Boot = v.InferOutput<typeof bootSchema>;

/** @throws with the file's name */
export function parseBoot(text: string, file: string): Boot {
  try {
    return v.parse(bootSchema, JSON.parse(text));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}
