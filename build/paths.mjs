/** Where things are. Everything the build writes outside dist/ goes below out/ or the cache directory. */
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout, absolute. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
export const distDir = path.join(root, "dist");
export const outDir = path.join(root, "out");
/** Downloads that survive between runs: kernels, packages of the other architecture. */
export const cacheDir = path.resolve(root, process.env.WARDEN_CACHE ?? ".cache");

/** @param {string} file absolute or relative to the checkout */
export const fromRoot = (file) => path.resolve(root, file);

/**
 * Whether a module is the program that node was started with.
 * @param {string} url its import.meta.url
 */
export const isMain = (url) => process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);

/**
 * The machine's own Node, which has npm beside it. `npm run` puts node_modules/.bin before everything in PATH, and
 * there is a Node there too: the one that the action's tests run with, without npm.
 */
export const machineNode = findMachineNode();

function findMachineNode() {
  const found = (process.env.PATH ?? "")
    .split(path.delimiter)
    .map((directory) => path.join(directory, "node"))
    .concat(process.execPath)
    .map((file) => (existsSync(file) ? realpathSync(file) : ""))
    .find((file) => file !== "" && !file.includes(`${path.sep}node_modules${path.sep}`));
  if (found === undefined)
    throw new Error("there is no Node in PATH but that of node_modules: install Node 20 or newer");
  return found;
}
