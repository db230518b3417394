/** Finding a session's policy and checking it before anything is started. Call it as the user. */
import { existsSync } from "node:fs";
import { messageOf } from "../common/errors.ts";
import type { Diagnostic } from "../policy/diagnostic.ts";
import { MAX_POLICY_TEXT } from "../policy/document.ts";
import { fromHardenRunner } from "../policy/harden-runner.ts";
import { type LoadResult, loadPolicy } from "../policy/load.ts";
import type { PathContext } from "../policy/path.ts";
import type { CompiledPolicy, Mode } from "../policy/rules.ts";
import { readText } from "./read-text.ts";
import type { PolicySource } from "./spec.ts";

/** Where repositories keep their policy. */
export const DEFAULT_POLICY = ".github/warden.toml";
/** Of a job or a command without one: watched, and nothing is forbidden. */
const EMPTY_POLICY = 'version = 1\nmode = "audit"\n';

/** A policy that loads, with the texts it was made of: the agent makes it again from them. */
export interface CheckedPolicy {
  readonly source: PolicySource;
  readonly policy: CompiledPolicy;
  readonly warnings: readonly Diagnostic[];
}

/** The policy is wrong; nothing was started. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(message: string, diagnostics: readonly Diagnostic[] = []) {
    super(message);
    this.diagnostics = diagnostics;
  }
}

/**
 * A policy as text.
 * @param file its name for messages; files that it extends are relative to what this is relative to, the directory
 *   of the process
 * @throws PolicyError
 */
export function checkPolicyText(text: string, file: string, context: PathContext, mode: Mode | null): CheckedPolicy {
  const read = new Map<string, string>();
  const readFile = (name: string) => {
    const found = readText(name, MAX_POLICY_TEXT);
    read.set(name, found);
    return found;
  };
  const result = loadPolicy({ text, file, context, readFile, ...(mode === null ? {} : { mode }) });
  return checked(result, { file, text, extends: Object.fromEntries(read) });
}

/** A policy file. @throws PolicyError */
export function checkPolicyFile(file: string, context: PathContext, mode: Mode | null): CheckedPolicy {
  let text: string;
  try {
    text = readText(file, MAX_POLICY_TEXT);
  } catch (error) {
    throw new PolicyError(`cannot read the policy ${file}: ${messageOf(error)}`);
  }
  return checkPolicyText(text, file, context, mode);
}

/** The repository's own policy, below the directory of the process; null when it has none. @throws PolicyError */
export function checkDefaultPolicy(context: PathContext, mode: Mode | null): CheckedPolicy | null {
  return existsSync(DEFAULT_POLICY) ? checkPolicyFile(DEFAULT_POLICY, context, mode) : null;
}

/** No policy at all. */
export function checkEmptyPolicy(context: PathContext, mode: Mode | null): CheckedPolicy {
  return checkPolicyText(EMPTY_POLICY, "the empty policy", context, mode);
}

/** harden-runner's two inputs. @throws PolicyError */
export function checkHardenRunner(
  hardenRunner: { readonly egressPolicy: string; readonly allowedEndpoints: string },
  context: PathContext,
  mode: Mode | null,
): CheckedPolicy {
  const result = fromHardenRunner({ ...hardenRunner, context, ...(mode === null ? {} : { mode }) });
  return checked(result, { hardenRunner });
}

function checked(result: LoadResult, source: PolicySource): CheckedPolicy {
  if (result.ok) return { source, policy: result.policy, warnings: result.warnings };
  throw new PolicyError("the policy is wrong", [...result.errors, ...result.warnings]);
}
