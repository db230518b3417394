/** The action's `main`: from here on, all later steps of the job are guarded. */
import { homedir } from "node:os";
import * as core from "@actions/core";
import { messageOf } from "../common/errors.ts";
import type { PathContext } from "../policy/path.ts";
import type { Mode } from "../policy/rules.ts";
import { GuardFailure } from "../session/failure.ts";
import {
  type CheckedPolicy,
  checkDefaultPolicy,
  checkEmptyPolicy,
  checkHardenRunner,
  checkPolicyFile,
  checkPolicyText,
  DEFAULT_POLICY,
} from "../session/policy-source.ts";
import { commandLine } from "../session/processes.ts";
import type { StartAnswer, StartRequest } from "../session/request.ts";
import { readWorkplace } from "../session/workplace.ts";
import { codeFiles, codeVariables } from "./code-variables.ts";
import { type Inputs, readInputs } from "./inputs.ts";
import { explain, logLines, tellDiagnostics, tellPosture } from "./log.ts";
import { setOutputs } from "./outputs.ts";
import { type Places, preparePlaces } from "./places.ts";
import { findWorker } from "./platform.ts";
import { postPath } from "./post-path.ts";
import { startAsRoot } from "./root-part.ts";
import { saveState } from "./state.ts";

type Started = StartAnswer & { readonly ok: true };

async function main(): Promise<void> {
  const inputs = readInputs((name) => core.getInput(name));
  const worker = findWorker();
  const context = readContext();
  const checked = findPolicy(inputs, context);
  tellDiagnostics(checked.warnings);
  const { workflow, lockfiles, warnings } = readWorkplace(process.env, context.workspace, inputs.matrix);
  logLines(warnings);
  const request = {
    origin: "action" as const,
    mode: inputs.mode,
    policy: checked.source,
    context,
    workflow,
    lockfiles,
  };
  const variables = codeVariables(process.env);
  tellCodeFiles(codeFiles(process.env), inputs.mode ?? checked.policy.mode);
  const places = preparePlaces(context, inputs.sarifFile);
  const job = { worker, post: postPath(commandLine()), reports: places.reportDirectory, variables };
  const { status, directory, notes } = await start({ request, job }, inputs, places);
  const mode = status.mode ?? checked.policy.mode;
  saveState({ ...stateOf(inputs, places, directory), mode });
  logLines([...notes, ...status.warnings]);
  tellPosture(status.posture, mode);
  setOutputs(places, status.posture);
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

/** @throws GuardFailure in enforce mode: whoever changes such a file tells what happened in the post's stead */
function tellCodeFiles(names: readonly string[], mode: Mode): void {
  if (names.length === 0) return;
  const what = `${names.join(" and ")} of the workflow names files of code, which a step may change, and the action's post reads them`;
  const remedy = "Set it for the steps that need it.";
  if (mode === "enforce") throw new GuardFailure(what, remedy);
  core.warning(`Warden: ${what}. ${remedy}`);
}

/** Files are relative to the workspace, for messages too. */
function findPolicy({ policy, mode }: Inputs, context: PathContext): CheckedPolicy {
  if (policy.from === "harden-runner") {
    const { egressPolicy, allowedEndpoints } = policy;
    return checkHardenRunner({ egressPolicy, allowedEndpoints }, context, mode);
  }
  enter(context.workspace);
  if (policy.from === "text") return checkPolicyText(policy.text, "inputs.policy", context, mode);
  if (policy.from === "file") return checkPolicyFile(policy.file, context, mode);
  const found = checkDefaultPolicy(context, mode);
  if (found !== null) return found;
  logLines([
    `no policy: there is no ${DEFAULT_POLICY} (yet: has the repository been checked out?). The job is watched, but nothing is forbidden`,
  ]);
  return checkEmptyPolicy(context, mode);
}

function enter(workspace: string): void {
  try {
    process.chdir(workspace);
  } catch (error) {
    throw new GuardFailure(
      `the workspace ${workspace} cannot be entered: ${messageOf(error)}`,
      "Did an earlier step remove it? Put Warden before that step.",
    );
  }
}

/** @throws GuardFailure, and then nothing was started */
async function start(request: StartRequest, inputs: Inputs, places: Places): Promise<Started> {
  try {
    // Saved at once: `post` ends the session also when this process is ended while it waits.
    const answer = await startAsRoot(request, (directory) => saveState(stateOf(inputs, places, directory)));
    if (answer.ok) return answer;
    throw new GuardFailure(answer.message, answer.remedy);
  } catch (error) {
    places.undo();
    throw error;
  }
}

function stateOf(inputs: Inputs, { reportDirectory, sarifFile }: Places, directory: string) {
  const { failOnViolation, annotations, summary } = inputs;
  return { directory, mode: null, failOnViolation, annotations, summary, reportDirectory, sarifFile };
}

try {
  await main();
} catch (error) {
  explain(error);
}
