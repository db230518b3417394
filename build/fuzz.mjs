/**
 * `npm run fuzz`: the coverage-guided fuzzers of test/bpf/fuzz, each a program of its own: what the monitor parses,
 * under libFuzzer and the address and undefined-behaviour sanitizers. What one run learned is where the next begins
 * (out/fuzz/TARGET/corpus). An input that broke something is kept beside it, and is the program's argument to see it
 * again. Exit status 0 when nothing was found, 1 when something was, 2 for a mistake on the command line.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./bundles.mjs";
import { messageOf, run } from "./exec.mjs";
import { fromRoot, isMain, outDir } from "./paths.mjs";

const USAGE = "usage: npm run fuzz -- [--seconds N] [--target T] [--coverage]";
const sources = "test/bpf/fuzz";
const room = path.join(outDir, "fuzz");

/** Input lengths: a few of the largest frames for the stream, and whatever a target can use of a list of acts. */
const longest = { frames: 20_000, wire: 1024, callers: 512, rules: 1536, texts: 2048 };

export const targets = readdirSync(fromRoot(sources))
  .filter((name) => name.endsWith(".c"))
  .map((name) => path.parse(name).name)
  .sort();

/** The doubles are shared with the tests, and no target uses them all. */
const warnings = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-function"];
const common = ["-std=gnu11", "-g", "-O1", ...warnings, "-fno-omit-frame-pointer", "-Ibpf", "-Itest/bpf"];

/** @param {string} target @param {"fuzz" | "coverage"} kind @returns {string} the program */
export function buildTarget(target, kind = "fuzz") {
  mkdirSync(room, { recursive: true });
  const program = path.join(room, kind === "fuzz" ? target : `${target}-coverage`);
  const instrument =
    kind === "fuzz"
      ? ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"]
      : ["-fsanitize=fuzzer", "-fprofile-instr-generate", "-fcoverage-mapping"];
  run("clang", [...common, ...instrument, `${sources}/${target}.c`, "-o", program]);
  return program;
}

/** Why there is nothing to fuzz with here; empty when there is. */
export function fuzzerProblem() {
  const probe = ["-fsanitize=fuzzer,address", "-x", "c", "-", "-o", "/dev/null"];
  const input = "int LLVMFuzzerTestOneInput(const char *data, long size) { return data[size] * 0; }";
  const { status, error } = spawnSync("clang", probe, { input });
  return status === 0 && !error ? "" : "clang has no fuzzer here; install: clang libclang-rt-dev";
}

/** Makes the seeds of all targets. @returns {Promise<string>} a directory with one per target */
export async function makeSeeds() {
  const into = path.join(room, "seeds");
  await bundle(room, { "seeds.mjs": `${sources}/seeds.ts` });
  run(process.execPath, [path.join(room, "seeds.mjs"), into]);
  return into;
}

/**
 * @typedef {object} Found
 * @property {number} runs
 * @property {number} edges of the instrumented code, doubles included
 * @property {number} features
 * @property {string} finding empty when there is none
 */

