import { randomUUID } from "node:crypto";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runComposite } from "./composite.ts";
import type { StepContext } from "./context.ts";
import { evaluateMap, evaluateText } from "./expressions.ts";
import { FileCommands } from "./file-commands.ts";
import { runProcess, stepPath } from "./handler.ts";
import { type ActionManifest, readManifest } from "./manifest.ts";
import { displayReference } from "./names.ts";
import { resolveShell, splitArguments } from "./shell.ts";
import type { PostStep } from "./state.ts";
import type { ActionReference, StepRequest } from "./steps.ts";

export type ActionStage = "pre" | "main" | "post";

/** One `run:` or `uses:` in one stage. */
export interface ActionRun {
  readonly context: StepContext;
  readonly step: StepRequest;
  readonly stage: ActionStage;
  readonly displayName: string;
  /** Takes the cleanup of an action that has one; of the job, or of the composite action around. */
  readonly registerPost: (post: PostStep) => void;
}

/**
 * Runs one stage of one step, as the runner's `ActionRunner` does.
 * Sets `context.failed` when the process says so; throws for what the step could not even start with.
 */
export async function runAction(run: ActionRun): Promise<void> {
  const { context, step } = run;
  const action = step.uses === undefined ? undefined : loadAction(run, step.uses);
  const runs = action?.manifest.runs;
  if (step.uses?.kind === "local" && runs?.kind === "node" && runs.pre !== undefined && run.stage === "main") {
    context.warning(`\`pre\` execution is not supported for local action from '${step.uses.path}'`);
  }
  if (runs?.kind === "node" && runs.post !== undefined && run.stage !== "post") {
    run.registerPost({
      step,
      name: `Post ${run.displayName.replace(/^Pre /, "")}`,
      condition: runs.postIf,
      run: (post) => runAction({ ...run, context: post, stage: "post" }),
    });
  }

  writeEvent(context);
  context.github.action_repository = step.uses?.kind === "repository" ? step.uses.repository : "";
  context.github.action_ref = step.uses?.kind === "repository" ? step.uses.ref : "";
  const files = new FileCommands(context);
  const inputs = evaluateInputs(run, action?.manifest);
  try {
    if (action === undefined) {
      await runScript(run);
    } else if (action.manifest.runs.kind === "node") {
      await runNode(run, action, inputs);
    } else {
      printDetails(run, inputs);
      await runComposite(run, action.directory, action.manifest.runs, inputs);
    }
  } finally {
    files.process();
  }
}

export interface LoadedAction {
  readonly directory: string;
  readonly manifest: ActionManifest;
}

/** Where an action of another repository lies under the work directory. */
export function repositoryDirectory(work: string, uses: Extract<ActionReference, { kind: "repository" }>): string {
  return join(work, "_actions", uses.repository, uses.ref);
}

/** Reads the action where it lies now: a local one may have been made by an earlier step. */
export function loadAction({ context }: Pick<ActionRun, "context">, uses: ActionReference): LoadedAction {
  const { work, workspace } = context.job.message.paths;
  const directory =
    uses.kind === "local" ? resolve(workspace, uses.path) : join(repositoryDirectory(work, uses), uses.path);
  return { directory, manifest: readManifest(directory) };
}

function writeEvent(context: StepContext): void {
  const directory = join(context.job.temp, "_github_workflow");
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "event.json");
  writeFileSync(path, context.job.message.event);
  context.github.event_path = path;
}

/** The step's `with`, then the defaults of the inputs it does not give. */
function evaluateInputs({ context, step }: ActionRun, manifest: ActionManifest | undefined): Map<string, string> {
  const scope = context.expressionScope();
  const inputs = new Map(evaluateMap(step.with, scope));
  if (manifest === undefined) return inputs;
  const given = new Set([...inputs.keys()].map((name) => name.toLowerCase()));
  const valid = new Set<string>();
  for (const input of manifest.inputs) {
    valid.add(input.id.toLowerCase());
    if (!given.has(input.id.toLowerCase())) inputs.set(input.id, evaluateText(input.default, scope));
    else if (input.deprecation !== undefined) {
      context.warning(`Input '${input.id}' has been deprecated with message: ${input.deprecation}`);
    }
  }
  const unexpected = [...given].filter((name) => !valid.has(name));
  if (unexpected.length > 0) {
    const names = manifest.inputs.map((input) => input.id);
    context.warning(`Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${names.join("', '")}']`);
  }
  return inputs;
}

