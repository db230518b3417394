/** What the parts of the measurements read, beside the operations: by the names that the drivers give. Pure. */

import { TURNS, wholeJobs } from "./jobs-list.ts";

export const PARTS = ["session", "jobs", "events", "native"] as const;
/**
 * `session`: start, stop and memory; `jobs`: whole jobs; `events`: from refusal to journal; all in a machine that counts instructions. `native`: their times, on
 * this very machine.
 */
export type Part = (typeof PARTS)[number];

export type Unit = "instructions" | "nanoseconds" | "bytes" | "events" | "events per second";

export interface Quantity {
  readonly name: string;
  readonly what: string;
  readonly unit: Unit;
}

const memory: readonly Quantity[] = (["idle", "load"] as const).flatMap((when) => {
  const then = when === "idle" ? "idle" : "after 10,000 refusals";
  const quantity = (name: string, what: string): Quantity => ({ name, what: `${what}, ${then}`, unit: "bytes" });
  return [
    ...(["monitor", "agent"] as const).flatMap((who) => [
      quantity(`${who} ${when}`, `${who}: resident`),
      quantity(`${who} ${when} proportional`, `${who}: resident, shared pages by their share`),
      quantity(`${who} ${when} peak`, `${who}: the highest so far`),
    ]),
    quantity(`together ${when}`, "both: resident"),
    quantity(`together ${when} peak`, "both: their highest so far"),
  ];
});

const sizes: readonly Quantity[] = [
  { name: "size of bundles", what: "all bundles of the action and of the command line", unit: "bytes" },
  { name: "size of the monitor", what: "the monitor for x86_64", unit: "bytes" },
];

function startAndStop(unit: Unit): readonly Quantity[] {
  return [
    { name: "node", what: "Node alone: `node -e 0`", unit },
    { name: "main", what: "the action's `main`, from its start until the job is guarded", unit },
    { name: "post 0", what: "the action's `post`, nothing refused, until the reports are there", unit },
    { name: "post 10000", what: "the same with 10,000 refusals in the journal", unit },
  ];
}

/** Which compiler it is does not matter for what the jobs are called. */
export const JOBS = wholeJobs("tsc");

function jobs(unit: Unit): readonly Quantity[] {
  return JOBS.flatMap(({ name, what }) =>
    TURNS.map((turn) => ({
      name: `${name} ${turn}`,
      what: `${what}, ${turn === "none" ? "no guard" : "guarded"}`,
      unit,
    })),
  );
}

function events(unit: Unit): readonly Quantity[] {
  return [
    { name: "each", what: "a refusal of 10,000 at once, from the act until it is in the journal", unit },
    { name: "rate", what: "so many are in the journal in a second", unit: "events per second" },
    { name: "late p50", what: "one refusal alone, until it is in the journal: p50", unit: "nanoseconds" },
    { name: "late p99", what: "the same: p99", unit: "nanoseconds" },
    { name: "lost in bursts", what: "lost of 20,000 in two bursts", unit: "events" },
    { name: "lost at four fifths", what: "lost of 60,000 at four fifths of that rate", unit: "events" },
  ];
}

export const QUANTITIES: Readonly<Record<Part, readonly Quantity[]>> = {
  session: [...startAndStop("instructions"), ...memory, ...sizes],
  jobs: jobs("instructions"),
  events: events("instructions"),
  native: [...startAndStop("nanoseconds"), ...memory, ...jobs("nanoseconds"), ...events("nanoseconds")],
};
