/** What `main` leaves for `post`, by way of the runner's state. */
import * as v from "valibot";

const actionState = v.object({
  /** The session's directory. */
  directory: v.string(),
  mode: v.picklist(["audit", "enforce"]),
  failOnViolation: v.boolean(),
  annotations: v.boolean(),
  summary: v.boolean(),
  reportDirectory: v.string(),
  /** Absolute; null when nobody asked for it. */
  sarifFile: v.nullable(v.string()),
});

export type ActionState = v.InferOutput<typeof actionState>;

/** Its name among the runner's states. */
export const STATE = "session";

/** @returns null when `main` did not get so far. @throws ValiError, SyntaxError */
export function parseState(text: string): ActionState | null {
  return text === "" ? null : v.parse(actionState, JSON.parse(text));
}
