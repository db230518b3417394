/**
 * npm run build: makes dist/ from the sources, byte for byte the same on every machine with the same toolchain.
 *
 *   node build/build.mjs             writes src/kernel/abi.gen.ts and dist/
 *   node build/build.mjs --check     builds elsewhere and compares; exits with 1 when dist/ is stale
 *   node build/build.mjs --arch x86_64
 *                                    leaves the monitor of the other architecture as it is in dist/
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { abiFile, abiIsFresh, writeAbi } from "./abi.mjs";
import { checkDist, makeAll } from "./dist.mjs";
import { messageOf } from "./exec.mjs";
import { manifestName, readManifest } from "./manifest.mjs";
import { distDir, isMain, outDir } from "./paths.mjs";
import { architectures, versionDifference } from "./toolchain.mjs";

/** @template T @param {(work: string) => Promise<T>} use @returns {Promise<T>} */
async function withWorkDirectory(use) {
  mkdirSync(outDir, { recursive: true });
  const work = mkdtempSync(path.join(outDir, "building-"));
  try {
    return await use(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Puts the files of one directory in place of another's, each whole at every moment, for those who run them now.
 * @param {string} from
 * @param {string} to
 */
function replaceFiles(from, to) {
  mkdirSync(to, { recursive: true });
  const names = readdirSync(from);
  for (const name of names) {
    const beside = path.join(to, `.${name}.new`);
    copyFileSync(path.join(from, name), beside);
    renameSync(beside, path.join(to, name));
  }
  for (const name of readdirSync(to)) if (!names.includes(name)) rmSync(path.join(to, name), { recursive: true });
}

/**
 * Says when a committed monitor was made by other versions than this machine has.
 * @param {import("./toolchain.mjs").Toolchain} before
 * @param {import("./toolchain.mjs").Toolchain} after
 */
function sayToolchainChange(before, after) {
  for (const group of /** @type {const} */ (["bpf", ...architectures])) {
    const difference = versionDifference(before[group], after[group]);
    if (difference) process.stdout.write(`another toolchain for ${group}: ${difference}\n`);
  }
}

/**
 * Writes the ABI and dist/.
 * @param {readonly ("x86_64" | "aarch64")[]} monitors those to build
 */
export async function build(monitors = architectures) {
  writeAbi();
  await withWorkDirectory(async (work) => {
    const [fresh, objects] = [path.join(work, "dist"), path.join(work, "bpf")];
    await makeAll(fresh, objects, monitors);
    if (existsSync(path.join(distDir, manifestName))) {
      sayToolchainChange(readManifest(distDir).toolchain, readManifest(fresh).toolchain);
    }
    replaceFiles(objects, path.join(outDir, "build"));
    replaceFiles(fresh, distDir);
  });
}

/** @returns {Promise<import("./dist.mjs").Outcome[]>} of the generated source and of every file in dist/ */
export async function check() {
  /** @type {import("./dist.mjs").Outcome} */
  let abi;
  try {
    const fresh = abiIsFresh();
    const why = fresh ? "" : "is not what bpf/warden.h says: run npm run build";
    abi = { name: abiFile, status: fresh ? "passed" : "failed", why };
  } catch (error) {
    abi = { name: abiFile, status: "failed", why: messageOf(error) };
  }
  return [abi, ...(await withWorkDirectory((work) => checkDist(path.join(work, "dist"), path.join(work, "bpf"))))];
}

/** @param {string} name */
function architecture(name) {
  const found = architectures.find((one) => one === name);
  if (found === undefined) throw new Error(`--arch ${name}: there is ${architectures.join(" and ")}`);
  return found;
}

async function main() {
  const { values } = parseArgs({
    options: { check: { type: "boolean" }, arch: { type: "string", multiple: true } },
  });
  if (values.check) {
    const outcomes = await check();
    for (const { name, status, why } of outcomes) process.stdout.write(`${status} ${name}${why ? `: ${why}` : ""}\n`);
    return outcomes.some(({ status }) => status === "failed") ? 1 : 0;
  }
  await build(values.arch?.map(architecture));
  for (const name of readdirSync(distDir)) {
    process.stdout.write(`${String(statSync(path.join(distDir, name)).size).padStart(9)} ${name}\n`);
  }
  return 0;
}

if (isMain(import.meta.url)) {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}
