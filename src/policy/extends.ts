/** Follows `extends`: a policy and everything it starts from, bases first. */
import { posix } from "node:path";
import { messageOf } from "../common/errors.ts";
import { type Findings, type Note, show } from "./diagnostic.ts";
import { type PolicyDocument, readDocument } from "./document.ts";
import { presetNames, presetText } from "./presets.ts";
import { nearest } from "./suggest.ts";

/** Reads a file that a policy extends; throws when it cannot. The path is relative to what the root's name is relative to. */
export type ReadFile = (path: string) => string;

const MAX_DOCUMENTS = 32;

/**
 * The documents in the order they apply: what is extended comes before what extends it, in the order of the list.
 * A document that is reached twice counts once, where it is reached first.
 */
export function collectDocuments(
  root: PolicyDocument,
  readFile: ReadFile | undefined,
  findings: Findings,
): readonly PolicyDocument[] {
  const done: PolicyDocument[] = [];
  const seen = new Set<string>();

  const visit = (document: PolicyDocument, trail: readonly string[]) => {
    for (const [index, name] of (document.value.extends ?? []).entries()) {
      const target = find(name, document, trail);
      if ("message" in target) findings.error(document.file, document.valueAt(["extends", index]), target);
      else if (target.text !== null) {
        const next = readDocument(target.text, target.file, findings);
        if (next !== null) visit(next, [...trail, target.file]);
      }
    }
    done.push(document);
  };

  /** What a name stands for; its text is null when it has been read before. */
  const find = (name: string, document: PolicyDocument, trail: readonly string[]): Target | Note => {
    const target = resolve(name, document.file);
    if ("message" in target) return target;
    if (trail.includes(target.file))
      return {
        message: `${show(name)} extends itself: ${[...trail, target.file].join(" -> ")}`,
        fix: "remove one of these from its `extends`",
      };
    if (seen.has(target.file)) return { ...target, text: null };
    seen.add(target.file);
    if (seen.size > MAX_DOCUMENTS)
      return {
        message: `the policy extends more than ${MAX_DOCUMENTS} files`,
        fix: "put their rules into fewer files",
      };
    const text = target.text ?? readText(target.file, name, readFile);
    return typeof text === "string" ? { ...target, text } : text;
  };

  visit(root, [posix.normalize(root.file)]);
  return done;
}

type Target = { readonly file: string; readonly text: string | null };

function resolve(name: string, from: string): Target | Note {
  const preset = presetText(name);
  if (preset !== null) return { file: `preset:${name}`, text: preset };
  if (name.startsWith("./")) {
    if (!name.endsWith(".toml") || /[\u0000-\u001f\u007f]/.test(name))
      return { message: `${show(name)} is not a policy file`, fix: 'write "./NAME.toml"' };
    if (name.split("/").includes(".."))
      return {
        message: `${show(name)} leads out of the policy's directory`,
        fix: "put the file beside this one, or below",
      };
    return { file: posix.join(posix.dirname(from), name), text: null };
  }
  const near = nearest(name, presetNames);
  if (near !== null) return { message: `unknown preset ${show(name)}`, fix: `write "${near}"` };
  if (name.includes("/") || name.endsWith(".toml"))
    return { message: `${show(name)} does not begin with "./"`, fix: 'write "./NAME.toml", relative to this policy' };
  return { message: `unknown preset ${show(name)}`, fix: `write one of ${presetNames.join(", ")}, or "./NAME.toml"` };
}

function readText(file: string, name: string, readFile: ReadFile | undefined): string | Note {
  if (readFile === undefined)
    return {
      message: `${show(name)} cannot be extended from here`,
      fix: "put the policy into a file in the repository",
    };
  try {
    return readFile(file);
  } catch (error) {
    return {
      message: `cannot read ${show(name)}: ${messageOf(error)}`,
      fix: `create ${file}, or remove it from \`extends\``,
    };
  }
}
