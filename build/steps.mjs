/** Long work of the set-up: quiet while it is quick, a sign of life when it is not, tried again when a network is in the way. */
import { spawn } from "node:child_process";

const SIGN_OF_LIFE_MS = 5000;
const KEPT_BYTES = 64 * 1024;

/** What could not be done, told to a person in a few lines. */
export class SetupError extends Error {}

/** One line to the person who waits; stdout stays free for results. @param {string} line */
export function say(line) {
  process.stderr.write(`warden: ${line}\n`);
}

/**
 * Runs a program to its end. Every five seconds the last line it wrote is shown.
 * @param {string} label what is being done, for the reader
 * @param {readonly string[]} argv
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string>} what it wrote to stdout
 * @throws SetupError with the end of its output
 */
export function work(label, argv, options = {}) {
  return new Promise((resolve, reject) => {
    const started = Date.now();
    /** @type {Buffer[]} */
    const stdout = [];
    let tail = "";
    const [program = "", ...words] = argv;
    const child = spawn(program, words, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const timer = setInterval(() => {
      const last =
        tail
          .trimEnd()
          .split(/[\r\n]/)
          .at(-1)
          ?.slice(0, 100) ?? "";
      say(`${label} (${Math.round((Date.now() - started) / 1000)} s) ${last}`);
    }, SIGN_OF_LIFE_MS);
    const keep = (/** @type {Buffer} */ chunk) => {
      tail = (tail + chunk.toString("utf8")).slice(-KEPT_BYTES);
    };
    child.stdout.on("data", (chunk) => {
      stdout.push(chunk);
      keep(chunk);
    });
    child.stderr.on("data", keep);
    child.on("error", (error) => {
      clearInterval(timer);
      reject(new SetupError(`${label}: cannot run ${program}: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      clearInterval(timer);
      if (code === 0) return resolve(Buffer.concat(stdout).toString("utf8"));
      const why = code === null ? `ended by ${signal}` : `status ${code}`;
      const end = tail.trimEnd().split("\n").slice(-12).join("\n  ");
      reject(new SetupError(`${label}: ${argv.slice(0, 4).join(" ")}: ${why}\n  ${end}`));
    });
  });
}

/**
 * Tries three times, with 2 and then 6 seconds in between.
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function retried(label, action) {
  for (const wait of [2000, 6000]) {
    try {
      return await action();
    } catch (error) {
      say(
        `${label}: ${error instanceof Error ? error.message.split("\n")[0] : error}; trying again in ${wait / 1000} s`,
      );
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return action();
}
