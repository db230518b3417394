import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { constants as os } from "node:os";
import { STEP_OOM_SCORE_ADJ, type Timings } from "./limits.ts";
import { LineSplitter } from "./lines.ts";
import type { Pipe, PipePool } from "./pipes.ts";

/** One process of a step, started as the runner's `ProcessInvoker` does. */
export interface Invocation {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly pipes: PipePool;
  readonly timings: Timings;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

export interface Invoked {
  readonly pid: number;
  /** 128 + n when a signal ended it. */
  readonly exitCode: number;
  /** True when something kept stdout or stderr open past the process's end and the Worker went on without it. */
  readonly abandonedPipes: boolean;
  /** True when `signal` was aborted meanwhile; the exit code then has no meaning. */
  readonly cancelled: boolean;
}

/**
 * Runs a process with stdin at its end and stdout and stderr as pipes, and waits for its exit and for the pipes, but for
 * these only 5 s. On abort it gets SIGINT, SIGTERM and SIGKILL, always the direct child alone.
 * @throws Error when the process cannot be started.
 */
export async function invoke(invocation: Invocation): Promise<Invoked> {
  const { pipes, timings } = invocation;
  const [stdin, stdout, stderr] = [pipes.take(), pipes.take(), pipes.take()];
  const outputs = [openOutput(stdout, invocation.onLine), openOutput(stderr, invocation.onLine)];

  let child: ChildProcess;
  let exited: Promise<number>;
  try {
    ({ child, exited } = await start(invocation, stdin, outputs));
  } catch (error) {
    for (const output of outputs) output.abandon();
    for (const pipe of [stdin, stdout, stderr]) pipe.release(true);
    throw error;
  }
  const pid = child.pid!;

  let abandonedPipes = false;
  const completed = (async () => {
    const code = await exited;
    const drained = Promise.all(outputs.map((output) => output.ended));
    abandonedPipes = (await withTimeout(drained, timings.drainMs)) === "timeout";
    return code;
  })();

  let cancelling: Promise<void> | undefined;
  const onAbort = () => {
    cancelling = cancel(child, completed, timings);
  };
  if (invocation.signal.aborted) onAbort();
  else invocation.signal.addEventListener("abort", onAbort, { once: true });

  const exitCode = await completed;
  await cancelling;
  invocation.signal.removeEventListener("abort", onAbort);
  for (const output of outputs) output.abandon();
  for (const pipe of [stdin, stdout, stderr]) pipe.release(!abandonedPipes);
  return { pid, exitCode, abandonedPipes, cancelled: cancelling !== undefined };
}

interface Output {
  /** For the child; closed here once it has its own. */
  readonly writeEnd: number;
  readonly ended: Promise<void>;
  /** Stops reading. */
  readonly abandon: () => void;
}

function openOutput(pipe: Pipe, onLine: (line: string) => void): Output {
  const writeEnd = pipe.openWrite();
  const splitter = new LineSplitter(onLine);
  const socket = new Socket({ fd: pipe.openRead(true), readable: true, writable: false });
  const ended = new Promise<void>((resolve) => {
    socket.on("data", (chunk: Buffer) => splitter.write(chunk));
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
  });
  let open = true;
  void ended.then(() => {
    if (open) splitter.end();
    open = false;
  });
  return {
    writeEnd,
    ended,
    abandon() {
      if (open) splitter.end();
      open = false;
      socket.removeAllListeners("data");
      socket.destroy();
    },
  };
}

async function start(invocation: Invocation, stdin: Pipe, outputs: readonly Output[]) {
  // No write end is open: the child meets the end of its input at once, as with the runner's closed stdin.
  const input = stdin.openRead(false);
  const fds = [input, ...outputs.map((output) => output.writeEnd)];
  try {
    const child = spawn(invocation.file, invocation.args, {
      cwd: invocation.cwd,
      env: invocation.env,
      stdio: [fds[0], fds[1], fds[2]],
    });
    // At once, as the runner does: what the process starts first may still have the Worker's score.
    if (child.pid !== undefined) adjustOomScore(child.pid, invocation.env.PIPELINE_JOB_OOMSCOREADJ);
    // Listening before the next tick: a short process may be gone by then.
    const exited = new Promise<number>((resolve) => {
      child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : os.signals[signal])));
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    return { child, exited };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `An error occurred trying to start process '${invocation.file}' with working directory '${invocation.cwd}'. ${reason}`,
      { cause: error },
    );
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

function adjustOomScore(pid: number, wanted: string | undefined): void {
  const score = wanted !== undefined && /^-?\d+$/.test(wanted) ? Number(wanted) : STEP_OOM_SCORE_ADJ;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(score));
  } catch {
    // The process may be gone already, or may have changed its user: the runner only traces this.
  }
}

async function cancel(child: ChildProcess, completed: Promise<number>, timings: Timings): Promise<void> {
  child.kill("SIGINT");
  if ((await withTimeout(completed, timings.interruptMs)) !== "timeout") return;
  child.kill("SIGTERM");
  if ((await withTimeout(completed, timings.terminateMs)) !== "timeout") return;
  child.kill("SIGKILL");
}

async function withTimeout<T>(promise: Promise<T>, ms: number): Promise<T | "timeout"> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<"timeout">((resolve) => {
    timer = setTimeout(() => resolve("timeout"), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
