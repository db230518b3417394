/** The action's inputs, typed and checked. Pure but for `get`. */
import path from "node:path";
import * as v from "valibot";
import { JsonError, parseJson } from "../common/json.ts";
import type { Mode } from "../policy/rules.ts";

/** Where the policy comes from: exactly one of these. */
export type PolicyInput =
  | { readonly from: "text"; readonly text: string }
  | { readonly from: "file"; readonly file: string }
  | { readonly from: "harden-runner"; readonly egressPolicy: string; readonly allowedEndpoints: string }
  /** Nothing was said: `.github/warden.toml`, when it is there. */
  | { readonly from: "default" };

export interface Inputs {
  readonly policy: PolicyInput;
  /** null: what the policy says. */
  readonly mode: Mode | null;
  readonly failOnViolation: boolean;
  /** Relative to the workspace and inside it. */
  readonly sarifFile: string | null;
  readonly annotations: boolean;
  readonly summary: boolean;
  /** The job's place in its matrix, in words: `node=20, os=linux`; null outside of any. */
  readonly matrix: string | null;
}

/** An input is wrong; the message names it and says what to write. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/**
 * @param get an input's value by name, trimmed; empty when it was not given
 * @throws InputError
 */
export function readInputs(get: (name: string) => string): Inputs {
  return {
    policy: readPolicy(get),
    mode: oneOf(get, "mode", ["audit", "enforce"]),
    failOnViolation: oneOf(get, "fail-on", ["violation", "never"]) !== "never",
    sarifFile: readSarifFile(get("sarif-file")),
    annotations: oneOf(get, "annotations", ["true", "false"]) !== "false",
    summary: oneOf(get, "summary", ["true", "false"]) !== "false",
    matrix: readMatrix(get("matrix")),
  };
}

/** By name, so that the same place has the same words in each run. */
function readMatrix(given: string): string | null {
  if (given === "") return null;
  try {
    const matrix = parseJson(v.nullable(v.record(v.string(), v.unknown())), given, "matrix");
    const names = Object.keys(matrix ?? {}).sort();
    const text = names.map((name) => `${name}=${wordOf(matrix?.[name])}`).join(", ");
    return text === "" ? null : text;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new InputError(`${error.message}: it is the job's matrix as JSON; leave it to its default`);
  }
}

function wordOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function readPolicy(get: (name: string) => string): PolicyInput {
  const [text, file] = [get("policy"), get("policy-file")];
  const [egressPolicy, allowedEndpoints] = [get("egress-policy"), get("allowed-endpoints")];
  const given = Object.entries({ policy: text, "policy-file": file, "egress-policy": egressPolicy || allowedEndpoints })
    .filter(([, value]) => value !== "")
    .map(([name]) => name);
  if (given.length > 1)
    throw new InputError(`the policy is given ${given.length} times (${given.join(", ")}): keep one`);
  if (text !== "") return { from: "text", text };
  if (file !== "") return { from: "file", file };
  if (given.length === 1) return { from: "harden-runner", egressPolicy, allowedEndpoints };
  return { from: "default" };
}

function readSarifFile(given: string): string | null {
  if (given === "") return null;
  const file = path.normalize(given);
  if (path.isAbsolute(file) || file === ".." || file.startsWith("../") || file.endsWith("/") || file === ".") {
    throw new InputError(`sarif-file is a file inside the workspace, relative to it, not ${JSON.stringify(given)}`);
  }
  return file;
}

function oneOf<Word extends string>(get: (name: string) => string, name: string, words: readonly Word[]): Word | null {
  const given = get(name);
  if (given === "") return null;
  const word = words.find((one) => one === given);
  if (word === undefined) throw new InputError(`${name} is ${words.join(" or ")}, not ${JSON.stringify(given)}`);
  return word;
}
