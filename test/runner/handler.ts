import { delimiter } from "node:path";
import { CommandProcessor } from "./command-processor.ts";
import type { StepContext } from "./context.ts";
import { invoke } from "./process.ts";

/** The step was ended because the job was cancelled or its time was over. */
export class CancelledError extends Error {
  constructor() {
    super("The operation was canceled.");
  }
}

/** The `github` keys that become GITHUB_* variables; the others (`token`, `event`) are for expressions only. */
const GITHUB_VARIABLES = new Set([
  "action",
  "action_path",
  "action_ref",
  "action_repository",
  "actor",
  "actor_id",
  "api_url",
  "base_ref",
  "env",
  "event_name",
  "event_path",
  "graphql_url",
  "head_ref",
  "job",
  "output",
  "path",
  "ref",
  "ref_name",
  "ref_protected",
  "ref_type",
  "repository",
  "repository_id",
  "repository_owner",
  "repository_owner_id",
  "retention_days",
  "run_attempt",
  "run_id",
  "run_number",
  "server_url",
  "sha",
  "state",
  "step_summary",
  "triggering_actor",
  "workflow",
  "workflow_ref",
  "workflow_sha",
  "workspace",
]);

/** PATH for a step: what GITHUB_PATH got, last first, before the step's own or the Worker's. */
export function stepPath(context: StepContext): string {
  const original = context.env.get("PATH") ?? process.env.PATH ?? "";
  return [...context.job.prependPath.toReversed(), original].join(delimiter);
}

/**
 * The variables a step gets above those the Worker has itself: env context, state, inputs, PATH, GITHUB_*, RUNNER_*.
 * @param more handler's own, such as INPUT_* and ACTIONS_*.
 */
function stepEnvironment(context: StepContext, more: Readonly<Record<string, string>>): Record<string, string> {
  const env: Record<string, string> = Object.fromEntries(context.env);
  for (const [name, value] of context.state) env[`STATE_${name}`] = value;
  Object.assign(env, more);
  if (context.job.prependPath.length > 0) env.PATH = stepPath(context);
  for (const [name, value] of Object.entries(context.github)) {
    if (GITHUB_VARIABLES.has(name)) env[`GITHUB_${name.toUpperCase()}`] = value;
  }
  for (const [name, value] of Object.entries(context.job.runner)) env[`RUNNER_${name.toUpperCase()}`] = value;
  return env;
}

/**
 * Runs one process of a step as a direct child of the Worker, its output read as log and workflow commands.
 * @returns its exit code.
 * @throws CancelledError, or Error when it cannot be started.
 */
export async function runProcess(
  context: StepContext,
  program: {
    readonly file: string;
    readonly args: readonly string[];
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<number> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) inherited[name] = value;
  const env: Record<string, string> = {
    ...inherited,
    ...stepEnvironment(context, program.env),
    GITHUB_ACTIONS: "true",
  };
  const commands = new CommandProcessor(context);
  const result = await invoke({
    file: program.file,
    args: program.args,
    cwd: program.cwd,
    env: "CI" in env ? env : { ...env, CI: "true" },
    pipes: context.job.pipes,
    timings: context.job.message.timings,
    signal: context.abort.signal,
    onLine: (line) => commands.process(line),
  });
  const { pid, exitCode, abandonedPipes, cancelled } = result;
  context.report.processes.push({ pid, exitCode, abandonedPipes });
  if (cancelled) throw new CancelledError();
  return exitCode;
}
