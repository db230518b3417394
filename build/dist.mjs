/** Making the whole of dist/ in a directory, and comparing two of them. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { bundle, entries } from "./bundles.mjs";
import { messageOf } from "./exec.mjs";
import { licensesText } from "./licenses.mjs";
import { digests, manifestName, manifestText, readManifest } from "./manifest.mjs";
import { compileBpf, linkMonitor, monitorName } from "./native.mjs";
import { distDir } from "./paths.mjs";
import { schemaText } from "./schema.mjs";
import { architectures, toolchainGroup, versionDifference } from "./toolchain.mjs";

const schemaName = "warden.schema.json";
const licensesName = "licenses.txt";

/**
 * Everything that needs no compiler of the machine.
 * @param {string} into directory, absolute
 */
export async function makePortable(into) {
  mkdirSync(into, { recursive: true });
  const packages = await bundle(into);
  writeFileSync(path.join(into, schemaName), await schemaText());
  writeFileSync(path.join(into, licensesName), licensesText(packages));
}

/**
 * The whole of dist/.
 * @param {string} into directory, absolute and empty
 * @param {string} objects directory for the BPF objects
 * @param {readonly ("x86_64" | "aarch64")[]} monitors those to build; others are taken from dist/ as they are
 */
export async function makeAll(into, objects, monitors = architectures) {
  await makePortable(into);
  /** @type {import("./toolchain.mjs").Toolchain} */
  const toolchain = { bpf: await toolchainGroup("bpf"), x86_64: {}, aarch64: {} };
  compileBpf(objects);
  for (const architecture of architectures) {
    if (monitors.includes(architecture)) {
      toolchain[architecture] = await toolchainGroup(architecture);
      chmodSync(await linkMonitor(architecture, objects, into), 0o755);
    } else {
      toolchain[architecture] = readManifest(distDir).toolchain[architecture];
      copyFileSync(path.join(distDir, monitorName(architecture)), path.join(into, monitorName(architecture)));
    }
  }
  writeFileSync(path.join(into, manifestName), manifestText(into, toolchain));
}

/** @typedef {{ name: string, status: "passed" | "failed" | "skipped", why: string }} Outcome */

/** @param {string} name @param {Outcome["status"]} status @param {string} [why] @returns {Outcome} */
const outcome = (name, status, why = "") => ({ name, status, why });

/** @param {string} name @param {string} fresh directory with the new file @returns {Outcome} */
function compare(name, fresh) {
  const committed = path.join(distDir, name);
  if (!existsSync(committed)) return outcome(`dist/${name}`, "failed", "is missing: run npm run build");
  const equal = readFileSync(committed).equals(readFileSync(path.join(fresh, name)));
  return equal
    ? outcome(`dist/${name}`, "passed")
    : outcome(`dist/${name}`, "failed", "is not what the sources build: run npm run build");
}

/** @returns {Outcome} whether the manifest names exactly the files of dist/, as they are */
function compareManifest() {
  try {
    const said = JSON.stringify(readManifest(distDir).files);
    if (said === JSON.stringify(digests(distDir))) return outcome("dist/manifest.json", "passed");
    return outcome("dist/manifest.json", "failed", "does not describe the files beside it: run npm run build");
  } catch (error) {
    return outcome("dist/manifest.json", "failed", messageOf(error));
  }
}

/** @returns {Outcome} whether dist/ holds nothing that no build makes */
function compareNames() {
  const made = [...Object.keys(entries), schemaName, licensesName, manifestName, ...architectures.map(monitorName)];
  const strays = existsSync(distDir) ? readdirSync(distDir).filter((name) => !made.includes(name)) : [];
  if (strays.length === 0) return outcome("dist holds only what is built", "passed");
  return outcome("dist holds only what is built", "failed", `it also holds ${strays.join(", ")}`);
}

/**
 * Builds again and compares with the committed dist/. Native files are compared when the toolchain is the one in the
 * manifest; otherwise other bytes would be no surprise, and the comparison is skipped, with the reason.
 * @param {string} fresh directory, absolute and empty
 * @param {string} objects directory for the BPF objects
 * @returns {Promise<Outcome[]>} one per file
 */
export async function checkDist(fresh, objects) {
  const results = [compareNames(), compareManifest()];
  try {
    await makePortable(fresh);
    results.push(...readdirSync(fresh).map((name) => compare(name, fresh)));
  } catch (error) {
    results.push(outcome("bundles, schema and licenses", "failed", messageOf(error)));
  }
  for (const architecture of architectures) results.push(await checkMonitor(architecture, fresh, objects));
  return results;
}

/**
 * @param {(typeof architectures)[number]} architecture
 * @param {string} fresh
 * @param {string} objects
 * @returns {Promise<Outcome>}
 */
async function checkMonitor(architecture, fresh, objects) {
  const name = monitorName(architecture);
  let recorded;
  try {
    recorded = readManifest(distDir).toolchain;
  } catch (error) {
    return outcome(`dist/${name}`, "failed", messageOf(error));
  }
  try {
    const groups = /** @type {const} */ (["bpf", architecture]);
    const differences = [];
    for (const group of groups) differences.push(versionDifference(recorded?.[group], await toolchainGroup(group)));
    const why = differences.filter((text) => text !== "").join("; ");
    if (why) return outcome(`dist/${name}`, "skipped", `another toolchain: ${why}`);
  } catch (error) {
    return outcome(`dist/${name}`, "skipped", `no toolchain for it: ${messageOf(error)}`);
  }
  try {
    if (!existsSync(path.join(objects, "warden-fmod.bpf.o"))) compileBpf(objects);
    await linkMonitor(architecture, objects, fresh);
    return compare(name, fresh);
  } catch (error) {
    return outcome(`dist/${name}`, "failed", messageOf(error));
  }
}
