/** Stages that boot virtual machines: a boot against the clock, the scenario suites, and the main job. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { stream } from "../exec.mjs";
import { cacheDir, fromRoot, outDir, root } from "../paths.mjs";
import { fail, skip } from "./tally.mjs";

/** How long it may take from the start of a machine to its command, ms. */
const BOOT_BUDGET = 10_000;
/** What else runs on this machine must not decide: the best of so many boots counts. */
const BOOTS = 3;

/**
 * @typedef {{ arch?: import("../../test/vm/architectures.mjs").Architecture, kernel: string, lsm: "stock" | "bpf", smoke?: boolean, slow?: boolean, only?: string | undefined, except?: string | undefined, checkout?: string, json?: string, seconds?: number }} Suite
 *   `except`: what `npm run test:matrix` runs alone; `json`: where the results go; `seconds`: how long it may take
 */

const sameCache = { ...process.env, WARDEN_CACHE: cacheDir };

/** @param {Suite} suite */
const machineName = ({ arch = "x86_64", kernel, lsm }) => `${kernel}${arch === "x86_64" ? "" : ` ${arch}`} ${lsm}`;

/** @param {Suite} suite */
const suiteName = ({ smoke, except, checkout, ...machine }) =>
  `scenarios on ${machineName(machine)}${smoke ? ", smoke" : ""}${except ? `, without ${except}` : ""}${checkout ? ", fresh build" : ""}`;

/**
 * A stage that runs one suite of scenarios. Each counts by what it wrote of itself; a suite that ends early has
 * failed even when all that it wrote is well.
 * @param {Suite} suite `checkout`: one to test in place of this one
 * @returns {import("./tally.mjs").Stage}
 */
export function scenarioStage(suite) {
  const name = suiteName(suite);
  const file = suite.json ?? path.join(outDir, "test", `${name.replaceAll(/[^\w.]+/g, "-")}.json`);
  const { arch = "x86_64" } = suite;
  const args = [
    "--arch",
    arch,
    "--kernel",
    suite.kernel,
    "--lsm",
    suite.lsm,
    ...(suite.smoke ? ["--smoke"] : []),
    ...(suite.slow ? ["--slow"] : []),
    "--json",
    file,
  ];
  if (suite.only !== undefined) args.push("--only", suite.only);
  if (suite.except !== undefined) args.push("--except", suite.except);
  // The machine is stopped first, so that what it said is told.
  if (suite.seconds !== undefined) args.push("--timeout", String(suite.seconds));
  const timeoutSeconds = suite.seconds === undefined ? 25 * 60 : suite.seconds + 120;
  const cwd = suite.checkout ?? root;
  return {
    name,
    run: async (tally) => {
      mkdirSync(path.dirname(file), { recursive: true });
      rmSync(file, { force: true });
      const where = { cwd, env: sameCache, timeoutSeconds, label: machineName(suite) };
      const { why } = await stream(process.execPath, [path.join(cwd, "build/scenarios.mjs"), ...args], where);
      if (!existsSync(file)) throw new Error(`no results: ${why || "it exited with 0"}`);
      const results = JSON.parse(readFileSync(file, "utf8"));
      if (results.length === 0) throw new Error(`no scenario ran: ${why || "it exited with 0"}`);
      for (const result of results) countScenario(tally, name, result);
      if (why && tally.failed.length === 0) fail(tally, name, why);
    },
  };
}

/**
 * @param {import("./tally.mjs").Tally} tally
 * @param {string} suite
 * @param {import("../../test/scenarios/scenario.ts").ScenarioResult} result
 */
function countScenario(tally, suite, { id, ok, control, verdict, expected, absent, note }) {
  const name = `${suite}: ${id}`;
  if (absent) skip(tally, name, note ?? "this kernel has no such thing");
  else if (ok === true) tally.passed++;
  else fail(tally, name, `expected ${expected}, got ${verdict}; control: ${control}${note ? ` (${note})` : ""}`);
}

/** Processor time of the programs that we started and that have ended, ms (proc(5), cutime and cstime). */
function usedByChildren() {
  const fields = readFileSync("/proc/self/stat", "latin1").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/**
 * How fast the machine comes up. To be run alone: beside another machine it has half of the processor. A clock that
 * says more than the processor worked tells of what else runs here, so that is no verdict.
 * @param {string} kernel
 * @returns {import("./tally.mjs").Stage}
 */
export const bootStage = (kernel) => ({
  name: `boot to command of ${kernel} in less than ${BOOT_BUDGET / 1000} s`,
  run: async (tally) => {
    const { runInVm } = await import("../../test/vm/rig.mjs");
    /** @type {{ clock: number, processor: number }[]} */
    const boots = [];
    while (boots.length < BOOTS && !boots.some(({ clock }) => clock < BOOT_BUDGET)) {
      const before = usedByChildren();
      const { status, problem, bootMs } = await runInVm({ kernel, timeout: 120, command: ["true"] });
      if (status !== 0 || bootMs === undefined) throw new Error(problem || `the command ended with status ${status}`);
      boots.push({ clock: bootMs, processor: usedByChildren() - before });
    }
    const told = boots.map(({ clock, processor }) => `${clock} ms (${processor} ms of processor time)`).join(", ");
    process.stdout.write(`${kernel}: ${told}\n`);
    if (boots.some(({ clock }) => clock < BOOT_BUDGET)) tally.passed++;
    else if (boots.some(({ processor }) => processor < BOOT_BUDGET))
      skip(tally, `boot of ${kernel}`, `the machine was busy: ${told}`);
    else fail(tally, `boot of ${kernel}`, told);
  },
});

/** The main job, as `npm start` runs it: it judges itself and says so by its exit status. @type {import("./tally.mjs").Stage} */
export const mainJob = {
  name: "main job",
  run: async (tally) => {
    const { status, why } = await stream(process.execPath, [fromRoot("build/start.mjs")], {
      timeoutSeconds: 25 * 60,
      label: "main job",
    });
    if (status === 0) tally.passed++;
    else fail(tally, "main job", why);
  },
};

/**
 * The sources with a dist/ built here and now, as a checkout of its own: where the toolchain is another than that of
 * the committed monitor, it is the only way to see that these sources make a monitor that works.
 * @returns {Promise<string>} its directory, absolute
 * @throws when it does not build
 */
async function freshCheckout() {
  const copy = path.join(outDir, "fresh");
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  const apart = [".git", "node_modules", path.basename(outDir), path.basename(cacheDir)];
  for (const name of readdirSync(root).filter((entry) => !apart.includes(entry))) {
    cpSync(fromRoot(name), path.join(copy, name), { recursive: true });
  }
  symlinkSync(fromRoot("node_modules"), path.join(copy, "node_modules"));
  const build = [path.join(copy, "build/build.mjs"), "--arch", "x86_64"];
  const { status, why } = await stream(process.execPath, build, { cwd: copy, env: sameCache, timeoutSeconds: 300 });
  if (status !== 0) throw new Error(`the sources do not build with this machine's toolchain: ${why}`);
  return copy;
}

/**
 * @param {() => boolean} needed asked when the stage starts
 * @returns {import("./tally.mjs").Stage}
 */
export const freshBuildStage = (needed) => ({
  name: "smoke test of a fresh build",
  countsNothing: true,
  run: async (tally) => {
    if (!needed()) return;
    await scenarioStage({ kernel: "6.12", lsm: "stock", smoke: true, checkout: await freshCheckout() }).run(tally);
  },
});
