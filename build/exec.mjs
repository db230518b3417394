/** Running other programs from the build: no shell, one error that says which command failed and what it wrote. */
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { root } from "./paths.mjs";

/** What went wrong, of whatever was thrown. @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Runs a program to its end and returns what it wrote to stdout.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @throws when it cannot be started or does not exit with 0
 */
export function run(command, args, { cwd = root, env = process.env } = {}) {
  const result = spawnSync(command, args, { cwd, env, encoding: "utf8", maxBuffer: 1 << 28 });
  if (result.error) throw new Error(`cannot run ${command}: ${result.error.message}`);
  if (result.status !== 0) {
    const why = result.signal ? `was ended by ${result.signal}` : `exited with ${result.status}`;
    throw new Error(`${command} ${args.join(" ")}\n${why}:\n${(result.stderr + result.stdout).trim()}`);
  }
  // A compiler that warns is worth reading even where warnings are not errors.
  if (result.stderr.trim()) process.stderr.write(result.stderr);
  return result.stdout;
}

/** @param {import("node:stream").Readable} stream @param {string} label */
function printLabelled(stream, label) {
  createInterface({ input: stream }).on("line", (line) => process.stdout.write(`[${label}] ${line}\n`));
}

/**
 * Runs a program with our stdin closed and its output streamed; never throws for its exit status.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, timeoutSeconds?: number, cwd?: string, label?: string }} [options] `label`: what to
 *   put before each line of its output, where the output of several programs is mixed
 * @returns {Promise<{ status: number, why: string }>} `why` is empty when the status is 0
 */
export function stream(command, args, { env = process.env, timeoutSeconds = 3600, cwd = root, label } = {}) {
  return new Promise((resolve) => {
    const output = label === undefined ? "inherit" : "pipe";
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", output, output] });
    if (label !== undefined)
      for (const stream of [child.stdout, child.stderr]) if (stream) printLabelled(stream, label);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
    }, timeoutSeconds * 1000);
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ status: 127, why: `cannot run ${command}: ${error.message}` });
    });
    // with pipes, the end of the output comes after the end of the program
    child.on(label === undefined ? "exit" : "close", (code, signal) => {
      clearTimeout(timer);
      if (late) resolve({ status: 124, why: `took longer than ${timeoutSeconds} s` });
      else if (signal) resolve({ status: 128, why: `was ended by ${signal}` });
      else resolve({ status: code ?? 1, why: code === 0 ? "" : `exited with ${code}` });
    });
  });
}
