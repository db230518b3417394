/** Unknown keys and values of the wrong type, with what was probably meant. */
import type * as v from "valibot";
import { type Note, show } from "./diagnostic.ts";
import type { TomlPath } from "./scan.ts";
import { nearest } from "./suggest.ts";

export interface ShapeProblem {
  readonly path: TomlPath;
  readonly note: Note;
}

type Table = Readonly<Record<string, unknown>>;

/**
 * Finds every unknown key and every value that should be a table but is not (the validator alone stops at the
 * first, and takes lists and dates for tables). `value` is the input without them, so that the rest can be checked.
 */
export function checkShape(
  schema: v.GenericSchema,
  input: Table,
): { readonly value: Table; readonly problems: readonly ShapeProblem[] } {
  const problems: ShapeProblem[] = [];
  const homes = keyHomes(schema);

  const prune = (node: v.GenericSchema, value: unknown, path: TomlPath): unknown => {
    const inner = unwrap(node);
    const entries = entriesOf(inner);
    const each = eachOf(inner);
    if (entries === null && each === null) return value;
    if (!isTable(value)) {
      problems.push({ path, note: notTable(path, value) });
      return undefined;
    }
    const kept: [string, unknown][] = [];
    for (const key of Object.keys(value)) {
      const child = each ?? (entries !== null && Object.hasOwn(entries, key) ? entries[key] : undefined);
      if (child === undefined) {
        problems.push({ path: [...path, key], note: unknownKey([...path, key], Object.keys(entries ?? {}), homes) });
        continue;
      }
      const result = prune(child, value[key], [...path, key]);
      if (result !== undefined) kept.push([key, result]);
    }
    return Object.fromEntries(kept);
  };

  const value = prune(schema, input, []);
  return { value: isTable(value) ? value : {}, problems };
}

/** What to say about a value that the validator refused. */
export function shapeNote(issue: v.BaseIssue<unknown>, path: TomlPath): Note {
  const name = dotted(path);
  const got = describe(issue.input);
  switch (issue.type) {
    case "picklist": {
      const choices = (issue.expected ?? "").replace(/[()"]/g, "").split(" | ");
      const words = choices.map((c) => `"${c}"`).join(" or ");
      const near = typeof issue.input === "string" ? nearest(issue.input, choices) : null;
      return { message: `${name} must be ${words}, not ${got}`, fix: `write ${near === null ? words : `"${near}"`}` };
    }
    case "literal":
      return { message: `${name} must be ${issue.expected}, not ${got}`, fix: `write \`${name} = ${issue.expected}\`` };
    case "array":
      return {
        message: `${name} must be a list, not ${got}`,
        fix:
          typeof issue.input === "string" ? `write [${show(issue.input)}]` : 'write a list of strings, e.g. ["a", "b"]',
      };
    case "string":
      return { message: `${name} must be a string, not ${got}`, fix: "put it in double quotes" };
    default:
      return { message: `${name} cannot be ${got}`, fix: "see docs/policy.md for what can stand here" };
  }
}

function unknownKey(path: TomlPath, siblings: readonly string[], homes: ReadonlyMap<string, readonly string[]>): Note {
  const key = String(path.at(-1));
  const section = path.slice(0, -1);
  const where = section.length === 0 ? "" : ` in [${dotted(section)}]`;
  const message = `unknown key ${show(key)}${where}`;
  const near = nearest(key, siblings);
  if (near !== null) return { message, fix: `write \`${near}\`` };
  const home = homes.get(key);
  if (home?.includes(""))
    return { message, fix: `\`${key}\` is a key of the whole policy: move it above the first [section]` };
  if (home !== undefined) return { message, fix: `\`${key}\` belongs in ${home.map((h) => `[${h}]`).join(", ")}` };
  return { message, fix: `remove it; known here: ${siblings.join(", ")}` };
}

function notTable(path: TomlPath, value: unknown): Note {
  const name = dotted(path);
  return {
    message: `${name} must be a section, not ${describe(value)}`,
    fix: `write [${name}] on a line of its own, with its keys below`,
  };
}

/** In which sections each known key stands ("" is the whole policy), without the per-step copies. */
function keyHomes(schema: v.GenericSchema): ReadonlyMap<string, readonly string[]> {
  const homes = new Map<string, string[]>();
  const walk = (node: v.GenericSchema, section: string) => {
    for (const [key, child] of Object.entries(entriesOf(unwrap(node)) ?? {})) {
      homes.set(key, [...(homes.get(key) ?? []), section]);
      walk(child, section === "" ? key : `${section}.${key}`);
    }
  };
  walk(schema, "");
  return homes;
}

// The validator's schemas are data; these three read the parts of them that its types do not show.
function unwrap(schema: v.GenericSchema): v.GenericSchema {
  return schema.type === "exact_optional" && "wrapped" in schema ? (schema.wrapped as v.GenericSchema) : schema;
}

function entriesOf(schema: v.GenericSchema): Readonly<Record<string, v.GenericSchema>> | null {
  if (schema.type !== "strict_object" || !("entries" in schema)) return null;
  return schema.entries as Readonly<Record<string, v.GenericSchema>>;
}

function eachOf(schema: v.GenericSchema): v.GenericSchema | null {
  return schema.type === "record" && "value" in schema ? (schema.value as v.GenericSchema) : null;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function dotted(path: TomlPath): string {
  let out = "";
  for (const part of path) {
    if (typeof part === "number") out += `[${part}]`;
    else out += `${out === "" ? "" : "."}${/^[A-Za-z0-9_-]{1,64}$/.test(part) ? part : show(part)}`;
  }
  return out;
}

function describe(value: unknown): string {
  if (typeof value === "string") return show(value);
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  return typeof value === "object" && value !== null ? "a section" : String(value);
}
