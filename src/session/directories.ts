/** Making directories one by one: Node's own way never ends where a file system says ENOENT to a mkdir, as /proc does. */
import { mkdirSync, statSync } from "node:fs";
import path from "node:path";

/**
 * Makes what is missing of an absolute path.
 * @param made gets each directory that was made, outermost first, also when a later one fails
 */
export function makeDirectories(directory: string, made: string[] = []): void {
  const missing: string[] = [];
  for (let at = directory; !isDirectory(at); at = path.dirname(at)) missing.unshift(at);
  for (const one of missing) {
    mkdirSync(one);
    made.push(one);
  }
}

/** @throws Error when something else is there, or it may not be looked at */
function isDirectory(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined || found.isDirectory()) return found !== undefined;
  throw new Error(`${file} is not a directory`);
}
