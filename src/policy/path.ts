/**
 * Paths of file rules: the three forms (exact, subtree, name anywhere), variables, and what to write instead of
 * anything else. Purely lexical: which inode a path names is known only on the machine.
 */
import { type Note, show } from "./diagnostic.ts";
import type { PathForm } from "./rules.ts";
import { nearest } from "./suggest.ts";

/** What the variables stand for: absolute paths. `temp` is null where there is no runner (no RUNNER_TEMP). */
export interface PathContext {
  readonly home: string;
  readonly workspace: string;
  readonly temp: string | null;
}

export type PathResult =
  | { readonly ok: true; readonly target: PathForm }
  /** `unset`: the path is well formed, but its variable has no value here. */
  | { readonly ok: false; readonly error: Note; readonly unset: boolean };

/** What is wrong, and what could be written instead: `otherwise` when none of the candidates can be read either. */
interface Refusal {
  readonly ok: false;
  readonly message: string;
  readonly otherwise: string;
  readonly candidates: readonly string[];
  readonly unset: boolean;
}

type Read = { readonly ok: true; readonly target: PathForm } | Refusal;

/** The kernel side's key for a name (`WARDEN_NAME` in bpf/warden.h) holds 64 bytes: a longer name is cut to 63, and must match no rule. */
const MAX_RULE_NAME = 62;
/** The kernel's own limits: NAME_MAX, and PATH_MAX without its NUL. */
const MAX_NAME = 255;
const MAX_PATH = 4095;

const VARIABLES = ["home", "workspace", "temp"] as const;
const KNOWN_VARIABLES = "write one of ${workspace}, ${temp}, ${home}";
const ENVIRONMENT = new Map([
  ["HOME", "home"],
  ["GITHUB_WORKSPACE", "workspace"],
  ["RUNNER_TEMP", "temp"],
]);
const ANY_FORM = 'write an exact path, "dir/**" for all below a directory, or "**/NAME" for a name anywhere';

const bytes = (text: string) => new TextEncoder().encode(text).length;

/** Reads one path. Never throws; what it cannot read it refuses with a reason and the nearest form that works. */
export function parsePath(text: string, context: PathContext): PathResult {
  const result = readPath(text, context);
  if (result.ok) return result;
  const works = result.candidates.filter((candidate) => readPath(candidate, context).ok);
  const fix = works.length === 0 ? result.otherwise : `write ${works.map(show).join(" or ")}`;
  return { ok: false, error: { message: result.message, fix }, unset: result.unset };
}

/** The text of a path form, as `parsePath` reads it. */
export function formatPath(target: PathForm): string {
  switch (target.form) {
    case "exact":
      return target.path;
    case "subtree":
      return target.path === "/" ? "/**" : `${target.path}/**`;
    case "name":
      return `**/${target.name}`;
  }
}

function readPath(text: string, context: PathContext): Read {
  const odd = oddCharacters(text);
  if (odd !== null) return refuse(odd.message, odd.fix);
  if (text.startsWith("**/")) return readName(text);

  const start = expandStart(text, context);
  if (!start.ok) return start;
  const shape = readShape(text, start.rest);
  if (!shape.ok) return shape;

  const parts = [...start.base.split("/"), ...shape.path.split("/")].filter((part) => part !== "" && part !== ".");
  if (parts.includes(".."))
    return refuse(`the path ${show(text)} holds ".."`, 'write the path without ".."', withoutDots(parts, shape.form));
  const long = parts.find((part) => bytes(part) > MAX_NAME);
  if (long !== undefined)
    return refuse(`the name ${show(long)} is ${bytes(long)} bytes long; no name can exceed ${MAX_NAME}`, "shorten it");
  const path = `/${parts.join("/")}`;
  if (bytes(path) > MAX_PATH)
    return refuse(`the path is ${bytes(path)} bytes long; no path can exceed ${MAX_PATH}`, "shorten it");
  return { ok: true, target: { form: shape.form, path } };
}

function oddCharacters(text: string): Note | null {
  if (text.trim() === "") return { message: "the path is empty", fix: 'write a path, e.g. "${workspace}/**"' };
  if (text.includes("\0")) return { message: `the path ${show(text)} holds a NUL byte`, fix: "remove it" };
  if (/[\u0001-\u001f\u007f]|\p{Surrogate}/u.test(text))
    return { message: `the path ${show(text)} holds a control character`, fix: "remove it" };
  return null;
}

function readName(text: string): Read {
  const name = text.slice(3);
  const wild = wildcard(name);
  if (name === "" || name === "*" || name === "**") return refuse(`${show(text)} names no file`, ANY_FORM, "/**");
  if (name.includes("/")) {
    const leaf =
      name
        .replace(/(\/\*\*?)+$|\/+$/, "")
        .split("/")
        .at(-1) ?? "";
    return refuse(
      `${show(text)}: only one name can follow **/`,
      ANY_FORM,
      `**/${leaf}`,
      `\${workspace}/${literalStart(name)}**`,
    );
  }
  if (name === "." || name === "..") return refuse(`${show(text)} names no file`, ANY_FORM);
  if (wild !== null)
    return refuse(
      `${show(text)}: ${show(wild)} is not part of the three path forms`,
      'write "**/NAME" with the whole name, one entry for each, or "dir/**" for their directory',
    );
  if (bytes(name) > MAX_RULE_NAME)
    return refuse(
      `the name ${show(name)} is ${bytes(name)} bytes long and a name rule can hold ${MAX_RULE_NAME}`,
      'write the exact path of the file, or "dir/**" for its directory',
    );
  return { ok: true, target: { form: "name", name } };
}