/** What libFuzzer said of its work. @param {string} log @param {number | null} status @returns {Found} */
export function readLog(log, status) {
  const last = [...log.matchAll(/^#(\d+)\s+(?:DONE|INITED|NEW|REDUCE|pulse)\s+cov: (\d+) ft: (\d+)/gm)].at(-1);
  const done = /^Done (\d+) runs/m.exec(log);
  const why = /^(?:not so: .*|SUMMARY: .*|.*runtime error: .*)$/m.exec(log)?.[0];
  const finding = status === 0 ? "" : (why ?? `the fuzzer exited with ${status}`);
  return {
    runs: Number(done?.[1] ?? last?.[1] ?? 0),
    edges: Number(last?.[2] ?? 0),
    features: Number(last?.[3] ?? 0),
    finding,
  };
}

/**
 * @param {string} target
 * @param {string[]} limits libFuzzer's own options that say when it ends
 * @param {string[]} directories of inputs; what is learned goes into the first
 */
export function fuzzTarget(target, limits, directories) {
  const keep = `${path.join(room, target)}-`;
  const most = longest[/** @type {keyof typeof longest} */ (target)] ?? 4096;
  const options = [`-max_len=${most}`, "-rss_limit_mb=1024", "-timeout=10", `-artifact_prefix=${keep}`];
  const { status, stderr } = spawnSync(path.join(room, target), [...options, ...limits, ...directories], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { ...readLog(stderr, status), log: stderr };
}

/** A fixed number of inputs from a fixed seed, learned from nothing but the seeds: the same on every machine. */
export async function smoke() {
  const seeds = await makeSeeds();
  return targets.map((target) => {
    buildTarget(target);
    const corpus = path.join(room, `${target}-smoke`);
    rmSync(corpus, { recursive: true, force: true });
    mkdirSync(corpus);
    const found = fuzzTarget(
      target,
      ["-runs=10000", "-seed=7", "-print_final_stats=0"],
      [corpus, path.join(seeds, target)],
    );
    return { target, ...found };
  });
}

/** How much of the monitor's sources the corpus reaches, by llvm-cov. @param {string} target @param {string} corpus */
function printCoverage(target, corpus) {
  const program = buildTarget(target, "coverage");
  const raw = `${program}.profraw`;
  const replayed = spawnSync(program, ["-runs=0", corpus], { env: { ...process.env, LLVM_PROFILE_FILE: raw } });
  if (replayed.status !== 0) throw new Error(`${program} exited with ${replayed.status} on ${corpus}`);
  run("llvm-profdata", ["merge", "-o", `${program}.profdata`, raw]);
  const report = ["report", program, `-instr-profile=${program}.profdata`, "--show-branch-summary=false"];
  for (const line of run("llvm-cov", report).split("\n")) {
    const columns = line.trim().split(/\s+/);
    if (line.includes("bpf/monitor/") || columns[0]?.startsWith("monitor/"))
      process.stdout.write(`  ${columns[0]}: ${columns.at(-1)} of lines\n`);
  }
}

/** @param {string} target @param {number} seconds @param {string} seeds @param {boolean} coverage */
function fuzzLong(target, seconds, seeds, coverage) {
  buildTarget(target);
  const corpus = path.join(room, `${target}-corpus`);
  mkdirSync(corpus, { recursive: true });
  const began = Date.now();
  const found = fuzzTarget(target, [`-max_total_time=${seconds}`], [corpus, path.join(seeds, target)]);
  const took = (Date.now() - began) / 1000;
  const { runs, edges, features, finding } = found;
  const rate = Math.round(runs / took);
  process.stdout.write(
    `${target}: ${runs} inputs in ${Math.round(took)} s (${rate}/s), ${edges} edges, ${features} features, ` +
      `${readdirSync(corpus).length} inputs kept, ${finding === "" ? "nothing found" : `FOUND ${finding}`}\n`,
  );
  if (finding !== "") process.stdout.write(`${found.log.split("\n").slice(-60).join("\n")}\n`);
  if (coverage) printCoverage(target, corpus);
  return finding === "";
}

/** @param {string[]} argv @returns {Promise<number>} exit status */
async function main(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { seconds: { type: "string", default: "60" }, target: { type: "string" }, coverage: { type: "boolean" } },
  });
  const seconds = Number(values.seconds);
  if (!Number.isInteger(seconds) || seconds < 1) throw new TypeError("--seconds wants a whole number");
  if (values.target !== undefined && !targets.includes(values.target))
    throw new TypeError(`--target wants one of ${targets.join(", ")}`);
  const problem = fuzzerProblem();
  if (problem !== "") throw new Error(problem);
  const seeds = await makeSeeds();
  const chosen = values.target === undefined ? targets : [values.target];
  const clean = chosen.map((target) => fuzzLong(target, seconds, seeds, values.coverage === true));
  return clean.every(Boolean) ? 0 : 1;
}

if (isMain(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n${error instanceof TypeError ? `${USAGE}\n` : ""}`);
    process.exitCode = error instanceof TypeError ? 2 : 1;
  }
}
