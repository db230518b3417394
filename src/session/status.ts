/**
 * How a start went: `journal/status.json` in the session's directory, written by the agent before it says STARTED.
 * The one who starts a session reads it for its message; an agent that is started again reads it for what it said.
 */

import * as v from "valibot";
import { parseJson } from "../common/json.ts";
import { posture } from "../report/parse.ts";

const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const sessionStatus = v.object({
  ok: v.boolean(),
  /** null when it did not come to the proof. */
  posture: v.nullable(posture),
  /** The policy's mode; null when the policy could not be loaded. */
  mode: v.nullable(v.picklist(["audit", "enforce"])),
  /** What the reader must know, one sentence each. Policy diagnostics are `FILE:LINE:COLUMN: MESSAGE`. */
  warnings: v.array(v.string()),
  /** Why it did not start; empty when `ok`. */
  errors: v.array(v.string()),
  /** Wall clock minus the boot clock in milliseconds, so that one session has one clock. */
  clockOffset: v.number(),
  /** Rules by id are the same for each agent of a session; this is how many there were, to check. */
  rules: natural,
});

export type SessionStatus = v.InferOutput<typeof sessionStatus>;

/** @throws JsonError */
export function parseStatus(text: string): SessionStatus {
  return parseJson(sessionStatus, text, "status.json");
}
