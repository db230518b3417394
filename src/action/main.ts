/** The action's `main`: from here on, all later steps of the job are guarded. */
import { accessSync, constants, existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import * as core from "@actions/core";
import type { PathContext } from "../policy/path.ts";
import { GuardFailure } from "../session/failure.ts";
import { type CheckedPolicy, checkHardenRunner, checkPolicyFile, checkPolicyText } from "../session/policy-source.ts";
import { commandLine } from "../session/processes.ts";
import type { StartAnswer } from "../session/request.ts";
import { readWorkplace } from "../session/workplace.ts";
import { type Inputs, readInputs } from "./inputs.ts";
import { explain, logLines, tellDiagnostics, tellPosture } from "./log.ts";
import { findWorker } from "./platform.ts";
import { postPath } from "./post-path.ts";
import { startAsRoot } from "./root-part.ts";
import { type ActionState, STATE } from "./state.ts";

/** Where repositories keep their policy. */
const DEFAULT_POLICY = ".github/warden.toml";
const EMPTY_POLICY = 'version = 1\nmode = "audit"\n';

function main(): void {
  const inputs = readInputs((name) => core.getInput(name));
  const worker = findWorker();
  const context = readContext();
  const checked = findPolicy(inputs, context);
  tellDiagnostics(checked.warnings);
  const { workflow, lockfiles, warnings } = readWorkplace(process.env, context.workspace);
  logLines(warnings);
  const request = {
    origin: "action" as const,
    mode: inputs.mode,
    policy: checked.source,
    context,
    workflow,
    lockfiles,
  };
  const answer = startAsRoot({ request, job: { worker, post: postPath(commandLine()) } });
  if (!answer.ok) throw new GuardFailure(answer.message, answer.remedy);
  finish(answer, inputs, context, checked);
}

function readContext(): PathContext {
  const workspace = process.env.GITHUB_WORKSPACE;
  if (!workspace?.startsWith("/")) {
    throw new GuardFailure(
      "GITHUB_WORKSPACE is not set",
      "This program is started by a runner; use `warden run` elsewhere.",
    );
  }
  const temp = process.env.RUNNER_TEMP;
  return { home: homedir(), workspace, temp: temp?.startsWith("/") ? temp : null };
}

/** Files are relative to the workspace, for messages too. */
function findPolicy({ policy, mode }: Inputs, context: PathContext): CheckedPolicy {
  if (policy.from === "harden-runner") return checkHardenRunner(policyInputs(policy), context, mode);
  process.chdir(context.workspace);
  if (policy.from === "text") return checkPolicyText(policy.text, "inputs.policy", context, mode);
  if (policy.from === "file") return checkPolicyFile(policy.file, context, mode);
  if (existsSync(DEFAULT_POLICY)) return checkPolicyFile(DEFAULT_POLICY, context, mode);
  logLines([
    `no policy: there is no ${DEFAULT_POLICY} (yet: has the repository been checked out?). The job is watched, but nothing is forbidden`,
  ]);
  return checkPolicyText(EMPTY_POLICY, "the empty policy", context, mode);
}

function policyInputs({ egressPolicy, allowedEndpoints }: { egressPolicy: string; allowedEndpoints: string }) {
  return { egressPolicy, allowedEndpoints };
}

function finish(
  answer: StartAnswer & { ok: true },
  inputs: Inputs,
  context: PathContext,
  { policy }: CheckedPolicy,
): void {
  const { directory, status, notes } = answer;
  logLines([...notes, ...status.warnings]);
  const reportDirectory = chooseReportDirectory(context);
  const sarifFile = inputs.sarifFile === null ? null : path.join(context.workspace, inputs.sarifFile);
  const { failOnViolation, annotations, summary } = inputs;
  const mode = status.mode ?? policy.mode;
  const state: ActionState = { directory, mode, failOnViolation, annotations, summary, reportDirectory, sarifFile };
  core.saveState(STATE, JSON.stringify(state));
  tellPosture(status.posture, mode);
  core.setOutput("posture", JSON.stringify(statesOf(status.posture)));
  core.setOutput("report-dir", reportDirectory);
  core.setOutput("sarif-file", sarifFile ?? path.join(reportDirectory, "warden.sarif"));
}

/** Class of hooks to what it is: `{"network":"enforced",...}`. */
function statesOf(posture: (StartAnswer & { ok: true })["status"]["posture"]): Readonly<Record<string, string>> {
  return Object.fromEntries((posture?.classes ?? []).map((one) => [one.class, one.state]));
}

/** Beside the workspace: the runner empties RUNNER_TEMP when the job ends, and a checkout empties the workspace. */
function chooseReportDirectory({ workspace, temp }: PathContext): string {
  const beside = path.dirname(workspace);
  try {
    accessSync(beside, constants.W_OK);
  } catch {
    // Whatever the reason: reports cannot be kept there.
    return path.join(temp ?? workspace, "warden-report");
  }
  return path.join(beside, "warden-report");
}

try {
  main();
} catch (error) {
  explain(error);
}
