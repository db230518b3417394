/** Runs a program to its end and keeps what it said. */
import { type ChildProcess, spawn } from "node:child_process";

export interface Said {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly input?: string;
  /** Called once, as soon as standard output holds `ready`. */
  readonly whenReady?: (child: ChildProcess) => void;
}

const LIMIT_MS = 240_000;

/** Never throws for what the program does; a program that cannot be started says so on `stderr`, without a status. */
export function runProgram(words: readonly [string, ...string[]], options: ProgramOptions = {}): Promise<Said> {
  const [program, ...args] = words;
  const ids = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
  const child = spawn(program, args, { env: options.env ?? process.env, cwd: options.cwd ?? "/", ...ids });
  let stdout = "";
  let stderr = "";
  let told = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (told || !stdout.includes("ready")) return;
    told = true;
    options.whenReady?.(child);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  // A program need not read its input.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const timer = setTimeout(() => {
    stderr += `\nno end within ${LIMIT_MS / 1000} s`;
    child.kill("SIGKILL");
  }, LIMIT_MS);
  return new Promise((resolve) => {
    child.on("error", (error) => {
      stderr += error.message;
    });
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, stdout, stderr });
    });
  });
}

/** How it ended, in a word: `exit 0`, `SIGTERM`. Statuses above 128 are a signal told by a shell's convention. */
export function ending(said: Pick<Said, "status" | "signal">): string {
  return said.signal ?? `exit ${said.status}`;
}
