/**
 * `npm run test:scenarios`: boots a kernel, runs every scenario of test/scenarios/ inside it, and writes what came out.
 * Exit status 0 when all passed, 1 when not, 2 for a mistake on the command line.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { architectureFacts } from "../test/vm/architectures.mjs";
import { UsageError, vmOptions } from "../test/vm/arguments.mjs";
import { runInVm } from "../test/vm/rig.mjs";
import { ensureRuntimes } from "../test/vm/runtimes.mjs";
import { ensureUserSpace } from "../test/vm/userspace.mjs";
import { bundle } from "./bundles.mjs";
import { messageOf, run } from "./exec.mjs";
import { fromRoot, isMain, outDir, root } from "./paths.mjs";
import { ensure } from "./setup.mjs";
import { SetupError, say } from "./steps.mjs";

const USAGE =
  "usage: npm run test:scenarios -- [--kernel K] [--arch x86_64|aarch64] [--lsm stock|bpf] [--only GLOB] [--except GLOB] [--smoke] [--slow] [--json FILE] [--timeout S] [--controls-only]";

/** @typedef {import("../test/vm/architectures.mjs").Architecture} Architecture */

/** Where the programs for the guests of an architecture go. @param {Architecture} arch */
const builtFor = (arch) => path.join(outDir, arch === "x86_64" ? "scenarios" : `scenarios-${arch}`);

/**
 * Compiles the program that does the acts, statically, since a guest or an allow-list need not have a libc.
 * @param {string} into absolute file
 * @param {string} [compiler] a cross compiler, for the guests of another architecture
 */
export function buildActs(into, compiler = "gcc") {
  const sources = readdirSync(fromRoot("test/scenarios/acts"))
    .filter((name) => name.endsWith(".c"))
    .map((name) => `test/scenarios/acts/${name}`);
  // Under a name of its own first: another run may be using the old one.
  const fresh = `${into}.${process.pid}`;
  run(compiler, ["-static", "-O1", "-s", "-Wall", "-Wextra", "-Werror", "-o", fresh, ...sources.sort(), "-lpthread"]);
  renameSync(fresh, into);
}

/**
 * Builds what the jobs of the action's scenarios need, see test/scenarios/lifecycle/action/: the test runner as one file,
 * and libraries that a step brings along.
 * @param {string} built absolute directory @param {string} compiler
 */
async function buildRunner(built, compiler) {
  const directory = "test/scenarios/lifecycle/action";
  const link = `-Wl,--version-script=${directory}/hooked.map`;
  for (const name of ["preload", "library"]) {
    const into = path.join(built, `hooked-${name}.so`);
    const flags = ["-shared", "-fPIC", "-O1", "-s", "-Wall", "-Wextra", "-Werror", `-DNAME="${name}"`, link];
    run(compiler, [...flags, "-o", `${into}.${process.pid}`, `${directory}/hooked.c`]);
    renameSync(`${into}.${process.pid}`, into);
  }
  const { build } = await import("esbuild");
  const runner = path.join(built, "test-runner.cjs");
  await build({
    absWorkingDir: root,
    entryPoints: ["test/runner/cli.ts"],
    outfile: `${runner}.${process.pid}.cjs`,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    logLevel: "warning",
  });
  renameSync(`${runner}.${process.pid}.cjs`, runner);
}

/** Builds what the guest runs. @param {Architecture} arch @returns {Promise<{ built: string, acts: string, driver: string }>} absolute */
export async function buildScenarios(arch) {
  const built = builtFor(arch);
  const { compiler } = architectureFacts(arch);
  mkdirSync(built, { recursive: true });
  const acts = path.join(built, "acts");
  buildActs(acts, compiler);
  await buildRunner(built, compiler);
  const fresh = path.join(built, `driver.${process.pid}`);
  await bundle(fresh, { "driver.mjs": "test/scenarios/driver.ts" });
  const driver = path.join(built, "driver.mjs");
  renameSync(path.join(fresh, "driver.mjs"), driver);
  rmSync(fresh, { recursive: true });
  return { built, acts, driver };
}

