/**
 * `npm run bench`: boots a kernel under `-icount`, measures every operation of test/bench/ in every situation, and writes
 * what each came to, in instructions and as ratios to no guard, with the budgets; then the other parts (bench-parts.mjs).
 * Whole runs go to out/bench/KERNEL-FLAVOUR.json and out/bench/PART/KERNEL-FLAVOUR.json, from where
 * `node build/performance.mjs` takes them into docs/performance.md; some operations alone go to out/bench/part/. Exit status 0 when all was measured, whatever the budgets say, 1 when not, 2 for a mistake on the command line.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { tsImport } from "tsx/esm/api";
import { UsageError, vmOptions } from "../test/vm/arguments.mjs";
import { measurePart } from "./bench-parts.mjs";
import { bundle } from "./bundles.mjs";
import { messageOf, run } from "./exec.mjs";
import { compileBpf, monitorName } from "./native.mjs";
import { distDir, fromRoot, isMain, machineNode, outDir } from "./paths.mjs";
import { buildActs } from "./scenarios.mjs";
import { ensure, PACKAGES } from "./setup.mjs";
import { say } from "./steps.mjs";

const USAGE =
  "usage: npm run bench -- [--kernel K] [--lsm stock|bpf] [--part NAME]... [--op NAME]... [--rules NAME]... [--boots N] [--runs N] [--json FILE] [--timeout S]";

export const benchDir = path.join(outDir, "bench");
/** Results of a part of the measurements, which the record does not take. */
const partDir = path.join(benchDir, "part");

/** What each round of each boot took. */
const runsDir = path.join(benchDir, "runs");

/** Two boots, so that what is called repeatable does not depend on one boot's hash seeds and addresses. */
const BOOTS = 2;
/** Of what a part does again and again. */
const RUNS = 5;
/** Of one boot with everything, on a machine that has other work, too. */
const SECONDS = 3 * 60 * 60;

/**
 * @typedef {{ kernel: string, lsm: "stock" | "bpf", parts: readonly string[], op: readonly string[], rules: readonly string[], boots: number, runs: number, json: string | null, timeout: number }} Selection
 *   `parts`, `op`, `rules`: none stands for all; `json`: null for the usual place
 */

/** @param {string} name @param {string | undefined} word @param {number} usual @throws UsageError */
function wholeNumber(name, word, usual) {
  if (word === undefined) return usual;
  if (!/^[1-9]\d{0,4}$/.test(word)) throw new UsageError(`${name} wants a whole number, not ${word}`);
  return Number(word);
}

/** @param {readonly string[]} argv @returns {Selection} @throws UsageError */
export function parseBench(argv) {
  const text = /** @type {const} */ ({ type: "string" });
  const list = /** @type {const} */ ({ type: "string", multiple: true });
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        kernel: text,
        lsm: text,
        part: list,
        op: list,
        rules: list,
        boots: text,
        runs: text,
        json: text,
        timeout: text,
      },
    });
    const { part = [], op = [], rules = [], boots, runs, json, timeout, ...machine } = values;
    const { kernel, lsm } = vmOptions(machine);
    const one = part.length === 0 && (op.length > 0 || rules.length > 0) ? ["operations"] : part;
    if (json !== undefined && one.length !== 1) throw new UsageError("--json is for one part: name it with --part");
    return {
      kernel,
      lsm,
      parts: one,
      op,
      rules,
      boots: wholeNumber("--boots", boots, BOOTS),
      runs: wholeNumber("--runs", runs, RUNS),
      json: json === undefined ? null : path.resolve(json),
      timeout: wholeNumber("--timeout", timeout, SECONDS),
    };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error));
  }
}

/** @param {Selection} selection @returns the parts that are wanted @throws UsageError for what there is not, before anything is booted */
async function checkNames({ parts, op, rules }) {
  /** @type {typeof import("../test/bench/parts/quantities.ts")} */
  const { PARTS } = await tsImport("../test/bench/parts/quantities.ts", import.meta.url);
  /** @type {typeof import("../test/bench/operations.ts")} */
  const { OPERATIONS } = await tsImport("../test/bench/operations.ts", import.meta.url);
  /** @type {typeof import("../test/bench/policies.ts")} */
  const { POLICY_NAMES } = await tsImport("../test/bench/policies.ts", import.meta.url);
  const check = (
    /** @type {string} */ option,
    /** @type {readonly string[]} */ words,
    /** @type {readonly string[]} */ all,
  ) => {
    const unknown = words.find((word) => !all.includes(word));
    if (unknown !== undefined) throw new UsageError(`${option} wants ${all.join(", ")}, not ${unknown}`);
  };
  check(
    "--op",
    op,
    OPERATIONS.map(({ name }) => name),
  );
  check("--rules", rules, POLICY_NAMES);
  check("--part", parts, ["operations", ...PARTS]);
  return parts.length > 0 ? parts : ["operations", ...PARTS];
}

