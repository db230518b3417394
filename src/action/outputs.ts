/** The action's outputs: `main` sets what it knows, `post` all of them. */
import path from "node:path";
import * as core from "@actions/core";
import type { Posture } from "../report/report.ts";
import type { ActionState } from "./state.ts";

type Places = Pick<ActionState, "reportDirectory" | "sarifFile">;

export function setOutputs({ reportDirectory, sarifFile }: Places, posture: Posture | null): void {
  core.setOutput("posture", JSON.stringify(statesOf(posture)));
  core.setOutput("report-dir", reportDirectory);
  core.setOutput("sarif-file", sarifFile ?? path.join(reportDirectory, "warden.sarif"));
}

/** Class of hooks to what it is: `{"network":"enforced",...}`. */
function statesOf(posture: Posture | null): Readonly<Record<string, string>> {
  return Object.fromEntries((posture?.classes ?? []).map((one) => [one.class, one.state]));
}
