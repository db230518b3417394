import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import type { Readable, Writable } from "node:stream";
import { type Options, UsageError } from "./args.ts";
import { WorkerCgroup } from "./cgroup.ts";
import { type Account, findAccount, type Installation, install, prepareDirectories } from "./layout.ts";
import { RUNNER_TIMINGS } from "./limits.ts";
import type { CancelMessage, JobMessage } from "./protocol.ts";
import type { Conclusion } from "./report.ts";
import { WORKER_EXIT } from "./worker.ts";
import { readJob } from "./workflow.ts";

/** Exit status for each conclusion, and for a Worker that ended without one. */
const EXIT: Readonly<Record<Conclusion, number>> = { success: 0, skipped: 0, failure: 1, cancelled: 130 };
const WORKER_LOST = 3;
/** Three per process, and room for some that never let go of theirs. */
const PIPES = 48;
const FIRST_PIPE = 10;
const DEFAULT_TIMEOUT_MINUTES = 360;

/**
 * Runs one job in a Worker process and waits for it. SIGINT and SIGTERM cancel the job; a second one ends the Worker.
 * @param bundle this program as one file, which the Worker runs too.
 * @returns the exit status for the command line.
 * @throws UsageError, WorkflowError before anything is started.
 */
export async function listen(options: Options, bundle: string): Promise<number> {
  const content = readWorkflow(options.workflow);
  const path = workflowPath(options);
  const job = await readJob(path, content, options.job);
  const timeout = job.timeoutMinutes ?? DEFAULT_TIMEOUT_MINUTES;
  if (typeof timeout !== "number") throw new UsageError("timeout-minutes of the job: only a number is supported");
  const account = findAccount(options.user);
  prepareDirectories(options.work, options.workspace, account);

  writeFileSync("/proc/self/comm", "Runner.Listener");
  const cgroup = options.cgroup === undefined ? undefined : new WorkerCgroup(options.cgroup);
  const installation = install(options.runnerRoot, bundle, account);
  try {
    const worker = startWorker(installation, account, options);
    // Before the job message: no step exists yet.
    if (worker.child.pid !== undefined) cgroup?.add(worker.child.pid);
    const token = options.secrets.GITHUB_TOKEN ?? `ghs_${randomBytes(18).toString("hex")}`;
    const secret = (value: string) => ({ value, isSecret: true });
    const message: JobMessage = {
      variables: {
        "system.github.token": secret(token),
        "system.accessToken": secret(randomBytes(48).toString("base64url")),
        "system.github.job": { value: job.id, isSecret: false },
        ...Object.fromEntries(Object.entries(options.secrets).map(([name, value]) => [name, secret(value)])),
      },
      job,
      github: githubContext(options, job.id, job.workflow, path),
      event: options.event,
      paths: { workspace: options.workspace, work: options.work, node24: options.node24 ?? null },
      actions: options.actions,
      timings: { ...RUNNER_TIMINGS, minuteMs: options.minuteMs },
      debug: options.debug,
      color: wantsColor(),
    };
    worker.toWorker.write(`${JSON.stringify(message)}\n`);
    return await supervise(worker, timeout * options.minuteMs, options.json);
  } finally {
    cgroup?.remove();
    if (installation.temporary) rmSync(installation.root, { recursive: true, force: true });
  }
}

interface Worker {
  readonly child: ChildProcess;
  readonly toWorker: Writable;
  readonly fromWorker: Readable;
}

/**
 * The Worker becomes our child by exec alone, through setpriv for another user and through bash for its pipes (see
 * PipePool): no process stays between. It leads a session, so that a terminal's Ctrl-C reaches only us.
 */