type Start = { readonly ok: true; readonly base: string; readonly rest: string } | Refusal;

/** Replaces a leading `~` or `${variable}`; `rest` is what follows it, empty or with its leading slash. */
function expandStart(text: string, context: PathContext): Start {
  const shown = show(text);
  if (text.startsWith("${{"))
    return refuse(`the path ${shown} holds a workflow expression, which is not expanded here`, KNOWN_VARIABLES);
  if (text.lastIndexOf("${") > 0)
    return refuse(`the path ${shown} has a variable inside`, "a variable can stand only at the start");

  const braced = /^\$\{([^}]*)\}/.exec(text);
  const known = VARIABLES.find((name) => name === braced?.[1]);
  if (braced !== null && known !== undefined)
    return expandTo(braced[0], context[known], text, text.slice(braced[0].length));
  if (text.startsWith("$")) {
    const name = braced?.[1] ?? /^\$\{?([A-Za-z0-9_]*)/.exec(text)?.[1] ?? "";
    const meant = ENVIRONMENT.get(name) ?? nearest(name, VARIABLES);
    return refuse(
      `the path ${shown} begins with an unknown variable`,
      meant === null ? KNOWN_VARIABLES : `write \${${meant}}`,
    );
  }
  if (text === "~" || text.startsWith("~/")) return expandTo("~", context.home, text, text.slice(1));
  if (text.startsWith("~")) return refuse(`the path ${shown}: only your own home is known`, "write its absolute path");
  if (!text.startsWith("/")) return refuse(`the path ${shown} is relative`, ANY_FORM, ...absolute(text));
  return { ok: true, base: "", rest: text };
}

function expandTo(written: string, value: string | null, text: string, rest: string): Start {
  if (rest !== "" && !rest.startsWith("/"))
    return refuse(`the path ${show(text)} lacks a slash after ${written}`, ANY_FORM, `${written}/${rest}`);
  if (value === null || value === "") {
    const setting = written === "${temp}" ? "RUNNER_TEMP" : written;
    const message = `${written} in ${show(text)} has no value here`;
    return { ...refuse(message, `run where ${setting} is set, or write an absolute path`), unset: true };
  }
  if (!value.startsWith("/") || oddCharacters(value) !== null)
    return refuse(`${written} stands for ${show(value)}, which is not an absolute path`, "set it to an absolute path");
  return { ok: true, base: value, rest };
}

type Shape = { readonly ok: true; readonly form: "exact" | "subtree"; readonly path: string } | Refusal;

/** Which form the part after a variable has. `text` is the whole rule, for the suggestions. */
function readShape(text: string, rest: string): Shape {
  const prefix = text.slice(0, text.length - rest.length);
  const isSubtree = rest.endsWith("/**");
  const path = isSubtree ? rest.slice(0, -3) : rest;
  const wild = wildcard(path);
  if (wild !== null) {
    const leaf = rest.slice(rest.lastIndexOf("/") + 1);
    const anywhere = rest.includes("/**/") && !isSubtree ? [`**/${leaf}`] : [];
    const below = `${prefix}${literalStart(rest)}**`;
    return refuse(`${show(text)}: ${show(wild)} is not part of the three path forms`, ANY_FORM, ...anywhere, below);
  }
  if (!isSubtree && rest.length > 1 && rest.endsWith("/")) {
    const dir = `${prefix}${rest.replace(/\/+$/, "")}`;
    return refuse(`the path ${show(text)} ends with a slash`, ANY_FORM, `${dir}/**`, dir);
  }
  return { ok: true, form: isSubtree ? "subtree" : "exact", path };
}

/** The first thing in a path that looks like a pattern: those are never taken literally, so that none misleads. */
function wildcard(text: string): string | null {
  return /\*+|\?|\[[^\]/]*\]?|\{[^}/]*\}?/.exec(text)?.[0] ?? null;
}

/** The directories before the first pattern, with a slash at the end: what a subtree rule could cover instead. */
function literalStart(path: string): string {
  const wild = wildcard(path);
  const literal = wild === null ? `${path.replace(/\/+$/, "")}/` : path.slice(0, path.indexOf(wild));
  return literal.slice(0, literal.lastIndexOf("/") + 1);
}

/** A relative path as it was probably meant. */
function absolute(text: string): readonly string[] {
  if (/^\*+$/.test(text)) return ["/**"];
  if (text.startsWith("*") && !text.includes("/")) return [];
  const rest = text.replace(/^(\.\/)+/, "");
  if (rest === "" || rest === ".") return ["${workspace}/**"];
  const isForm = wildcard(rest.replace(/\/\*\*$/, "")) === null && !rest.endsWith("/");
  return [isForm ? `\${workspace}/${rest}` : `\${workspace}/${literalStart(rest)}**`];
}

function withoutDots(parts: readonly string[], form: "exact" | "subtree"): string {
  const out: string[] = [];
  for (const part of parts) {
    if (part === "..") out.pop();
    else out.push(part);
  }
  return formatPath({ form, path: `/${out.join("/")}` });
}

function refuse(message: string, otherwise: string, ...candidates: readonly string[]): Refusal {
  return { ok: false, message, otherwise, candidates, unset: false };
}
