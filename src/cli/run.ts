/** `warden run`: one command under guard. */
import path from "node:path";
import { codeOf } from "../common/errors.ts";
import type { PathContext } from "../policy/path.ts";
import { asUser } from "../session/identity.ts";
import {
  type CheckedPolicy,
  checkDefaultPolicy,
  checkEmptyPolicy,
  checkPolicyFile,
  DEFAULT_POLICY,
} from "../session/policy-source.ts";
import { prepareReportDirectory, type ReportPlace } from "../session/report-place.ts";
import { type Session, startSession } from "../session/start.ts";
import type { SessionStatus } from "../session/status.ts";
import { readWorkplace } from "../session/workplace.ts";
import { parseRunArguments, type RunArguments } from "./arguments.ts";
import { runCommand } from "./command.ts";
import { say, sayDiagnostics } from "./console.ts";
import { finishRun } from "./finish.ts";
import { findInvoker, type Invoker } from "./invoker.ts";
import { requireRoot } from "./root.ts";
import { UsageError } from "./usage.ts";

/** @throws UsageError, PolicyError, ReportPlaceError, GuardFailure */
export async function run(argv: readonly string[]): Promise<number> {
  const args = parseRunArguments(argv);
  requireRoot("run");
  const invoker = findInvoker();
  const context = contextOf(invoker);
  const checked = asUser(invoker.user, () => findPolicy(args, context));
  sayDiagnostics(checked.warnings);
  const directory = args.report === null ? null : path.resolve(args.report);
  const reports = directory === null ? null : asUser(invoker.user, () => prepareReportDirectory(directory));
  const session = await begin(args, invoker, context, checked, reports);
  const status = await runCommand(session.place, invoker, args.command);
  return await finishRun(session, status, args, invoker, reports);
}

function contextOf({ user, environment }: Invoker): PathContext {
  const absolute = (name: string) => (environment[name]?.startsWith("/") ? (environment[name] ?? null) : null);
  return {
    home: user.home,
    workspace: absolute("GITHUB_WORKSPACE") ?? workingDirectory(),
    temp: absolute("RUNNER_TEMP"),
  };
}

/** @throws UsageError when it was removed */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    throw new UsageError("the working directory was removed: change to one that is there");
  }
}

function findPolicy({ policy, mode }: RunArguments, context: PathContext): CheckedPolicy {
  if (policy !== null) return checkPolicyFile(policy, context, mode);
  const found = checkDefaultPolicy(context, mode);
  if (found !== null) return found;
  say(`no --policy, and no ${DEFAULT_POLICY} here: the command is watched, but nothing is forbidden`);
  return checkEmptyPolicy(context, mode);
}

async function begin(
  { mode }: RunArguments,
  { user, environment }: Invoker,
  context: PathContext,
  { source, policy }: CheckedPolicy,
  reports: ReportPlace | null,
): Promise<Session> {
  const { workflow, lockfiles, warnings } = asUser(user, () => readWorkplace(environment, context.workspace));
  for (const warning of warnings) say(warning);
  try {
    const session = await startSession(
      { origin: "run", mode: mode ?? policy.mode, policy: source, context, workflow, lockfiles },
      null,
    );
    for (const note of session.notes) say(note);
    say(postureLine(session.status));
    return session;
  } catch (error) {
    asUser(user, () => reports?.undo());
    throw error;
  }
}

/** `mode enforce: network, exec enforced; read absent`: states in the order they first come. */
export function postureLine({ mode, posture }: SessionStatus): string {
  const states = new Map<string, string[]>();
  for (const { class: name, state } of posture?.classes ?? []) states.set(state, [...(states.get(state) ?? []), name]);
  return `mode ${mode}: ${[...states].map(([state, names]) => `${names.join(", ")} ${state}`).join("; ")}`;
}
