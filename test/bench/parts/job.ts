/** A job as a runner has one: a Runner.Worker, which starts the action's main, steps, and the action's post. */
import { chownSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Meter, type Took } from "./meter.ts";

/** What stays from job to job. */
export interface Site {
  /** A directory of ours. */
  readonly home: string;
  /** The Node that runs actions. */
  readonly node: string;
  /** The built action. */
  readonly dist: string;
  /** The program of meter.c, and what `meter spin` counts in. */
  readonly meter: string;
  readonly spun: string | null;
  /** Who the job runs as; null for who we are. */
  readonly user: number | null;
}

export class Job {
  readonly #site: Site;
  readonly #meter: Meter;
  readonly #state: string;
  readonly report: string;
  #session = "";

  private constructor(site: Site, meter: Meter, state: string, report: string) {
    this.#site = site;
    this.#meter = meter;
    this.#state = state;
    this.report = report;
  }

  /** Fresh directories, and a Worker in them. @param policy the file's text */
  static async begin(site: Site, policy: string): Promise<Job> {
    const job = path.join(site.home, "job");
    rmSync(job, { recursive: true, force: true });
    const bin = path.join(job, "bin");
    const beside = path.join(job, "project");
    const temp = path.join(job, "temp");
    const workspace = path.join(beside, "project");
    for (const directory of [bin, temp, path.join(workspace, ".github")]) mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(workspace, ".github/warden.toml"), policy);
    const file = (name: string) => path.join(temp, name);
    const files = ["state", "output", "summary", "log"].map(file);
    for (const one of files) writeFileSync(one, "");
    const worker = path.join(bin, "Runner.Worker");
    copyFileSync(site.meter, worker);
    const { user } = site;
    if (user !== null) give([job, beside, temp, workspace, ...files], user);
    const become =
      user === null ? [] : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups", "--inh-caps=-all", "--"];
    const words = [...become, worker, "serve", file("log"), ...(site.spun === null ? [] : [site.spun])];
    const meter = new Meter([words[0] ?? worker, ...words.slice(1)], file("log"), {
      PATH: process.env.PATH,
      HOME: temp,
      GITHUB_WORKSPACE: workspace,
      RUNNER_TEMP: temp,
      GITHUB_STATE: file("state"),
      GITHUB_OUTPUT: file("output"),
      GITHUB_STEP_SUMMARY: file("summary"),
      GITHUB_ACTION: "__step",
      INPUT_MODE: "enforce",
      "INPUT_FAIL-ON": "never",
      INPUT_MATRIX: "null",
    });
    await meter.ready();
    return new Job(site, meter, file("state"), path.join(beside, "warden-report"));
  }

  /** The session's directory, once `main` has said so. */
  get session(): string {
    return this.#session;
  }

  /** From the start of `main` to its end, when the policy is in force and proved. */
  async main(): Promise<Took> {
    const took = await this.#action("main");
    const state = readState(this.#state);
    this.#session = JSON.parse(state).directory;
    await this.#meter.set({ STATE_session: state });
    return took;
  }

  step(...words: readonly string[]): Promise<Took> {
    return this.#meter.run(...words);
  }

  mark(): Promise<Took> {
    return this.#meter.mark();
  }

  /** From the start of `post` to its end, when the reports are there and the guard is gone. */
  async post(): Promise<Took> {
    const took = await this.#action("post");
    if (!existsSync(path.join(this.report, "report.json"))) throw new Error(`no report in ${this.report}`);
    return took;
  }

  /** The start of Node alone. */
  nothing(): Promise<Took> {
    return this.#meter.run(this.#site.node, "-e", "0");
  }

  end(): Promise<void> {
    return this.#meter.end();
  }

  #action(name: "main" | "post"): Promise<Took> {
    return this.#meter.run(this.#site.node, path.join(this.#site.dist, `${name}.mjs`));
  }
}

function give(files: readonly string[], user: number): void {
  for (const file of files) chownSync(file, user, user);
}

/** The last value of `session` among the runner's states: NAME<<END, the value, END. */
function readState(file: string): string {
  const found = [...readFileSync(file, "utf8").matchAll(/^session<<(\S+)\n([^\n]*)\n\1$/gm)].at(-1)?.[2];
  if (found === undefined) throw new Error(`main left no state in ${file}`);
  return found;
}

/** Copies what a job runs to where nothing is slow; @returns a site without a user and a spinner */
export function installSite(home: string, from: { node: string; dist: string; built: string }): Site {
  const site = {
    home,
    node: path.join(home, "node"),
    dist: path.join(home, "action"),
    meter: path.join(home, "meter"),
  };
  copyFileSync(from.node, site.node);
  cpSync(from.dist, site.dist, { recursive: true });
  for (const name of ["meter", "flood", "refusals"]) copyFileSync(path.join(from.built, name), path.join(home, name));
  return { ...site, spun: null, user: null };
}