/** Builds what the guest runs. @param {string} built the directory for the programs and both objects, absolute */
async function buildGuest(built) {
  rmSync(built, { recursive: true, force: true });
  mkdirSync(built, { recursive: true });
  const into = (/** @type {string} */ name) => path.join(built, name);
  const source = (/** @type {string} */ name) => `test/bench/${name}.c`;
  const flags = ["-O2", "-s", "-Wall", "-Wextra", "-Werror"];
  const operations = ["ops", "ops_file", "ops_net", "ops_process"].map(source);
  run("gcc", ["-static", ...flags, "-o", into("ops"), ...operations]);
  run("gcc", ["-static", ...flags, "-o", into("floor"), source("floor"), "-lbpf", "-lelf", "-lz"]);
  run("gcc", ["-static", ...flags, "-o", into("static"), source("program")]);
  // Its loader and library are where everything is that is measured: see test/bench/tree.ts.
  const places = ["-Wl,--dynamic-linker=/bench/lib/ld.so", "-Wl,-rpath,/bench/lib"];
  run("gcc", [...flags, ...places, "-o", into("dynamic"), source("program")]);
  buildActs(into("acts"));
  compileBpf(built);
  await bundle(built, { "driver.mjs": "test/bench/driver.ts" });
}

/** Of the monitor that `warden run` starts. */
function digestOfMonitor() {
  const file = path.join(distDir, monitorName("x86_64"));
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** One boot; what each round took stays in a file, too. @param {Selection} selection @param {string} built @param {number} boot @returns {Promise<import("../test/bench/runs.ts").Boot>} @throws Error */
async function measure({ kernel, lsm, op, rules, timeout }, built, boot) {
  const { runInVm } = await import("../test/vm/rig.mjs");
  /** @type {typeof import("../test/bench/runs.ts")} */
  const { parseBoot } = await tsImport("../test/bench/runs.ts", import.meta.url);
  const raw = path.join(runsDir, `${kernel}-${lsm}-${boot}.json`);
  mkdirSync(runsDir, { recursive: true });
  rmSync(raw, { force: true });
  const object = path.join(built, lsm === "bpf" ? "warden-lsm.bpf.o" : "warden-fmod.bpf.o");
  const command = [machineNode, path.join(built, "driver.mjs"), "--built", built, "--object", object, "--json", raw];
  if (op.length > 0) command.push("--op", op.join(","));
  if (rules.length > 0) command.push("--rules", rules.join(","));
  const { status, problem } = await runInVm({ kernel, lsm, icount: true, timeout, command });
  if (status !== 0) throw new Error(problem || `the driver ended with status ${status}`);
  return parseBoot(readFileSync(raw, "utf8"), raw);
}

/** @param {Selection} selection @param {string} monitor its digest @throws Error */
async function measureOperations(selection, monitor) {
  const { kernel, lsm, op, rules, boots: wanted, json } = selection;
  /** @type {typeof import("../test/bench/results.ts")} */
  const { resultsOf, summary } = await tsImport("../test/bench/results.ts", import.meta.url);
  // Of each machine its own: one may be running while the other is built.
  const built = path.join(benchDir, "built", `${kernel}-${lsm}`);
  await buildGuest(built);
  const boots = [];
  while (boots.length < wanted) {
    say(`boot ${boots.length + 1} of ${wanted} of ${kernel} ${lsm}`);
    boots.push(await measure(selection, built, boots.length + 1));
  }
  const results = resultsOf({ lsm, monitor }, boots);
  const into = op.length === 0 && rules.length === 0 ? benchDir : partDir;
  const file = json ?? path.join(into, `${kernel}-${lsm}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
  for (const line of summary(results)) console.log(line);
  say(`every figure is in ${path.relative(fromRoot("."), file)}`);
}

/** @param {string[]} argv */
async function main(argv) {
  const selection = parseBench(argv);
  const parts = await checkNames(selection);
  const { kernel, json } = selection;
  const machines = parts.some((part) => part !== "native");
  await ensure({ packages: PACKAGES, kernels: machines ? [kernel] : [] });
  const monitor = digestOfMonitor();
  for (const part of parts) {
    if (part === "operations") await measureOperations(selection, monitor);
    else await measurePart(/** @type {import("./bench-parts.mjs").Part} */ (part), { ...selection, monitor }, json);
    if (digestOfMonitor() !== monitor)
      throw new Error("dist/ was built anew meanwhile: the figures are of two monitors");
  }
  return 0;
}

if (isMain(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    say(messageOf(error));
    if (error instanceof UsageError) process.stderr.write(`${USAGE}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
