/** Made-up measurements, for tests. */
import type { Subject } from "./figures.ts";
import { columnOf } from "./record.ts";
import { type Machine, resultsOf } from "./results.ts";
import type { Boot, Run } from "./runs.ts";

export const subject = (kind: Subject["kind"], op = "open-5", target: Subject["target"] = "warm"): Subject => {
  return { kind, policy: kind === "none" || kind === "floor" ? null : "1000", op, target };
};

/** Two runs, each of which took as many instructions in all rounds as it is told. */
export function twice(of: Subject, first: number, second = first): readonly Run[] {
  return [first, second].map((count, index) => ({ ...of, run: index + 1, counts: [count, count, count] }));
}

export const boot = (...runs: readonly (readonly Run[])[]): Boot => ({
  release: "6.12.107+deb13-amd64",
  runs: runs.flat(),
});

const runs = [
  twice(subject("none"), 7614),
  twice(subject("floor"), 7810),
  twice(subject("ungoverned"), 7895, 7900),
  twice(subject("governed"), 10_166),
  twice(subject("governed", "open-5", "denied"), 19_372),
  twice(subject("none", "open-5", "denied"), 7626),
];

/** Six figures in two boots, and the record of them. */
export const BOOTS = [boot(...runs), boot(...runs)];
export const MACHINE: Machine = { lsm: "stock", monitor: "d2d586a27dcca84e" };
export const COLUMN = columnOf(resultsOf(MACHINE, BOOTS));
export const RECORDED = { columns: { "6.12 stock": COLUMN } };
