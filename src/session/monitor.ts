/** The monitor's process. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
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
}

export interface Monitor {
  /** null when it could not be started. */
  readonly pid: number | null;
  readonly line: Line;
  /** When its process is gone; null after a death by signal. */
  readonly ended: Promise<number | null>;
  /** What it complained about so far, a line each. */
  complaints(): readonly string[];
  /** Lets this process end while the monitor goes on. */
  detach(): void;
}

const LOG = "monitor.log";
const MAX_COMPLAINTS = 40;

/** Starts it in a session of its own: neither the terminal's signals nor the end of this process are meant for it. */
export function startMonitor(place: Place, installed: Installed, job: Job | null): Monitor {
  const log = openSync(path.join(place.directory, LOG), "wx", 0o600);
  const child = spawn(installed.monitor, words(place, installed, job), {
    cwd: "/",
    // Nothing of the caller's: at a job's end the runner ends every process that has the job's tracking id.
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    detached: true,
    stdio: ["ignore", log, log, "pipe"],
  });
  closeSync(log);
  if (child.pid !== undefined) spare(child.pid);
  const socket = child.stdio[3];
  if (!(socket instanceof Duplex)) throw new GuardFailure("Node gave no socket for the monitor");
  const ended = endOf(child);
  return {
    pid: child.pid ?? null,
    line: new Line(socket),
    ended,
    complaints: () => complaintsIn(place.directory),
    detach: () => {
      socket.destroy();
      child.unref();
    },
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
  const forJob = job === null ? [] : ["--origin", place.origin, "--worker", String(job.worker), "--post", job.post];
  return [
    ...["--id", place.id, "--dir", place.directory, "--cgroup", place.cgroup],
    ...["--node", process.execPath, "--agent", installed.agent, "--status-fd", "3"],
    ...forJob,
  ];
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once("exit", (code) => resolve(code));
    // It could not be started: the socket's end says so too.
    child.once("error", () => resolve(null));
  });
}

/** The last lines of what the monitor and the agent wrote to their logs in `directory`, as far as they are still there. */
export function complaintsIn(directory: string): readonly string[] {
  return [LOG, "journal/agent.log"]
    .flatMap((name) => {
      try {
        return readFileSync(path.join(directory, name), "utf8").split("\n");
      } catch (error) {
        if (codeOf(error) === "ENOENT") return [];
        throw error;
      }
    })
    .filter((line) => line !== "")
    .slice(-MAX_COMPLAINTS);
}
