/** What the drivers of all parts do alike: options, a place to work in, and a machine that stays awake. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "../worker.ts";
import type { Readings } from "./readings.ts";

export interface PartOptions {
  /** Directory of the programs, of the built action; the Node of actions. */
  readonly built: string;
  readonly dist: string;
  readonly node: string;
  readonly json: string;
  /** What whole jobs are done with (work.ts), and the compiler's `tsc.js`; empty where there are none. */
  readonly work: string;
  readonly typescript: string;
  readonly runs: number;
  /** On this very machine, whose processor counts no instructions. */
  readonly native: boolean;
}

export function partOptions(): PartOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      built: text,
      dist: text,
      node: text,
      json: text,
      work: text,
      typescript: text,
      runs: text,
      native: { type: "boolean" },
    },
  });
  const given = (name: "built" | "dist" | "node" | "json") => {
    const value = values[name];
    if (value === undefined) throw new Error(`--${name} is needed`);
    return value;
  };
  return {
    built: given("built"),
    dist: given("dist"),
    node: given("node"),
    json: given("json"),
    work: values.work ?? "",
    typescript: values.typescript ?? "",
    runs: Number(values.runs ?? 1),
    native: values.native ?? false,
  };
}

/** Again and again: when the machine breaks down, what was measured before is there. */
export function save({ json }: PartOptions, readings: Readings): void {
  writeFileSync(json, JSON.stringify({ release: release(), readings: readings.all }));
}

const HOME = "/bench";
/** Where the process counts that keeps the processor awake. */
export const AWAKE = `${HOME}/awake`;

/** On a tmpfs: in the machine `/bench`, natively a temporary directory, which is removed. */
export async function inFreshPlace(native: boolean, act: (home: string) => Promise<void>): Promise<void> {
  if (!native) {
    mkdirSync(HOME);
    execFileSync("mount", ["-t", "tmpfs", "-o", "mode=755,size=80%", "tmpfs", HOME]);
    return act(HOME);
  }
  const home = mkdtempSync(path.join(tmpdir(), "warden-bench-"));
  try {
    await act(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * Does it while the processor is never idle: an idle one lets the clock leap to the next timer. What keeps it awake counts
 * its instructions in AWAKE.
 */
export async function awake(meter: string, act: () => Promise<void>): Promise<void> {
  const spinner = new Worker([meter, "spin", AWAKE]);
  await spinner.line();
  const ended = spinner.line().then(() => Promise.reject(new Error("nothing keeps the machine awake")));
  try {
    await Promise.race([act(), ended]);
  } finally {
    spinner.kill();
    await ended.catch(() => undefined);
  }
}
