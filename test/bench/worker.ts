/** Talks to a program that answers each line with a line: `ops serve`, alone or under `warden run`, and `floor`. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export class Worker {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<string>;
  #stderr = "";

  constructor([program, ...words]: readonly [string, ...string[]], env: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn(program, words, { cwd: "/", env, stdio: ["pipe", "pipe", "pipe"] });
    // Its end shows when its answer does not come.
    this.#child.stdin.on("error", () => {});
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve(error.message));
      this.#child.once("close", (status, signal) => resolve(status === 0 ? "" : (signal ?? `status ${status}`)));
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** What it has said on standard error. */
  get complaints(): string {
    return this.#stderr.trim();
  }

  /** @throws when it ends instead */
  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done !== true) return next.value;
    throw new Error(`ended early (${(await this.#ended) || "status 0"}): ${this.complaints.slice(-2000)}`);
  }

  /** @throws when it ends instead of answering */
  ask(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`);
    return this.line();
  }

  /** For one that does not end by itself: whoever waits for a line hears that it is gone. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** No more lines: waits for its end. @throws when that is not a good one */
  async end(): Promise<void> {
    this.#child.stdin.end();
    const problem = await this.#ended;
    if (problem !== "") throw new Error(`ended with ${problem}: ${this.complaints.slice(-2000)}`);
  }
}
