/**
 * Where each package stands in a package-lock.json, so that a finding can point at the dependency to blame.
 *
 * Format: npm's `package-lock.json(5)`; `packages` (lockfileVersion 2 and 3, keyed by directory) or `dependencies`
 * (version 1, keyed by name, nested).
 */
import * as v from "valibot";
import { parseJson } from "../common/json.ts";
import type { Anchor } from "../report/report.ts";
import { locateObjects } from "./json-lines.ts";

// valibot takes an array for an object; npm does not.
const JsonObject = v.custom<object>((value) => typeof value === "object" && value !== null && !Array.isArray(value));
const Section = v.pipe(JsonObject, v.record(v.string(), JsonObject));
const Lockfile = v.pipe(JsonObject, v.object({ packages: v.optional(Section), dependencies: v.optional(Section) }));

/**
 * Package name to the lines of its entry. A package that is there in several versions has the line of the one that
 * is installed closest to the root.
 * @param path repository-relative, goes into the anchors
 * @throws JsonError when the text is not JSON, or not the JSON of a lockfile
 */
export function mapPackages(text: string, path: string): Readonly<Record<string, Anchor>> {
  const version1 = parseJson(Lockfile, text, `${path} is not a package-lock.json`).packages === undefined;

  const best = new Map<string, { readonly depth: number; readonly anchor: Anchor }>();
  for (const { keys, startLine, endLine } of locateObjects(text)) {
    const found = version1 ? nameInDependencies(keys) : nameInPackages(keys);
    if (!found || (best.get(found.name)?.depth ?? Number.POSITIVE_INFINITY) <= found.depth) continue;
    best.set(found.name, { depth: found.depth, anchor: { path, startLine, endLine } });
  }
  return Object.fromEntries([...best].map(([name, { anchor }]) => [name, anchor]));
}

interface Found {
  readonly name: string;
  /** How many `node_modules` lie above. */
  readonly depth: number;
}

function nameInPackages(keys: readonly string[]): Found | null {
  const [section, directory, ...more] = keys;
  if (section !== "packages" || directory === undefined || more.length > 0) return null;
  const segments = directory.split("node_modules/");
  const name = segments.at(-1);
  return segments.length > 1 && name ? { name, depth: segments.length - 1 } : null;
}

function nameInDependencies(keys: readonly string[]): Found | null {
  // dependencies.NAME, dependencies.NAME.dependencies.NAME and so on.
  if (keys.length % 2 !== 0 || keys.some((key, index) => index % 2 === 0 && key !== "dependencies")) return null;
  const name = keys.at(-1);
  return name ? { name, depth: keys.length / 2 } : null;
}
