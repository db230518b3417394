/**
 * Variables by which code gets into a Node program before its own. The kernel ends a post that has one that `main` had
 * not: a step put it there, by GITHUB_ENV. What the workflow itself sets, both have.
 */
import { WardenLimit } from "../kernel/abi.gen.ts";
import { GuardFailure } from "../session/failure.ts";

/** The kernel looks at the first eight bytes of a name: brings_code() in bpf/lifecycle.bpf.c. */
const NAMES = ["LD_PRELO", "LD_AUDIT", "NODE_OPT", "NODE_COM", "OPENSSL_"];

/**
 * Variables of the workflow's own by which Node reads code from files, which a step may change: the kernel cannot tell
 * those that the post then reads. Libraries it can: none that was changed since is mapped.
 */
export function codeFiles(environment: NodeJS.ProcessEnv): readonly string[] {
  const reads = /(^|\s)(-r|--require|--import|--loader|--experimental-loader|--env-file|--env-file-if-exists)(=|\s|$)/;
  return ["NODE_COMPILE_CACHE", "NODE_OPTIONS"].filter((name) => {
    const value = environment[name] ?? "";
    return name === "NODE_OPTIONS" ? reads.test(value) : value !== "";
  });
}

/** `NAME=value` of each that is set. @throws GuardFailure when they are more, or longer, than the kernel compares */
export function codeVariables(environment: NodeJS.ProcessEnv): readonly string[] {
  const found = Object.entries(environment)
    .filter(([name]) => NAMES.some((start) => name.startsWith(start)))
    .map(([name, value]) => `${name}=${value ?? ""}`);
  const long = found.find((text) => Buffer.byteLength(text) >= WardenLimit.VARIABLE);
  if (long !== undefined) {
    throw new GuardFailure(
      `${long.slice(0, long.indexOf("="))} is too long for the guard to tell whether a step changes it`,
      `Make it shorter than ${WardenLimit.VARIABLE} bytes, with its name, or set it for the steps that need it.`,
    );
  }
  if (found.length > WardenLimit.VARIABLES) {
    throw new GuardFailure(
      `${found.length} variables bring code into every program of this job`,
      `Set them for the steps that need them; the guard compares ${WardenLimit.VARIABLES}.`,
    );
  }
  return found;
}
