/** What `main` leaves for `post`, by way of the runner's state. */
import * as core from "@actions/core";
import * as v from "valibot";
import { parseJson } from "../common/json.ts";

const actionState = v.object({
  /** The session's directory. */
  directory: v.string(),
  /** null: `main` was ended before it knew whether the session had begun. */
  mode: v.nullable(v.picklist(["audit", "enforce"])),
  failOnViolation: v.boolean(),
  annotations: v.boolean(),
  summary: v.boolean(),
  reportDirectory: v.string(),
  /** Absolute; null when nobody asked for it. */
  sarifFile: v.nullable(v.string()),
});

export type ActionState = v.InferOutput<typeof actionState>;

/** Its name among the runner's states. */
const STATE = "session";

/** A later one takes the place of an earlier one. */
export function saveState(state: ActionState): void {
  core.saveState(STATE, JSON.stringify(state));
}

/** @returns null when `main` did not get so far. @throws JsonError */
export function readState(): ActionState | null {
  return parseState(core.getState(STATE));
}

/** @throws JsonError */
export function parseState(text: string): ActionState | null {
  return text === "" ? null : parseJson(actionState, text, "the state that main left");
}
