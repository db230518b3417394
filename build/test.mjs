/**
 * npm test: everything there is to test, on a machine that needs nothing but Node 20. Independent stages run whatever
 * happens to those before them. The last line is `N passed, N failed`; what was skipped, and why, stands above it.
 */
import { availableParallelism } from "node:os";
import { ensureRuntimes } from "../test/vm/runtimes.mjs";
import { isMain } from "./paths.mjs";
import { ensureKernels, ensureNpm, ensurePackages, KERNELS, machineProblem, PACKAGES, thisMachine } from "./setup.mjs";
import { add, emptyTally, fail, printSummary, runStages } from "./testing/tally.mjs";

/** What needs npm packages is imported after they are there. */
async function stages() {
  const { freshness, sources } = await import("./testing/checks.mjs");
  const { sanitizerTests, unitTests } = await import("./testing/units.mjs");
  const { bootStage, freshBuildStage, mainJob, scenarioStage } = await import("./testing/machines.mjs");
  let comparable = true;
  const onThisMachine = [
    { name: "sources", run: sources },
    {
      name: "generated files",
      run: async (/** @type {import("./testing/tally.mjs").Tally} */ tally) => {
        comparable = await freshness(tally);
      },
    },
    { name: "unit tests", run: unitTests },
    { name: "C tests under sanitizers", run: sanitizerTests, countsNothing: true },
    // A machine by itself, before two of them share what this one has.
    bootStage("6.12"),
  ];
  const inMachines = [
    scenarioStage({ kernel: "6.12", lsm: "stock", seconds: 30 * 60 }),
    // What audits do differs by nothing but the policy; the matrix runs them on both.
    scenarioStage({ kernel: "6.12", lsm: "bpf", except: "audit/*", seconds: 30 * 60 }),
    mainJob,
    scenarioStage({ kernel: "5.10", lsm: "stock", smoke: true }),
    scenarioStage({ kernel: "6.1", lsm: "stock", smoke: true }),
    // Without bpf among its security modules it leaves programs out: see docs/limits.md.
    scenarioStage({ kernel: "newest", lsm: "bpf", smoke: true }),
    scenarioStage({ kernel: "newest", lsm: "stock", only: "run/preempting-kernel", smoke: true }),
    // Where the committed monitor cannot be compared with the sources.
    freshBuildStage(() => !comparable),
  ];
  return { onThisMachine, inMachines };
}

/** @type {import("./testing/tally.mjs").Stage[]} */
const setUp = [
  { name: "packages", countsNothing: true, run: () => ensurePackages(PACKAGES) },
  { name: "npm packages", countsNothing: true, run: () => ensureNpm() },
  { name: "kernels", countsNothing: true, run: async () => void (await ensureKernels(KERNELS)) },
  { name: "container runtimes", countsNothing: true, run: async () => void (await ensureRuntimes("x86_64")) },
];

/** @returns {Promise<import("./testing/tally.mjs").Tally>} */
async function everything() {
  const total = emptyTally();
  const problem = machineProblem(thisMachine);
  if (problem !== "") {
    fail(total, "this machine", problem);
    return total;
  }
  const prepared = await runStages(setUp);
  const { onThisMachine, inMachines } = await stages();
  add(total, prepared);
  add(total, await runStages(onThisMachine));
  // A machine is emulated by one thread, so two of them keep two cores busy.
  add(total, await runStages(inMachines, Math.max(1, Math.min(2, availableParallelism()))));
  return total;
}

if (isMain(import.meta.url)) {
  // `npm --silent test` is for npm's own words about us; an npm that we start shall say what is wrong.
  delete process.env.npm_config_loglevel;
  const total = await everything();
  printSummary(total);
  process.exitCode = total.failed.length === 0 && total.passed > 0 ? 0 : 1;
}