/**
 * Runs the scenarios on one kernel; their lines go to stdout as they come.
 * @param {{ kernel?: string, arch?: string, lsm?: string, only?: string | undefined, except?: string | undefined, smoke?: boolean, slow?: boolean, controlsOnly?: boolean | undefined, timeout?: number, json?: string }} given
 *   `json`: where the results go, out/scenarios.json when absent
 * @returns {Promise<{ passed: number, failed: number, absent: number, problem: string }>} `problem`: why the machine did not do its work
 * @throws UsageError, SetupError
 */
export async function runScenarios(given) {
  const { kernel, arch, lsm, timeout } = vmOptions({ timeout: 1200, ...given });
  await ensure({ kernels: [kernel], arch });
  const { node } = await ensureUserSpace(arch);
  const { built, acts, driver } = await buildScenarios(arch);
  // The guest's own place to write is out/, and other machines may be running.
  const raw = path.join(built, `results-${kernel}-${lsm}-${process.pid}.json`);
  const runtimes = await ensureRuntimes(arch);
  const command = [node, driver, "--acts", acts, "--flavour", lsm, "--json", raw, "--runtimes", runtimes];
  if (given.only !== undefined) command.push("--only", given.only);
  if (given.except !== undefined) command.push("--except", given.except);
  if (given.smoke) command.push("--smoke");
  if (given.slow) command.push("--slow");
  if (given.controlsOnly) command.push("--controls-only");
  const { status, problem, release } = await runInVm({ kernel, arch, lsm, timeout, command });
  const results = readResults(raw);
  const json = given.json ?? path.join(outDir, "scenarios.json");
  mkdirSync(path.dirname(path.resolve(json)), { recursive: true });
  writeFileSync(json, `${JSON.stringify(results, null, 1)}\n`);
  const absent = results.filter((result) => result.absent === true).length;
  const failed = results.filter((result) => !result.ok).length;
  const broken = problem !== "" ? problem : status === 0 ? "" : `the driver ended with status ${status} on ${release}`;
  return {
    passed: results.length - failed - absent,
    failed: failed + (broken === "" ? 0 : 1),
    absent,
    problem: broken,
  };
}

/** @param {string} file @returns {import("../test/scenarios/scenario.ts").ScenarioResult[]} */
function readResults(file) {
  try {
    const results = JSON.parse(readFileSync(file, "utf8"));
    rmSync(file);
    return results;
  } catch (error) {
    // The machine ended before the driver did: the caller tells why.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** @param {string[]} argv @returns {Parameters<typeof runScenarios>[0]} */
function parse(argv) {
  const text = /** @type {const} */ ({ type: "string" });
  const flag = /** @type {const} */ ({ type: "boolean" });
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        kernel: text,
        arch: text,
        lsm: text,
        only: text,
        except: text,
        json: text,
        timeout: text,
        smoke: flag,
        slow: flag,
        "controls-only": flag,
      },
    });
    const { "controls-only": controlsOnly, timeout, ...rest } = values;
    if (timeout !== undefined && !/^\d{1,5}$/.test(timeout))
      throw new UsageError(`--timeout wants seconds, not ${timeout}`);
    return { ...rest, controlsOnly, ...(timeout === undefined ? {} : { timeout: Number(timeout) }) };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error));
  }
}

/** @param {string[]} argv */
async function main(argv) {
  const { passed, failed, absent, problem } = await runScenarios(parse(argv));
  if (problem !== "") say(problem);
  if (absent > 0) console.log(`${absent} not in this kernel`);
  if (passed + failed === 0) say("no scenario was selected");
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

if (isMain(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof SetupError)) throw error;
    say(error.message);
    if (error instanceof UsageError) process.stderr.write(`${USAGE}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
