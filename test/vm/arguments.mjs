// The rig's command line, as a value. Pure: nothing here touches the machine.
import { ARCHITECTURES } from "./architectures.mjs";

/** A mistake on the command line: told as one line, never as a stack trace. */
export class UsageError extends Error {}

export const USAGE =
  "usage: npm run vm -- [--kernel 5.10|6.1|6.12|newest|X.Y] [--arch x86_64|aarch64] [--lsm stock|bpf] [--icount] [--cpus N] [--memory MB] [--timeout S] -- COMMAND ARG...";

export const DEFAULTS = Object.freeze({
  kernel: "6.12",
  arch: "x86_64",
  lsm: "stock",
  icount: false,
  cpus: 2,
  /** MiB; QEMU takes from the host only what the guest touches. */
  memory: 3072,
  /** Seconds, boot included. */
  timeout: 900,
});

function wholeNumber(name, text, least, most) {
  if (text === undefined || !/^\d{1,7}$/.test(text)) throw new UsageError(`${name} wants a whole number, not ${text}`);
  const value = Number(text);
  if (value < least || value > most) throw new UsageError(`${name} must be from ${least} to ${most}, not ${value}`);
  return value;
}

/**
 * Checks the values that come from a command line or from a test, and fills in what is left out.
 * @throws UsageError
 */
export function vmOptions(given) {
  const options = { ...DEFAULTS };
  for (const key of Object.keys(DEFAULTS)) if (given[key] !== undefined) options[key] = given[key];
  if (options.kernel !== "newest" && !/^\d+\.\d+$/.test(options.kernel)) {
    throw new UsageError(`--kernel wants X.Y or newest, not ${options.kernel}`);
  }
  if (!ARCHITECTURES.includes(options.arch)) {
    throw new UsageError(`--arch wants ${ARCHITECTURES.join(" or ")}, not ${options.arch}`);
  }
  if (options.lsm !== "stock" && options.lsm !== "bpf")
    throw new UsageError(`--lsm wants stock or bpf, not ${options.lsm}`);
  if (options.icount) options.cpus = 1;
  return options;
}

/**
 * @param {readonly string[]} argv what follows the script's own name
 * @returns options and the command; the command's words are untouched
 * @throws UsageError
 */
export function parseArguments(argv) {
  const given = {};
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at];
    const [name, glued] = /^--[a-z]+=/s.test(word)
      ? [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]
      : [word, undefined];
    const value = () => {
      if (glued !== undefined) return glued;
      at += 1;
      if (argv[at] === undefined) throw new UsageError(`${name} wants a value`);
      return argv[at];
    };
    switch (name) {
      case "--":
        if (argv.length === at + 1) throw new UsageError("no command after --");
        return { ...vmOptions(given), command: argv.slice(at + 1) };
      case "--kernel":
        given.kernel = value();
        break;
      case "--arch":
        given.arch = value();
        break;
      case "--lsm":
        given.lsm = value();
        break;
      case "--icount":
        given.icount = true;
        break;
      case "--cpus":
        given.cpus = wholeNumber(name, value(), 1, 64);
        break;
      case "--memory":
        given.memory = wholeNumber(name, value(), 256, 1048576);
        break;
      case "--timeout":
        given.timeout = wholeNumber(name, value(), 1, 86400);
        break;
      default:
        throw new UsageError(`unknown argument ${word}${word.startsWith("-") ? "" : " (the command goes after --)"}`);
    }
  }
  throw new UsageError("no command: it goes after --");
}