function startWorker(installation: Installation, account: Account, options: Options): Worker {
  const pipes = Array.from({ length: PIPES }, (_, index) => `${FIRST_PIPE + index}<<<''`).join(" ");
  const script = `for f in /proc/self/fd/*; do f=\${f##*/}; if ((f > 4)); then eval "exec $f>&-"; fi; done; exec ${pipes}; exec "$0" "$@"`;
  const args = [installation.worker, installation.bundle, "spawnclient", "3", "4", String(FIRST_PIPE), String(PIPES)];
  const bash = ["bash", "--noprofile", "--norc", "-c", script, ...args];
  const command = account.switched
    ? ["setpriv", "--reuid", String(account.uid), "--regid", String(account.gid), "--init-groups", ...bash]
    : bash;
  const child = spawn(command[0]!, command.slice(1), {
    cwd: installation.root,
    env: machineEnvironment(account, options.env),
    stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"],
    detached: true,
  });
  const toWorker = child.stdio[3];
  const fromWorker = child.stdio[4];
  if (toWorker == null || !("write" in toWorker) || fromWorker == null || !("read" in fromWorker)) {
    throw new Error("the Worker's channel could not be made");
  }
  // The Worker may end before it reads all we send; its exit tells more than the broken channel.
  toWorker.on("error", () => undefined);
  return { child, toWorker, fromWorker };
}

/** What the machine's own environment would be, not ours: tests and shells leave much in theirs. */
function machineEnvironment(account: Account, more: Readonly<Record<string, string>>): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: account.home,
    USER: account.name,
    LOGNAME: account.name,
    SHELL: account.shell,
    LANG: "C.UTF-8",
    ...more,
  };
}

async function supervise(worker: Worker, timeoutMs: number, json: string | undefined): Promise<number> {
  const { child, toWorker, fromWorker } = worker;
  let cancelled = false;
  const cancel = (reason: string) => {
    if (cancelled) child.kill("SIGKILL");
    cancelled = true;
    const message: CancelMessage = { cancel: reason };
    toWorker.write(`${JSON.stringify(message)}\n`);
  };
  const onSignal = (signal: NodeJS.Signals) => cancel(signal);
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  // A timer of more than 2^31 ms would fire at once.
  const timer = setTimeout(() => cancel("timeout"), Math.min(timeoutMs, 2 ** 31 - 1));
  try {
    let received = "";
    fromWorker.setEncoding("utf8").on("data", (text: string) => {
      received += text;
    });
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (...end) => resolve(end));
    });
    const conclusion = conclusions().find((candidate) => WORKER_EXIT[candidate] === code);
    if (conclusion === undefined || !received.endsWith("\n")) {
      console.error(`The runner has lost its Worker (exit status ${code ?? "none"}, signal ${signal ?? "none"}).`);
      return WORKER_LOST;
    }
    if (json !== undefined) {
      const { report } = JSON.parse(received) as { report: unknown };
      writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    }
    return EXIT[conclusion];
  } finally {
    clearTimeout(timer);
    for (const name of signals) process.off(name, onSignal);
  }
}

function conclusions(): Conclusion[] {
  return ["success", "failure", "cancelled", "skipped"];
}

function githubContext(options: Options, job: string, workflow: string, path: string): Record<string, string> {
  const repository = options.github.repository ?? "example/project";
  const ref = options.github.ref ?? "refs/heads/main";
  const sha = options.github.sha ?? "0".repeat(40);
  const owner = repository.split("/")[0]!;
  return {
    action: "",
    actor: owner,
    actor_id: "1",
    api_url: "https://api.github.com",
    base_ref: "",
    event_name: "push",
    graphql_url: "https://api.github.com/graphql",
    head_ref: "",
    job,
    ref,
    ref_name: ref.replace(/^refs\/(heads|tags)\//, ""),
    ref_protected: "false",
    ref_type: ref.startsWith("refs/tags/") ? "tag" : "branch",
    repository,
    repository_id: "1",
    repository_owner: owner,
    repository_owner_id: "1",
    retention_days: "90",
    run_attempt: "1",
    run_id: "1",
    run_number: "1",
    server_url: "https://github.com",
    sha,
    triggering_actor: owner,
    workflow,
    workflow_ref: `${repository}/${path}@${ref}`,
    workflow_sha: sha,
    ...options.github,
    workspace: options.workspace,
  };
}

/** The workflow's path in its repository; `.github/workflows/<name>` for a file from elsewhere. */
function workflowPath(options: Options): string {
  const inside = relative(options.workspace, options.workflow);
  return inside.startsWith("..") ? join(".github/workflows", basename(options.workflow)) : inside;
}

function readWorkflow(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`--workflow: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function wantsColor(): boolean {
  if ((process.env.NO_COLOR ?? "") !== "") return false;
  return process.stdout.isTTY === true || (process.env.FORCE_COLOR ?? "0") !== "0";
}
