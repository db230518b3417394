/** Talks to `acts batch -`: one line in, one act done in a process of its own, one JSON line out. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import * as v from "valibot";
import { ACTS, RUNNER_ID } from "./places.ts";
import type { ActResult, User } from "./scenario.ts";

const resultLine = v.object({ act: v.string(), result: v.string(), note: v.string(), pids: v.array(v.number()) });

export interface Ended {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** What came on standard output besides results. */
  readonly stdout: string;
}

/** Longer than any act takes; a guard that hangs must not take the whole run with it. */
const ACT_LIMIT_MS = 400_000;
const END_LIMIT_MS = 240_000;

interface Waiting {
  readonly resolve: (result: ActResult) => void;
  readonly reject: (error: Error) => void;
}

export class Batch {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting = new Map<string, Waiting>();
  #stdout = "";
  #stderr = "";
  #over = false;

  constructor(command: readonly [string, ...string[]], options: { env?: NodeJS.ProcessEnv; user?: User } = {}) {
    const [program, ...args] = command;
    const ids = options.user === "runner" ? { uid: RUNNER_ID, gid: RUNNER_ID } : {};
    const env = options.env ?? process.env;
    this.#child = spawn(program, args, { cwd: "/", env, stdio: ["pipe", "pipe", "pipe"], ...ids });
    // A program that ended early is told by `ended`; writing to it then is no error of its own.
    this.#child.stdin.on("error", () => {});
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#read(line));
    this.ended = new Promise((resolve) => {
      const end = (status: number | null, signal: NodeJS.Signals | null) => {
        this.#over = true;
        for (const { reject } of this.#waiting.values()) reject(this.#failure(status, signal));
        this.#waiting.clear();
        resolve({ status, signal, stderr: this.#stderr, stdout: this.#stdout });
      };
      this.#child.on("error", (error) => {
        this.#stderr += error.message;
        end(null, null);
      });
      this.#child.on("close", end);
    });
  }

  /** The last lines on standard error. */
  complaints(): string {
    return this.#stderr.trim().split("\n").slice(-3).join(" | ");
  }

  #failure(status: number | null, signal: NodeJS.Signals | null): Error {
    return new Error(`ended early (${signal ?? `status ${status}`}): ${this.complaints()}`);
  }

  #read(line: string): void {
    if (!line.startsWith('{"act":')) {
      this.#stdout += `${line}\n`;
      return;
    }
    const result = v.parse(resultLine, JSON.parse(line));
    this.#waiting.get(result.act)?.resolve(result);
    this.#waiting.delete(result.act);
  }

  /**
   * Does one act. The id comes back with the result and must not be in use.
   * @throws when the program ended, or ends before it answers
   */
  act(id: string, words: readonly string[]): Promise<ActResult> {
    if (this.#over) return this.ended.then((end) => Promise.reject(this.#failure(end.status, end.signal)));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer within ${ACT_LIMIT_MS} ms`)), ACT_LIMIT_MS);
      const settle = <T>(done: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer);
          done(value);
        };
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.#child.stdin.write(`${[id, ...words].join("\t")}\n`);
    });
  }

  /** No more acts: waits for the program's end, and kills it when that does not come. */
  end(): Promise<Ended> {
    this.#child.stdin.end();
    const timer = setTimeout(() => {
      this.#stderr += `\nno end within ${END_LIMIT_MS} ms`;
      this.#child.kill("SIGKILL");
    }, END_LIMIT_MS);
    return this.ended.finally(() => clearTimeout(timer));
  }
}

/** The program that does acts, started by other words when there are some. */
export function batchWords(within: readonly string[] = []): [string, ...string[]] {
  const [program = ACTS, ...words] = [...within, ACTS, "batch", "-"];
  return [program, ...words];
}

/** A batch without any guard. */
export function unguarded(user: User, within?: readonly string[]): Batch {
  return new Batch(batchWords(within), { user });
}
