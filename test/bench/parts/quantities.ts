/** What the parts of the measurements read, beside the operations: by the names that the drivers give. Pure. */

import { TURNS, wholeJobs } from "./jobs-list.ts";

export const PARTS = ["session", "jobs", "native"] as const;
/**
 * `session`: start, stop and memory; `jobs`: whole jobs; both in a machine that counts instructions. `native`: their times, on
 * this very machine.
 */
export type Part = (typeof PARTS)[number];

export type Unit = "instructions" | "nanoseconds" | "bytes";

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

export const QUANTITIES: Readonly<Record<Part, readonly Quantity[]>> = {
  session: [...startAndStop("instructions"), ...memory, ...sizes],
  jobs: jobs("instructions"),
  native: [...startAndStop("nanoseconds"), ...memory, ...jobs("nanoseconds")],
};
