/**
 * The table of docs/compliance-suite.md: which scenario was held on which kernel.
 *
 *   node build/compliance.mjs           takes the results of out/matrix/ into the record, and writes the table anew
 *   node build/compliance.mjs --fresh   the same, and forgets what is not in out/matrix/
 *   node build/compliance.mjs --check   fails when the table is not what the record says, or lacks a scenario
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tsImport } from "tsx/esm/api";
import { faultsOf, parseRecorded, parseResults, record, render } from "./compliance-table.mjs";
import { messageOf } from "./exec.mjs";
import { matrixDir, partDir } from "./matrix.mjs";
import { fromRoot, isMain, root } from "./paths.mjs";
import { say } from "./steps.mjs";

const recordFile = "test/scenarios/results.json";
const tableFile = "docs/compliance-suite.md";
/** One command puts all of them right: nobody reads the rest. */
const FAULTS_SHOWN = 5;

/** @returns {import("./compliance-table.mjs").Recorded} */
function readRecord() {
  if (!existsSync(fromRoot(recordFile))) return { columns: {}, scenarios: {}, reasons: {} };
  return parseRecorded(readFileSync(fromRoot(recordFile), "utf8"), recordFile);
}

/** @param {string} directory @returns the results of each suite */
function readSuites(directory) {
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(".json")) : [];
  const files = names.map((name) => path.join(directory, name));
  // What was run last has the last word.
  const age = (/** @type {string} */ file) => statSync(file).mtimeMs;
  return files.sort((a, b) => age(a) - age(b)).map((file) => parseResults(readFileSync(file, "utf8"), file));
}

/** @returns {Promise<readonly string[]>} */
async function scenarioIds() {
  /** @type {typeof import("../test/scenarios/all.ts")} */
  const { ids } = await tsImport("../test/scenarios/all.ts", import.meta.url);
  return ids;
}

/** @param {readonly string[]} ids @returns {readonly string[]} */
function check(ids) {
  const recorded = readRecord();
  const written = existsSync(fromRoot(tableFile)) ? readFileSync(fromRoot(tableFile), "utf8") : "";
  const stale = written === render(recorded) ? [] : [`${tableFile} is not what ${recordFile} says`];
  return [...faultsOf(recorded, ids), ...stale];
}

/** @param {readonly string[]} ids @param {boolean} fresh */
function generate(ids, fresh) {
  const suites = [...readSuites(matrixDir), ...readSuites(partDir)];
  const before = fresh ? { columns: {}, scenarios: {}, reasons: {} } : readRecord();
  const recorded = record(before, suites, ids);
  writeFileSync(fromRoot(recordFile), `${JSON.stringify(recorded, null, 2)}\n`);
  writeFileSync(fromRoot(tableFile), render(recorded));
  say(`${suites.length} suites of ${path.relative(root, matrixDir)} taken; ${tableFile} is written`);
}

/** @param {string[]} words */
async function main(words) {
  const unknown = words.find((word) => word !== "--check" && word !== "--fresh");
  if (unknown !== undefined || words.length > 1) {
    say("usage: node build/compliance.mjs [--check | --fresh]");
    return 2;
  }
  const ids = await scenarioIds();
  if (words[0] !== "--check") {
    generate(ids, words[0] === "--fresh");
    return 0;
  }
  const faults = check(ids);
  for (const fault of faults.slice(0, FAULTS_SHOWN)) say(fault);
  if (faults.length > FAULTS_SHOWN) say(`and ${faults.length - FAULTS_SHOWN} more like these`);
  if (faults.length > 0) say("node build/compliance.mjs puts it right; a new scenario is `not run` until it was");
  return faults.length > 0 ? 1 : 0;
}

if (isMain(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    say(messageOf(error));
    process.exitCode = 1;
  }
}
