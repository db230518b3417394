/**
 * Start, stop and memory: the action in a job, again and again. Inside the machine as root, and natively.
 *
 *   node session.mjs --built DIRECTORY --dist DIRECTORY --node FILE --json FILE --runs N [--native]
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseReport } from "../../../src/report/parse.ts";
import { USER } from "../places.ts";
import { AWAKE, awake, inFreshPlace, type PartOptions, partOptions, save } from "./guest.ts";
import { installSite, Job, type Site } from "./job.ts";
import { type Memory, memoryOf } from "./memory.ts";
import type { Took } from "./meter.ts";
import { NETWORK_POLICY, wholePolicy } from "./policies.ts";
import { Readings } from "./readings.ts";

/** Refusals before the post, which the journal holds. */
const MANY = 10_000;

const options = partOptions();
const readings = new Readings();

/** Natively time is told, and in the machine instructions. */
const cost = ({ instructions, nanoseconds }: Took) => (options.native ? nanoseconds : instructions);

async function measure(site: Site, refusals: number): Promise<void> {
  const job = await Job.begin(site, options.native ? NETWORK_POLICY : wholePolicy());
  readings.add("node", cost(await job.nothing()));
  readings.add("main", cost(await job.main()));
  noteMemory("idle", job.session);
  if (refusals > 0) {
    await job.step(path.join(site.home, "flood"), String(refusals), String(refusals));
    await untilWritten(path.join(job.session, "journal/events.jsonl"), refusals);
    noteMemory("load", job.session);
  }
  readings.add(`post ${refusals}`, cost(await job.post()));
  await job.end();
  const { counts } = parseReport(readFileSync(path.join(job.report, "report.json"), "utf8"));
  if (counts.denied !== refusals || counts.lost > 0)
    throw new Error(`${refusals} refusals, and the report has ${JSON.stringify(counts)}`);
}

function noteMemory(when: "idle" | "load", session: string): void {
  const [monitor, agent] = [memoryOf(session, "monitor"), memoryOf(session, "agent")];
  for (const [who, of] of Object.entries({ monitor, agent })) {
    readings.add(`${who} ${when}`, of.resident);
    readings.add(`${who} ${when} proportional`, of.proportional);
    readings.add(`${who} ${when} peak`, of.peak);
  }
  const together = (which: keyof Memory) => monitor[which] + agent[which];
  readings.add(`together ${when}`, together("resident"));
  readings.add(`together ${when} peak`, together("peak"));
}

const LOOK_MS = 20;

/** Until the journal has so many refusals. */
async function untilWritten(file: string, refusals: number): Promise<void> {
  const refused = () => readFileSync(file, "utf8").split('"verdict":"deny"').length - 1;
  while (refused() < refusals) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

async function measureAll(site: Site): Promise<void> {
  // What comes from the disk, or is made once, is not in what is told.
  await measure(site, 0);
  readings.clear();
  for (let run = 0; run < options.runs; run++) {
    await measure(site, 0);
    await measure(site, MANY);
    save(options, readings);
  }
}

async function main({ native, built, dist, node }: PartOptions): Promise<void> {
  await inFreshPlace(native, async (home) => {
    const site = installSite(home, { built, dist, node });
    if (native) return measureAll(site);
    await awake(site.meter, () => measureAll({ ...site, spun: AWAKE, user: USER }));
  });
}

await main(options);
