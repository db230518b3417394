/**
 * docs/performance.md: what the guard costs.
 *
 *   node build/performance.mjs           takes what `npm run bench` left in out/bench/ into the record, and writes the document
 *   node build/performance.mjs --check   fails when the document is not what the record says
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tsImport } from "tsx/esm/api";
import { benchDir } from "./bench.mjs";
import { columnName, compareColumns } from "./compliance-table.mjs";
import { messageOf } from "./exec.mjs";
import { fromRoot, isMain, root } from "./paths.mjs";
import { say } from "./steps.mjs";

const recordFile = "test/bench/results.json";
const documentFile = "docs/performance.md";

/** @type {typeof import("../test/bench/record.ts")} */
const { columnOf, parseRecord, printRecord } = await tsImport("../test/bench/record.ts", import.meta.url);
/** @type {typeof import("../test/bench/results.ts")} */
const { parseResults } = await tsImport("../test/bench/results.ts", import.meta.url);
/** @type {typeof import("../test/bench/parts/quantities.ts")} */
const { PARTS } = await tsImport("../test/bench/parts/quantities.ts", import.meta.url);
/** @type {typeof import("../test/bench/parts/readings.ts")} */
const { parsePartResults } = await tsImport("../test/bench/parts/readings.ts", import.meta.url);
/** @type {typeof import("../test/bench/parts/record.ts")} */
const { partColumnOf } = await tsImport("../test/bench/parts/record.ts", import.meta.url);
/** @type {typeof import("../test/bench/document.ts")} */
const { render } = await tsImport("../test/bench/document.ts", import.meta.url);

function readRecord() {
  if (!existsSync(fromRoot(recordFile))) return { columns: {} };
  return parseRecord(readFileSync(fromRoot(recordFile), "utf8"), recordFile);
}

/** @param {string} directory absolute @returns {string[]} its results */
function resultsIn(directory) {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).filter((name) => name.endsWith(".json"));
  return names.map((name) => path.join(directory, name));
}

/** @template Value @param {Record<string, Value>} columns @returns {Record<string, Value>} in their order */
function sorted(columns) {
  return Object.fromEntries(Object.entries(columns).sort(([left], [right]) => compareColumns(left, right)));
}

function generate() {
  const { columns, parts = {} } = readRecord();
  const files = resultsIn(benchDir);
  for (const file of files) {
    const told = parseResults(readFileSync(file, "utf8"), file);
    columns[columnName(told.release, told.lsm)] = columnOf(told);
  }
  for (const part of PARTS) {
    for (const file of resultsIn(path.join(benchDir, part))) {
      const told = parsePartResults(readFileSync(file, "utf8"), file);
      parts[part] = sorted({ ...parts[part], [columnName(told.release, told.lsm)]: partColumnOf(told) });
      files.push(file);
    }
  }
  const recorded = { columns: sorted(columns), ...(Object.keys(parts).length === 0 ? {} : { parts }) };
  writeFileSync(fromRoot(recordFile), printRecord(recorded));
  writeFileSync(fromRoot(documentFile), render(recorded));
  say(`${files.length} results of ${path.relative(root, benchDir)} taken; ${documentFile} is written`);
}

/** @param {string[]} words */
function main(words) {
  if (words.some((word) => word !== "--check") || words.length > 1) {
    say("usage: node build/performance.mjs [--check]");
    return 2;
  }
  if (words.length === 0) {
    generate();
    return 0;
  }
  const written = existsSync(fromRoot(documentFile)) ? readFileSync(fromRoot(documentFile), "utf8") : "";
  if (written === render(readRecord())) return 0;
  say(`${documentFile} is not what ${recordFile} says: node build/performance.mjs puts it right`);
  return 1;
}

if (isMain(import.meta.url)) {
  try {
    process.exitCode = main(process.argv.slice(2));
  } catch (error) {
    say(messageOf(error));
    process.exitCode = 1;
  }
}
