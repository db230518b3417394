/** Stages that run on the machine itself: vitest, and the C helpers under sanitizers. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { messageOf, run, stream } from "../exec.mjs";
import { fuzzerProblem, smoke } from "../fuzz.mjs";
import { fromRoot, outDir } from "../paths.mjs";
import { fail, skip } from "./tally.mjs";

/** @param {import("./tally.mjs").Tally} tally */
export async function unitTests(tally) {
  const results = path.join(outDir, "test/unit.json");
  mkdirSync(path.dirname(results), { recursive: true });
  // What a former run left must not be read as the result of this one.
  rmSync(results, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
  const { why } = await stream(process.execPath, [fromRoot("node_modules/vitest/vitest.mjs"), "run", ...reporters], {
    timeoutSeconds: 600,
  });
  if (!existsSync(results)) throw new Error(`vitest left no results: ${why || "it exited with 0"}`);
  for (const file of JSON.parse(readFileSync(results, "utf8")).testResults) {
    const where = path.relative(fromRoot("."), file.name);
    if (file.status === "failed" && file.assertionResults.length === 0)
      fail(tally, where, file.message || "no test ran");
    for (const { status, fullName, failureMessages } of file.assertionResults) {
      const name = `${where}: ${fullName}`;
      if (status === "passed") tally.passed++;
      else if (status === "failed") fail(tally, name, failureMessages[0]?.split("\n")[0] ?? "no message");
      else skip(tally, name, `vitest says ${status}`);
    }
  }
  // Errors outside of tests (an unhandled rejection) show in the exit status alone.
  if (why && tally.failed.length === 0) fail(tally, "vitest", why);
}

/**
 * Every test/bpf/*_test.c is a program of its own, that includes the helpers it tests and is compiled for this
 * machine with the address and undefined-behaviour sanitizers. It prints `ok NAME` or `not ok NAME: why` per test
 * and exits with 0 when all is well.
 * @param {import("./tally.mjs").Tally} tally
 */
export async function sanitizerTests(tally) {
  const directory = fromRoot("test/bpf");
  const tests = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith("_test.c")) : [];
  const into = path.join(outDir, "test/bpf");
  mkdirSync(into, { recursive: true });
  for (const name of tests.sort()) {
    const program = path.join(into, path.parse(name).name);
    const sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];
    const flags = ["-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", ...sanitize, "-Ibpf", "-Itest/bpf"];
    try {
      run("gcc", [...flags, `test/bpf/${name}`, "-o", program]);
      runSanitized(tally, name, program);
    } catch (error) {
      fail(tally, `test/bpf/${name}`, messageOf(error));
    }
  }
  await fuzzers(tally);
}

/** A short run of each fuzzer, the same every time: `npm run fuzz` is the long one. @param {import("./tally.mjs").Tally} tally */
async function fuzzers(tally) {
  const problem = fuzzerProblem();
  if (problem !== "") return skip(tally, "fuzzers", problem);
  for (const { target, runs, edges, finding } of await smoke()) {
    process.stdout.write(`fuzz ${target}: ${runs} inputs, ${edges} edges\n`);
    if (finding === "" && runs > 0) tally.passed++;
    else fail(tally, `fuzz ${target}`, finding || "it ran nothing");
  }
}

/** @param {import("./tally.mjs").Tally} tally @param {string} name @param {string} program */
function runSanitized(tally, name, program) {
  const { status, signal, stdout, stderr } = spawnSync(program, [], { encoding: "utf8", timeout: 120_000 });
  process.stdout.write(stdout + stderr);
  const passed = stdout.match(/^ok /gm)?.length ?? 0;
  const failed = [...stdout.matchAll(/^not ok ([^:\n]*):? ?(.*)$/gm)];
  tally.passed += passed;
  for (const [, test, why] of failed) fail(tally, `test/bpf/${name}: ${test}`, why || "no reason given");
  const broken = /^.*(Sanitizer|runtime error).*$/m.exec(stderr)?.[0] ?? signal;
  if (broken) fail(tally, `test/bpf/${name}`, broken);
  else if (failed.length === 0 && status !== 0) fail(tally, `test/bpf/${name}`, `exited with ${status}`);
  if (passed + failed.length === 0 && status === 0) fail(tally, `test/bpf/${name}`, "it names no test");
}
