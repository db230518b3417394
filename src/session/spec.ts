/**
 * What a session is: `spec.json` in its directory, written by the one who starts it and read by the agent.
 *
 * The agent's user cannot enter the workspace or the caller's home, so all that its reports need is in here, as text
 * that nobody has parsed yet.
 */

import * as v from "valibot";
import { parseJson } from "../common/json.ts";

export const SPEC_VERSION = 1;

const nullableText = v.nullable(v.string());
const file = v.strictObject({ path: v.string(), text: v.string() });

/** Where the rules come from: a policy in Warden's own language, or harden-runner's two inputs. */
const policy = v.union([
  v.strictObject({
    /** The policy's name for messages: the file as the user gave it, or `inputs.policy`. */
    file: v.string(),
    text: v.string(),
    /** What it extends: path as `loadPolicy` asks its `readFile` for it -> text. Presets are not among them. */
    extends: v.record(v.string(), v.string()),
  }),
  v.strictObject({ hardenRunner: v.strictObject({ egressPolicy: v.string(), allowedEndpoints: v.string() }) }),
]);

const absolute = v.pipe(v.string(), v.startsWith("/"));

export const sessionSpec = v.strictObject({
  v: v.literal(SPEC_VERSION),
  id: v.pipe(v.string(), v.regex(/^[a-z0-9]{10}$/)),
  /** Warden's own, for the reports. */
  version: v.string(),
  origin: v.picklist(["run", "action"]),
  /** When the session was asked for, ISO 8601. */
  started: v.pipe(v.string(), v.isoTimestamp()),
  /** Overrides the mode of the policy. */
  mode: v.nullable(v.picklist(["audit", "enforce"])),
  policy,
  /** What `~`, `${workspace}` and `${temp}` in the policy stand for. */
  context: v.strictObject({ home: absolute, workspace: absolute, temp: v.nullable(absolute) }),
  workflow: v.strictObject({
    name: nullableText,
    job: nullableText,
    /** Repository-relative, e.g. `.github/workflows/ci.yml`. */
    path: nullableText,
    matrix: nullableText,
    /** The workflow file; null when it is not at hand. */
    text: nullableText,
  }),
  /** package-lock.json files; paths repository-relative. */
  lockfiles: v.array(file),
});

export type SessionSpec = v.InferOutput<typeof sessionSpec>;
export type PolicySource = SessionSpec["policy"];

/** @throws JsonError */
export function parseSpec(text: string): SessionSpec {
  return parseJson(sessionSpec, text, "spec.json");
}
