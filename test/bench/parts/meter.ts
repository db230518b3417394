/** Talks to meter.c: what commands cost, and the process that keeps an emulated processor awake. */
import { readFileSync } from "node:fs";
import { Worker } from "../worker.ts";

export interface Took {
  /** Of the whole machine, without those of `meter spin`. Without meaning where the processor counts none. */
  readonly instructions: number;
  readonly nanoseconds: number;
}

export class Meter {
  readonly #worker: Worker;
  readonly #log: string;

  /** @param command how `meter serve LOG [FILE]` is started @param log what commands say goes there */
  constructor(command: readonly [string, ...string[]], log: string, env?: NodeJS.ProcessEnv) {
    this.#worker = new Worker(command, env);
    this.#log = log;
  }

  /** For the commands after it. */
  async set(variables: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, value] of Object.entries(variables)) await this.#tell(`set ${name}=${value}`);
  }

  async enter(directory: string): Promise<void> {
    await this.#tell(`cd ${directory}`);
  }

  /** @throws when the command ends with another status than 0 */
  async run(...words: readonly string[]): Promise<Took> {
    const answer = await this.#worker.ask(`run ${words.join(" ")}`);
    const [verb, status, instructions, nanoseconds] = answer.split(" ");
    if (verb !== "took" || status !== "0") throw new Error(`${words.join(" ")}: ${answer}: ${this.#tail()}`);
    return { instructions: Number(instructions), nanoseconds: Number(nanoseconds) };
  }

  /** Since the machine began: for what lasts longer than a command. */
  async mark(): Promise<Took> {
    const [verb, instructions, nanoseconds] = (await this.#worker.ask("mark")).split(" ");
    if (verb !== "mark") throw new Error(`mark: ${verb}`);
    return { instructions: Number(instructions), nanoseconds: Number(nanoseconds) };
  }

  /** Resolves when it answers. */
  async ready(): Promise<void> {
    await this.set({ METER: "ready" });
  }

  get complaints(): string {
    return this.#worker.complaints;
  }

  end(): Promise<void> {
    return this.#worker.end();
  }

  async #tell(line: string): Promise<void> {
    const answer = await this.#worker.ask(line);
    if (answer !== "done") throw new Error(`${line}: ${answer}`);
  }

  #tail(): string {
    return readFileSync(this.#log, "utf8").slice(-2000);
  }
}
