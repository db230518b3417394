/** dist/manifest.json: what is in dist/, by SHA-256 and size, and the packages that compiled its native files. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { messageOf } from "./exec.mjs";

export const manifestName = "manifest.json";

/**
 * @typedef {{ version: 1, files: Record<string, { sha256: string, size: number }>,
 *   toolchain: import("./toolchain.mjs").Toolchain }} Manifest
 */

/** @param {string} directory @returns {Manifest["files"]} of every file in it but the manifest, in order of name */
export function digests(directory) {
  const names = readdirSync(directory).filter((name) => name !== manifestName);
  return Object.fromEntries(
    names.sort().map((name) => {
      const bytes = readFileSync(path.join(directory, name));
      return [name, { sha256: createHash("sha256").update(bytes).digest("hex"), size: bytes.length }];
    }),
  );
}

/**
 * @param {string} directory
 * @param {import("./toolchain.mjs").Toolchain} toolchain
 */
export function manifestText(directory, toolchain) {
  return `${JSON.stringify({ version: 1, files: digests(directory), toolchain }, null, 2)}\n`;
}

/** @param {string} directory @returns {Manifest} @throws when there is none that parses */
export function readManifest(directory) {
  const file = path.join(directory, manifestName);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
