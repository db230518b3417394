/** The monitor's process. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, fstatSync, openSync, readSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Duplex } from "node:stream";
import { codeOf } from "../common/errors.ts";
import { GuardFailure } from "./failure.ts";
import type { Installed } from "./install.ts";
import { Line } from "./line.ts";
import type { Place } from "./place.ts";

/** Who is guarded in an action: the Worker, and by what the kernel will know the action's post. */
export interface Job {
  /** Process id of Runner.Worker. */
  readonly worker: number;
  /** argv[1] of the action's post, exactly as the runner starts it. */
  readonly post: string;
  /** Directory that gets the reports: nobody in the job may write there, and the monitor delivers them itself. */
  readonly reports: string;
  /** `NAME=value` of the variables that bring code, as the post may have them. */
  readonly variables: readonly string[];
}

export interface Monitor {
  /** null when it could not be started. */
  readonly pid: number | null;
  readonly line: Line;
  /** When its process is gone. */
  readonly ended: Promise<MonitorEnd>;
  /** What it complained about so far, a line each. */
  complaints(): readonly string[];
  /** Lets this process end while the monitor goes on. */
  detach(): void;
  /** Ends it at once, whatever it is doing; what it pinned stays. */
  kill(): void;
}

export interface MonitorEnd {
  /** null when a signal ended it, or it could not be started. */
  readonly status: number | null;
  /** For people: `ended with status 1`. */
  readonly how: string;
}

const LOG = "monitor.log";
const MAX_COMPLAINTS = 40;
/** Bytes at the end of a log that are looked at. */
const LOG_TAIL = 64 * 1024;

/** Starts it in a session of its own: neither the terminal's signals nor the end of this process are meant for it. */
export function startMonitor(place: Place, installed: Installed, job: Job | null): Monitor {
  const log = openSync(path.join(place.directory, LOG), "wx+", 0o600);
  const child = spawn(installed.monitor, words(place, installed, job), {
    cwd: "/",
    // Nothing of the caller's: at a job's end the runner ends every process that has the job's tracking id.
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    detached: true,
    stdio: ["ignore", log, log, "pipe"],
  });
  if (child.pid !== undefined) spare(child.pid);
  const socket = child.stdio[3];
  if (!(socket instanceof Duplex)) throw new GuardFailure("Node gave no socket for the monitor");
  const ended = endOf(child);
  return {
    pid: child.pid ?? null,
    line: new Line(socket),
    ended,
    // By its descriptor: a monitor that ends removes its directory.
    complaints: () => lastLines([tailOf(log), agentLog(place.directory)]),
    detach: () => {
      socket.destroy();
      child.unref();
    },
    kill: () => child.kill("SIGKILL"),
  };
}

/** A runner's steps are the first that the kernel ends when memory is short, and what they start with them: not the guard. */
function spare(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, "-500");
  } catch (error) {
    // It ended at once, which shows soon enough; or a container forbids it, and then it is as good as any process.
    if (!["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(codeOf(error) ?? "")) throw error;
  }
}

function words(place: Place, installed: Installed, job: Job | null): readonly string[] {
  const forJob =
    job === null
      ? []
      : [
          ...["--origin", place.origin, "--worker", String(job.worker), "--post", job.post, "--reports", job.reports],
          ...job.variables.flatMap((variable) => ["--post-variable", variable]),
        ];
  return [
    ...["--id", place.id, "--dir", place.directory, "--cgroup", place.cgroup],
    ...["--node", process.execPath, "--agent", installed.agent, "--status-fd", "3"],
    ...forJob,
  ];
}

function endOf(child: ChildProcess): Promise<MonitorEnd> {
  return new Promise((resolve) => {
    child.once("exit", (status, signal) => {
      resolve({ status, how: signal === null ? `ended with status ${status}` : `was ended by ${signal}` });
    });
    // It could not be started: the socket's end says so too.
    child.once("error", (error) => resolve({ status: null, how: `could not be started: ${error.message}` }));
  });
}

function agentLog(directory: string): string {
  let fd: number;
  try {
    fd = openSync(path.join(directory, "journal/agent.log"), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    // There was no agent yet; or its log is gone, or no file that anybody should read.
    if (["ENOENT", "ELOOP"].includes(codeOf(error) ?? "")) return "";
    throw error;
  }
  try {
    return tailOf(fd);
  } finally {
    closeSync(fd);
  }
}

/** The end of what is in a log. Reads at places of its own: the descriptor's position is the writer's. */
function tailOf(fd: number): string {
  const { size } = fstatSync(fd);
  const bytes = Buffer.alloc(Math.min(size, LOG_TAIL));
  return bytes.toString("utf8", 0, readSync(fd, bytes, 0, bytes.length, size - bytes.length));
}

function lastLines(texts: readonly string[]): readonly string[] {
  return texts
    .flatMap((text) => text.split("\n"))
    .filter((line) => line !== "")
    .slice(-MAX_COMPLAINTS);
}
