/** `warden run`: one command under guard. */
import { existsSync } from "node:fs";
import type { PathContext } from "../policy/path.ts";
import { asUser } from "../session/identity.ts";
import { type CheckedPolicy, checkPolicyFile, checkPolicyText } from "../session/policy-source.ts";
import { type Session, startSession } from "../session/start.ts";
import type { SessionStatus } from "../session/status.ts";
import { readWorkplace } from "../session/workplace.ts";
import { parseRunArguments, type RunArguments } from "./arguments.ts";
import { runCommand } from "./command.ts";
import { conclude } from "./conclude.ts";
import { say, sayDiagnostics } from "./console.ts";
import { findInvoker, type Invoker } from "./invoker.ts";
import { prepareReportDirectory, type ReportDirectory } from "./report-directory.ts";
import { requireRoot } from "./root.ts";

/** Where repositories keep their policy. */
const DEFAULT_POLICY = ".github/warden.toml";
const EMPTY_POLICY = 'version = 1\nmode = "audit"\n';

/** @throws UsageError, PolicyError, GuardFailure */
export async function run(argv: readonly string[]): Promise<number> {
  const args = parseRunArguments(argv);
  requireRoot("run");
  const invoker = findInvoker();
  const context = contextOf(invoker);
  const checked = asUser(invoker.user, () => findPolicy(args, context));
  sayDiagnostics(checked.warnings);
  const directory = args.report;
  const reports = directory === null ? null : asUser(invoker.user, () => prepareReportDirectory(directory));
  const session = await begin(args, invoker, context, checked, reports);
  const status = await runCommand(session.place, invoker, args.command);
  return await conclude(session, status, args, invoker, reports);
}

function contextOf({ user, environment }: Invoker): PathContext {
  const absolute = (name: string) => (environment[name]?.startsWith("/") ? (environment[name] ?? null) : null);
  return {
    home: user.home,
    workspace: absolute("GITHUB_WORKSPACE") ?? process.cwd(),
    temp: absolute("RUNNER_TEMP"),
  };
}

function findPolicy({ policy, mode }: RunArguments, context: PathContext): CheckedPolicy {
  if (policy !== null) return checkPolicyFile(policy, context, mode);
  if (existsSync(DEFAULT_POLICY)) return checkPolicyFile(DEFAULT_POLICY, context, mode);
  say(`no --policy, and no ${DEFAULT_POLICY} here: the command is watched, but nothing is forbidden`);
  return checkPolicyText(EMPTY_POLICY, "the empty policy", context, mode);
}

async function begin(
  { mode }: RunArguments,
  { user, environment }: Invoker,
  context: PathContext,
  { source, policy }: CheckedPolicy,
  reports: ReportDirectory | null,
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
