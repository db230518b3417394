/** The program that makes the kernel refuse, see refuse.c. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export class Refuser {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(program: string, object: string) {
    this.#child = spawn(program, [object], { stdio: ["pipe", "pipe", "inherit"] });
    // Its end shows when its answer does not come.
    this.#child.stdin.on("error", () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** From now on: `load NAME`, `attach NAME` or `nothing`. @returns how often what was asked for before was refused */
  async ask(line: string): Promise<number> {
    this.#child.stdin.write(`${line}\n`);
    const answer = await this.#lines.next();
    if (answer.done === true) throw new Error(`the refusing program ended at "${line}"`);
    return Number(answer.value);
  }
}