async function runScript({ context, step }: ActionRun): Promise<void> {
  const { job } = context;
  const scope = context.expressionScope();
  // Inside a composite action the job's defaults do not count.
  const defaults = context.inputs === undefined ? job.message.job.defaults : {};
  const script = evaluateText(step.run?.script, scope);
  const shellOption = evaluateText(step.run?.shell ?? defaults.shell, scope);
  const shell = resolveShell(shellOption === "" ? undefined : shellOption, stepPath(context));
  const directory = evaluateText(step.run?.workingDirectory ?? defaults.workingDirectory, scope);
  const cwd = resolve(job.message.paths.workspace, directory);

  const firstLine = script.trimStart().split(/\r?\n/, 1)[0] ?? "";
  context.output(`##[group]Run ${firstLine}`);
  for (const line of script.replaceAll("\r\n", "\n").replace(/\n+$/, "").split("\n")) {
    context.output(`\x1b[36;1m${line}\x1b[0m`);
  }
  context.output(`shell: ${shell.file} ${shell.format}`);
  printEnvironment(context);
  context.output("##[endgroup]");

  const path = join(job.temp, `${randomUUID()}${shell.extension}`);
  writeFileSync(path, script);
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Error(
      `An error occurred trying to start process '${shell.file}' with working directory '${cwd}'. No such file or directory`,
    );
  }
  const args = splitArguments(shell.format.replaceAll("{0}", path.replaceAll('"', '\\"')));
  const exitCode = await runProcess(context, { file: shell.file, args, cwd, env: {} });
  if (exitCode === 0) return;
  context.error(`Process completed with exit code ${exitCode}.`);
  context.failed = true;
}

async function runNode(run: ActionRun, action: LoadedAction, inputs: ReadonlyMap<string, string>): Promise<void> {
  const { context, stage } = run;
  const runs = action.manifest.runs;
  if (runs.kind !== "node") throw new Error("not a JavaScript action");
  const target = { pre: runs.pre, main: runs.main, post: runs.post }[stage];
  if (target === undefined) throw new Error(`the action has no ${stage}`);
  const script = join(action.directory, target);
  if (statSync(script, { throwIfNoEntry: false })?.isFile() !== true) throw new Error(`File not found: '${script}'`);
  const { node24, workspace } = context.job.message.paths;
  if (node24 === null) throw new Error("JavaScript actions need a Node 24: give its path with --node24");

  printDetails(run, inputs);
  const env: Record<string, string> = {
    ...RUNTIME_URLS,
    ACTIONS_RUNTIME_TOKEN: context.job.message.variables["system.accessToken"]?.value ?? "",
  };
  for (const [name, value] of inputs) env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] = value;
  const exitCode = await runProcess(context, { file: node24, args: [script], cwd: workspace, env });
  if (exitCode !== 0) context.failed = true;
}

/** JavaScript actions are told of the runtime's services, `run:` steps are not. */
const RUNTIME_URLS = {
  ACTIONS_RUNTIME_URL: "https://pipelines.actions.githubusercontent.com/",
  ACTIONS_RESULTS_URL: "https://results-receiver.actions.githubusercontent.com/",
  ACTIONS_CACHE_SERVICE_V2: "True",
};

function printDetails({ context, step, stage }: ActionRun, inputs: ReadonlyMap<string, string>): void {
  if (stage === "post") {
    context.output("Post job cleanup.");
    return;
  }
  if (step.uses !== undefined) context.output(`##[group]Run ${displayReference(step.uses)}`);
  const shown = [...inputs].filter(([, value]) => value !== "");
  if (shown.length > 0) context.output("with:");
  for (const [name, value] of shown) context.output(`  ${name}: ${value}`);
  printEnvironment(context);
  context.output("##[endgroup]");
}

function printEnvironment(context: StepContext): void {
  if (context.env.size > 0) context.output("env:");
  for (const [name, value] of context.env) context.output(`  ${name}: ${value}`);
}
