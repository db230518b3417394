/**
 * Whole jobs, guarded and not, by turns. Inside the machine as root, and natively.
 *
 *   node jobs.mjs --built DIRECTORY --dist DIRECTORY --node FILE --json FILE --runs N --work ARCHIVE --typescript FILE [--native]
 */
import { execFileSync } from "node:child_process";
import { chownSync, copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { environmentOf } from "../../scenarios/guarded.ts";
import { USER } from "../places.ts";
import { AWAKE, awake, inFreshPlace, type PartOptions, partOptions, save } from "./guest.ts";
import { type Turn, type WholeJob, wholeJobs } from "./jobs-list.ts";
import { Meter, type Took } from "./meter.ts";
import { NETWORK_POLICY, wholePolicy } from "./policies.ts";
import { Readings } from "./readings.ts";

const options = partOptions();
const readings = new Readings();
const cost = ({ instructions, nanoseconds }: Took) => (options.native ? nanoseconds : instructions);

interface Site {
  readonly home: string;
  readonly work: string;
  readonly meter: string;
  readonly policy: string;
  readonly command: readonly [string, ...string[]];
}

/** The words of `meter serve`, which does what a job's steps do, as an ordinary user where there is one. */
const serving = (site: Site, log: string) => [site.meter, "serve", log, ...(options.native ? [] : [AWAKE])];

function asUser(words: readonly string[]): readonly [string, ...string[]] {
  const [first = "", ...rest] = options.native
    ? words
    : ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups", "--inh-caps=-all", "--", ...words];
  return [first, ...rest];
}

async function measureJobs(site: Site, jobs: readonly WholeJob[], meter: Meter, situation: Turn | null): Promise<void> {
  await meter.set({ HOME: site.home, PATH: process.env.PATH ?? "", GIT_CONFIG_GLOBAL: "/dev/null" });
  for (const { name, directory, words, makes } of jobs) {
    rmSync(path.join(site.work, directory, makes), { recursive: true, force: true });
    await meter.enter(path.join(site.work, directory));
    const took = await meter.run(...words);
    if (situation !== null) readings.add(`${name} ${situation}`, cost(took));
    save(options, readings);
  }
  await meter.end();
}

function unguarded(site: Site): Meter {
  const log = path.join(site.home, "log-none");
  return new Meter(asUser(serving(site, log)), log);
}

function guarded(site: Site): Meter {
  const log = path.join(site.home, "log-governed");
  const run = ["run", "--policy", site.policy, "--mode", "enforce", "--", ...serving(site, log)];
  return new Meter([...site.command, ...run], log, environmentOf(options.native ? "root" : "runner"));
}

async function measureAll(site: Site, typescript: string): Promise<void> {
  const jobs = wholeJobs(typescript);
  // What is read from disk for the first time is in no figure.
  await measureJobs(site, jobs, unguarded(site), null);
  for (let run = 0; run < options.runs; run++) {
    await measureJobs(site, jobs, unguarded(site), "none");
    await measureJobs(site, jobs, guarded(site), "governed");
  }
}

function install(home: string, { built, dist, node, work: archive }: PartOptions): Site {
  const work = path.join(home, "work");
  const site = { home, work, meter: path.join(home, "meter"), policy: path.join(home, "policy.toml") };
  mkdirSync(work);
  copyFileSync(path.join(built, "meter"), site.meter);
  copyFileSync(node, path.join(home, "node"));
  cpSync(dist, path.join(home, "action"), { recursive: true });
  execFileSync("tar", ["-xf", archive, "--no-same-owner", "-C", work]);
  writeFileSync(site.policy, options.native ? NETWORK_POLICY : wholePolicy());
  if (!options.native) {
    execFileSync("chown", ["-R", `${USER}:${USER}`, work]);
    chownSync(home, USER, USER);
  }
  return { ...site, command: [path.join(home, "node"), path.join(home, "action/warden.mjs")] };
}

async function main(): Promise<void> {
  await inFreshPlace(options.native, async (home) => {
    const site = install(home, options);
    if (options.native) return measureAll(site, options.typescript);
    await awake(site.meter, () => measureAll(site, options.typescript));
  });
}

await main();
