/** One policy text, read and checked for its shape, with the positions of everything in it. */
import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import { messageOf } from "../common/errors.ts";
import type { Findings, Note, Position } from "./diagnostic.ts";
import { pathKey, positionsIn, scanToml, type TomlPath } from "./scan.ts";
import { type PolicyFile, PolicySchema } from "./schema.ts";
import { checkShape, shapeNote } from "./shape.ts";

export interface PolicyDocument {
  /** As the user named it, `inputs.policy`, or `preset:NAME`. */
  readonly file: string;
  readonly value: PolicyFile;
  /** Where the value at a path stands: a value, an array item, or the header of a table. */
  readonly valueAt: (path: TomlPath) => Position;
  /** Where the last key of a path stands. */
  readonly keyAt: (path: TomlPath) => Position;
}

/** More than the most rules need. */
export const MAX_POLICY_TEXT = 16 * 1024 * 1024;
/** The deepest a valid policy goes is four. */
const MAX_DEPTH = 32;

/** Reads one text. Null means that `findings` has at least one new error. */
export function readDocument(text: string, file: string, findings: Findings): PolicyDocument | null {
  const start = { line: 1, column: 1 };
  if (text.length > MAX_POLICY_TEXT) {
    findings.error(file, start, {
      message: "the policy is larger than 16 MiB",
      fix: "cover more with fewer rules, e.g. a subtree dir/** or a prefix 10.0.0.0/8",
    });
    return null;
  }
  const source = text.replace(/^\ufeff/, "");
  const raw = parseToml(source, file, findings);
  if (raw === null) return null;

  const spans = scanToml(source);
  const position = positionsIn(source);
  const locate = (path: TomlPath, offset: "key" | "start"): Position => {
    for (let length = path.length; length > 0; length--) {
      const span = spans.get(pathKey(path.slice(0, length)));
      if (span !== undefined) return position(span[offset]);
    }
    return start;
  };
  const keyAt = (path: TomlPath) => locate(path, "key");
  const valueAt = (path: TomlPath) => locate(path, "start");

  const shape = checkShape(PolicySchema, raw);
  for (const { path, note } of shape.problems) findings.error(file, keyAt(path), note);
  const result = v.safeParse(PolicySchema, shape.value);
  if (!result.success) {
    for (const issue of result.issues) {
      const path = issuePath(issue);
      findings.error(file, valueAt(path), shapeNote(issue, path));
    }
    return null;
  }
  if (result.output.version === undefined) {
    findings.warn(file, start, {
      message: "the policy names no version; it is taken as version 1",
      fix: "begin it with `version = 1`",
    });
  }
  return { file, value: result.output, keyAt, valueAt };
}

function parseToml(text: string, file: string, findings: Findings): Record<string, unknown> | null {
  try {
    return parse(text, { maxDepth: MAX_DEPTH });
  } catch (error) {
    const at = error instanceof TomlError ? { line: error.line, column: error.column } : { line: 1, column: 1 };
    const reason = messageOf(error).split("\n")[0] ?? "";
    findings.error(file, at, tomlNote(reason.replace(/^Invalid TOML document: /, "")));
    return null;
  }
}

function tomlNote(reason: string): Note {
  const hints: readonly (readonly [RegExp, string])[] = [
    [/redefine/, "write each section and each key once"],
    [/unfinished string/, "close the string with a quote"],
    [/control characters/, "remove the control character"],
    [/unfinished array/, "close the list with ]"],
    [/unfinished table/, "close the table with }"],
    [/escape/, "write a backslash as \\\\, or use single quotes"],
    [/nested/, "a policy needs no nesting beyond its sections"],
    [/end-of-line/, "put each `key = value` on its own line"],
    [/invalid value|illegal|numeric/, "put strings in double quotes"],
  ];
  const hint = hints.find(([pattern]) => pattern.test(reason));
  return { message: `not valid TOML: ${reason}`, fix: hint?.[1] ?? "correct the TOML syntax here" };
}

function issuePath(issue: v.BaseIssue<unknown>): TomlPath {
  return (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
}
