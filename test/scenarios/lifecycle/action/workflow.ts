/** The text of a job: the same steps with and without the action. Pure. */
import type { Mode } from "../../../../src/policy/rules.ts";
import { ACTION_NAME } from "./places.ts";

export interface GuardInputs {
  readonly policy: string;
  readonly mode: Mode;
  readonly "fail-on"?: "violation" | "never";
}

export type StepText = { readonly id: string; readonly if?: string } & (
  | { readonly run: string }
  | { readonly uses: string }
);

export interface JobText {
  /** Inputs of the action; null is the control: the job without it. */
  readonly guard: GuardInputs | null;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly StepText[];
  /** Path in the workspace to content. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The workflow's file. JSON is YAML, too. */
export function workflowOf({ guard, env = {}, steps }: JobText): string {
  const first = guard === null ? [] : [{ id: "warden", uses: ACTION_NAME, with: guard }];
  const job = { "runs-on": "ubuntu-latest", env, steps: [...first, ...steps] };
  return `${JSON.stringify({ name: "scenario", on: "push", jobs: { job } }, null, 2)}\n`;
}

/** The log's line that tells that a step stands at the gate. */
export const AT_GATE = "at-the-gate";
/** Waits for whoever watches the job. Written so that the script's own text in the log is not the line. */
export const WAIT = 'echo at-the"-gate"; read -r _ <"$GATE"';
