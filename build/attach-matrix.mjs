/**
 * `npm run test:attach`: takes each program of the guard away in turn, in every way in which a kernel can, and sees that
 * the loss is never silent: its classes are absent and named, no enforcing job starts, an audited one says so. One boot
 * per kernel and flavour; what came out goes to out/attach/KERNEL-FLAVOUR.json. Losses are named WAY/PROGRAM, and the ways
 * are those of test/attach/judge.ts: without --only, programs that the kernel does not attach; with --only '*', all ways.
 * Exit status 0 when all passed, 1 when not, 2 for a mistake on the command line.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { UsageError } from "../test/vm/arguments.mjs";
import { planOf } from "./attach-plan.mjs";
import { run } from "./exec.mjs";
import { parseSelection } from "./matrix.mjs";
import { fromRoot, isMain, machineNode, outDir } from "./paths.mjs";
import { ensureKernels, ensureNpm, ensurePackages, machineProblem, PACKAGES, thisMachine } from "./setup.mjs";
import { SetupError, say } from "./steps.mjs";
import { fail, printSummary, runStages, skip } from "./testing/tally.mjs";

const USAGE = "usage: npm run test:attach -- [--kernel K]... [--lsm stock|bpf]... [--only GLOB]";

/** Programs that are loaded and cannot be attached: all of them take a while, and the other ways several times that. */
const USUAL = "attach/*";
/** For some 150 losses, three sessions each. */
const SECONDS = 3 * 60 * 60;
const into = path.join(outDir, "attach");

/** Every program, its classes and its functions, from the sources. */
export function attachPlan() {
  const programs = readdirSync(fromRoot("bpf")).filter((name) => name.endsWith(".bpf.c"));
  const text = programs.map((name) => readFileSync(fromRoot(`bpf/${name}`), "utf8")).join("\n");
  return planOf(readFileSync(fromRoot("bpf/monitor/catalog.c"), "utf8"), text);
}

/** Builds what the guest runs. @returns {Promise<{ driver: string, refuse: string, object: string, plan: string }>} absolute files */
async function buildGuest() {
  mkdirSync(into, { recursive: true });
  const [refuse, object, plan] = ["refuse", "refuse.bpf.o", "plan.json"].map((name) => path.join(into, name));
  if (refuse === undefined || object === undefined || plan === undefined) throw new Error("no names");
  const warnings = ["-Wall", "-Wextra", "-Werror"];
  const target = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-idirafter", "/usr/include/x86_64-linux-gnu"];
  run("clang", [...target, ...warnings, "-c", "test/attach/refuse.bpf.c", "-o", object]);
  const libraries = ["-lbpf", "-lelf", "-lz"];
  run("gcc", ["-static", "-O1", "-s", ...warnings, "-o", refuse, "test/attach/refuse.c", ...libraries]);
  const { bundle } = await import("./bundles.mjs");
  const fresh = path.join(into, `driver.${process.pid}`);
  await bundle(fresh, { "driver.mjs": "test/attach/driver.ts" });
  const driver = path.join(into, "driver.mjs");
  renameSync(path.join(fresh, "driver.mjs"), driver);
  rmSync(fresh, { recursive: true });
  writeFileSync(plan, `${JSON.stringify(attachPlan(), null, 1)}\n`);
  return { driver, refuse, object, plan };
}

/**
 * @param {string} kernel @param {"stock" | "bpf"} lsm @param {string} only
 * @param {Awaited<ReturnType<typeof buildGuest>>} guest
 * @returns {import("./testing/tally.mjs").Stage}
 */
const attachStage = (kernel, lsm, only, { driver, refuse, object, plan }) => ({
  name: `loss of each program on ${kernel} ${lsm}`,
  run: async (tally) => {
    const { runInVm } = await import("../test/vm/rig.mjs");
    const json = path.join(into, `${kernel}-${lsm}.json`);
    rmSync(json, { force: true });
    const files = ["--plan", plan, "--refuse", refuse, "--object", object, "--json", json];
    const command = [machineNode, driver, ...files, "--only", only];
    const { status, problem } = await runInVm({ kernel, lsm, timeout: SECONDS, command });
    /** @type {{ id: string, ok: boolean, note: string, absent?: true }[]} */
    const findings = JSON.parse(readFileSync(json, "utf8"));
    for (const { id, ok, note, absent } of findings) {
      const name = `${kernel} ${lsm}: ${id}`;
      if (absent) skip(tally, name, note);
      else if (ok) tally.passed++;
      else fail(tally, name, note);
    }
    // The last control is also the sign that nothing is missing.
    if (findings.at(-1)?.id !== "control/after") fail(tally, `${kernel} ${lsm}`, problem || `status ${status}`);
    // A control and one loss at least.
    if (findings.length < 3) fail(tally, `${kernel} ${lsm}`, "no program was selected");
  },
});

/** @param {readonly string[]} argv */
async function main(argv) {
  const { kernels: selected, flavours, only = USUAL } = parseSelection(argv);
  // The programs are the same bytes, and what a loss of one does is not the architecture's.
  const kernels = selected.filter(({ arch }) => arch === "x86_64").map(({ kernel }) => kernel);
  if (kernels.length === 0) throw new UsageError("losses of programs are tried on x86_64 alone");
  const problem = machineProblem(thisMachine);
  if (problem !== "") throw new SetupError(problem);
  await ensurePackages(PACKAGES);
  await ensureNpm();
  await ensureKernels(kernels);
  const guest = await buildGuest();
  const stages = kernels.flatMap((kernel) => flavours.map((lsm) => attachStage(kernel, lsm, only, guest)));
  const total = await runStages(stages, Math.min(2, availableParallelism()));
  printSummary(total);
  return total.failed.length === 0 && total.passed > 0 ? 0 : 1;
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
