/** Stages that read the sources: types, lint, formatting, and whether what is generated is fresh. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { check } from "../build.mjs";
import { stream } from "../exec.mjs";
import { fromRoot } from "../paths.mjs";
import { fail, skip } from "./tally.mjs";

/** The version whose opinion .clang-format was written for; others break lines elsewhere. */
const clangFormatMajor = 14;

/** @param {import("./tally.mjs").Tally} tally @param {string} name @param {string} script @param {string[]} args */
async function command(tally, name, script, args) {
  const { status, why } = await stream(process.execPath, [fromRoot(script), ...args], { timeoutSeconds: 300 });
  if (status === 0) tally.passed++;
  else fail(tally, name, why);
}

/** C sources and headers below a directory of the checkout, relative to the checkout. @param {string} directory */
function cFiles(directory) {
  const names = readdirSync(fromRoot(directory), { encoding: "utf8", recursive: true });
  return names.filter((name) => /\.[ch]$/.test(name)).map((name) => path.join(directory, name));
}

/** @param {import("./tally.mjs").Tally} tally */
async function clangFormat(tally) {
  const name = "format of C sources";
  const version = spawnSync("clang-format", ["--version"], { encoding: "utf8" }).stdout ?? "";
  const major = /version (\d+)/.exec(version)?.[1];
  if (Number(major) !== clangFormatMajor) {
    return skip(tally, name, `.clang-format is for version ${clangFormatMajor}, here is ${major ?? "none"}`);
  }
  const files = ["bpf", "test/bpf", "test/bench"].flatMap(cFiles).sort();
  const { status, why } = await stream("clang-format", ["--dry-run", "-Werror", "--ferror-limit=3", ...files]);
  if (status === 0) tally.passed++;
  else fail(tally, name, `${why}; clang-format -i puts it right`);
}

/** @param {import("./tally.mjs").Tally} tally */
export async function sources(tally) {
  await command(tally, "types", "node_modules/typescript/bin/tsc", ["--noEmit"]);
  await command(tally, "types of build scripts", "node_modules/typescript/bin/tsc", ["-p", "tsconfig.build.json"]);
  await command(tally, "lint and format", "node_modules/@biomejs/biome/bin/biome", ["check", "."]);
  await command(tally, "table of scenarios", "build/compliance.mjs", ["--check"]);
  await command(tally, "figures of performance", "build/performance.mjs", ["--check"]);
  await clangFormat(tally);
}

/**
 * @param {import("./tally.mjs").Tally} tally
 * @returns {Promise<boolean>} whether the committed x86-64 monitor could be compared
 */
export async function freshness(tally) {
  const outcomes = await check();
  for (const { name, status, why } of outcomes) {
    if (status === "passed") tally.passed++;
    else if (status === "failed") fail(tally, name, why);
    else skip(tally, name, why);
  }
  return outcomes.every(({ name, status }) => !name.endsWith("x86_64") || status !== "skipped");
}
