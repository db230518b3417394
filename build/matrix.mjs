/**
 * `npm run test:matrix`: the whole scenario suite on every kernel of the matrix, in both flavours, two machines at a time.
 * What came out goes to out/matrix/KERNEL-FLAVOUR.json (KERNEL-aarch64-FLAVOUR.json), from where `node build/compliance.mjs` takes it into the table.
 * Exit status 0 when all passed, 1 when not, 2 for a mistake on the command line.
 */
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ARCHITECTURES } from "../test/vm/architectures.mjs";
import { UsageError } from "../test/vm/arguments.mjs";
import { messageOf } from "./exec.mjs";
import { isMain, outDir } from "./paths.mjs";
import {
  ensureKernels,
  ensureNpm,
  ensurePackages,
  KERNELS,
  machineProblem,
  PACKAGES,
  thisMachine,
  vmPackages,
} from "./setup.mjs";
import { SetupError, say } from "./steps.mjs";
import { add, emptyTally, printSummary, runStages } from "./testing/tally.mjs";

const USAGE =
  "usage: npm run test:matrix -- [--arch x86_64|aarch64]... [--kernel K]... [--lsm stock|bpf]... [--only GLOB] [--except GLOB] [--smoke]";

/** Besides the kernels of `npm test`: 6.17, which hosted runners and Ubuntu's point releases have, and the long-term 6.18. */
export const MATRIX = {
  x86_64: [...KERNELS.filter((kernel) => kernel !== "newest"), "6.17", "6.18", "newest"],
  // The oldest of Debian's whose BPF programs can be called by hooks there, and the newest.
  aarch64: ["6.12", "newest"],
};
/** 5.10 has BPF as a security module, too, when it is asked for at boot. */
const FLAVOURS = /** @type {const} */ (["stock", "bpf"]);

/** A whole suite beside another one, on a machine that has other work, too. */
const SUITE_SECONDS = 90 * 60;

export const matrixDir = path.join(outDir, "matrix");
/** Results of a part of the scenarios: the rest of their columns stays as it is. */
export const partDir = path.join(matrixDir, "part");

/**
 * @typedef {import("../test/vm/architectures.mjs").Architecture} Architecture
 * @typedef {{ kernels: readonly { arch: Architecture, kernel: string }[], flavours: readonly ("stock" | "bpf")[], only?: string | undefined, except?: string | undefined, smoke: boolean }} Selection
 */

/**
 * The kernels that are meant by the words for them: of the matrix those that are named, and any other one where its
 * architecture is named, too. No words: all of the matrix.
 * @param {readonly string[] | undefined} arches @param {readonly string[] | undefined} kernels @throws UsageError
 */
function selectKernels(arches, kernels) {
  const unknown = arches?.find((word) => !ARCHITECTURES.some((arch) => arch === word));
  if (unknown !== undefined) throw new UsageError(`--arch wants ${ARCHITECTURES.join(" or ")}, not ${unknown}`);
  const wanted = ARCHITECTURES.filter((arch) => arches?.includes(arch) ?? true);
  const named = (/** @type {Architecture} */ arch) =>
    kernels?.filter((kernel) => arches !== undefined || arch === "x86_64" || MATRIX[arch].includes(kernel));
  return wanted.flatMap((arch) => (named(arch) ?? MATRIX[arch]).map((kernel) => ({ arch, kernel })));
}

/** @param {readonly string[]} argv @returns {Selection} @throws UsageError */
export function parseSelection(argv) {
  const list = /** @type {const} */ ({ type: "string", multiple: true });
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        arch: list,
        kernel: list,
        lsm: list,
        only: { type: "string" },
        except: { type: "string" },
        smoke: { type: "boolean", default: false },
      },
    });
    const unknown = values.lsm?.find((word) => word !== "stock" && word !== "bpf");
    if (unknown !== undefined) throw new UsageError(`--lsm wants stock or bpf, not ${unknown}`);
    const flavours = FLAVOURS.filter((flavour) => values.lsm?.includes(flavour) ?? true);
    const kernels = selectKernels(values.arch, values.kernel);
    return { kernels, flavours, only: values.only, except: values.except, smoke: values.smoke };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error));
  }
}

/** The suites of a selection. @param {Selection} selection */
export function suitesOf({ kernels, flavours, only, except, smoke }) {
  const whole = only === undefined && except === undefined && !smoke;
  const into = whole ? matrixDir : partDir;
  return kernels.flatMap(({ arch, kernel }) =>
    flavours.map((lsm) => ({
      arch,
      kernel,
      lsm,
      only,
      except,
      smoke,
      slow: true,
      json: path.join(into, `${arch === "x86_64" ? kernel : `${kernel}-${arch}`}-${lsm}.json`),
      seconds: SUITE_SECONDS,
    })),
  );
}

/** @param {readonly string[]} argv */
async function main(argv) {
  const selection = parseSelection(argv);
  const problem = machineProblem(thisMachine);
  if (problem !== "") throw new SetupError(problem);
  await ensurePackages([...PACKAGES, ...selection.kernels.flatMap(({ arch }) => vmPackages(arch))]);
  await ensureNpm();
  for (const { arch, kernel } of selection.kernels) await ensureKernels([kernel], arch);
  // What needs npm packages is imported after they are there.
  const { scenarioStage } = await import("./testing/machines.mjs");
  const total = emptyTally();
  add(total, await runStages(suitesOf(selection).map(scenarioStage), Math.min(2, availableParallelism())));
  say("node build/compliance.mjs takes these results into docs/compliance-suite.md");
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
