/**
 * Events: what each costs from the refusal until it is in the journal, and how late it is there. Inside the machine as root,
 * and natively.
 *
 *   node events.mjs --built DIRECTORY --dist DIRECTORY --node FILE --json FILE --runs N [--native]
 */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { USER } from "../places.ts";
import { AWAKE, awake, inFreshPlace, partOptions, save } from "./guest.ts";
import { installSite, Job, type Site } from "./job.ts";
import type { Took } from "./meter.ts";
import { NETWORK_POLICY, wholePolicy } from "./policies.ts";
import { Readings } from "./readings.ts";

/** At once. */
const MANY = 10_000;
/** So that the session's end has few to tell of. */
const ADDRESSES = "1000";
/** One after the other. */
const LATE = 200;
/** More than ring buffer and backlog hold, at so much of the rate that was found. */
const SUSTAINED = { events: 60_000, share: 0.8 } as const;

const SECOND = 1e9;
const options = partOptions();
const readings = new Readings();
const cost = ({ instructions, nanoseconds }: Took) => (options.native ? nanoseconds : instructions);

class Refusals {
  readonly #site: Site;
  readonly #job: Job;
  #refused = 0;

  constructor(site: Site, job: Job) {
    this.#site = site;
    this.#job = job;
  }

  get #journal(): string {
    return path.join(this.#job.session, "journal/events.jsonl");
  }

  /** From the first refusal until all are in the journal, and how many of all so far were lost. */
  async many(count: number, pause = 0): Promise<{ readonly took: Took; readonly lost: number }> {
    const before = await this.#job.mark();
    await this.#job.step(path.join(this.#site.home, "flood"), String(count), ADDRESSES, String(Math.round(pause)));
    this.#refused += count;
    const lost = Number(this.#look("written", this.#journal, String(this.#refused)));
    const after = await this.#job.mark();
    const took = {
      instructions: after.instructions - before.instructions,
      nanoseconds: after.nanoseconds - before.nanoseconds,
    };
    return { took, lost };
  }

  /** Nanoseconds, of refusals of which each waits until the one before is in the journal. */
  late(count: number): readonly number[] {
    this.#refused += count;
    const words = ["late", this.#journal, sessionCgroup(path.basename(this.#job.session)), String(count)];
    return this.#look(...words)
      .trim()
      .split(" ")
      .map(Number);
  }

  #look(...words: readonly string[]): string {
    return execFileSync(path.join(this.#site.home, "refusals"), words, { encoding: "utf8" });
  }
}

/** Wherever below the mounts of cgroup2 it is. */
function sessionCgroup(id: string, directory = "/sys/fs/cgroup"): string {
  const found = readdirSync(directory, { recursive: true, encoding: "utf8" }).find((name) =>
    name.endsWith(`warden-${id}`),
  );
  if (found === undefined) throw new Error(`no cgroup of session ${id}`);
  return path.join(directory, found);
}

const rank = (sorted: readonly number[], share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;

async function measure(site: Site): Promise<void> {
  const job = await Job.begin(site, options.native ? NETWORK_POLICY : wholePolicy());
  await job.main();
  const refusals = new Refusals(site, job);
  // Compilers of the agent's come first.
  await refusals.many(MANY);
  const many = await refusals.many(MANY);
  readings.add("each", Math.round(cost(many.took) / MANY));
  const each = many.took.nanoseconds / MANY;
  readings.add("rate", Math.round(SECOND / each));
  const late = [...refusals.late(LATE)].sort((a, b) => a - b);
  readings.add("late p50", rank(late, 0.5));
  readings.add("late p99", rank(late, 0.99));
  readings.add("lost in bursts", many.lost);
  const sustained = await refusals.many(SUSTAINED.events, each / SUSTAINED.share);
  readings.add("lost at four fifths", sustained.lost - many.lost);
  await job.post();
  await job.end();
}

async function measureAll(site: Site): Promise<void> {
  for (let run = 0; run < options.runs; run++) {
    await measure(site);
    save(options, readings);
  }
}

await inFreshPlace(options.native, async (home) => {
  const site = installSite(home, options);
  if (options.native) return measureAll(site);
  await awake(site.meter, () => measureAll({ ...site, spun: AWAKE, user: USER }));
});
