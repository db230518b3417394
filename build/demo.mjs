/**
 * Set-up of the main example: fetches the packages of workflows-examples/guarded-build into a cache of npm's own
 * kind, so that the virtual machine, which has no network, installs from it.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as v from "valibot";
import { run } from "./exec.mjs";
import { cacheDir, fromRoot, isMain } from "./paths.mjs";
import { retried, SetupError, say, work } from "./steps.mjs";

/** The example, absolute. */
export const project = fromRoot("workflows-examples/guarded-build");
const store = path.join(cacheDir, "demo");

/** What belongs to the project: everything that is committed, nothing that a build made. */
export const projectFiles = [
  ".github",
  ".mocharc.json",
  ".npmrc",
  "package-lock.json",
  "package.json",
  "src",
  "test",
  "vendor",
];

const Lockfile = v.object({
  packages: v.record(v.string(), v.looseObject({ optional: v.optional(v.boolean()) })),
});

/** How many packages an install brings at least; those for other systems are optional and stay away. */
export function installedPackages() {
  const { packages } = v.parse(Lockfile, JSON.parse(readFileSync(path.join(project, "package-lock.json"), "utf8")));
  return Object.entries(packages).filter(([place, entry]) => place !== "" && !entry.optional).length;
}

/**
 * Settings for the .npmrc of the guest's copy: the cache is keyed by registry address, so it must be the one the
 * packages were fetched from.
 * @param {string} npmVersion
 */
function offlineSettings(npmVersion) {
  /** @type {Record<string, string>} */
  const settings = {
    offline: "true",
    registry: run("npm", ["config", "get", "registry", "--loglevel=error"], { cwd: project }).trim(),
  };
  // From version 12 on, npm runs no install script that nobody approved; the one of the example is the attack.
  if (Number(npmVersion.split(".")[0]) >= 12) settings["dangerously-allow-all-scripts"] = "true";
  return Object.entries(settings).map(([name, value]) => `${name}=${value}`);
}

/**
 * Fills the cache unless it holds what the lockfile names.
 * @returns {Promise<{ packageCache: string, npmrc: string[] }>} npm's cache directory (read only: copy it), and lines for .npmrc
 * @throws SetupError
 */
export async function ensureDemo() {
  const npmVersion = run("npm", ["--version", "--loglevel=error"]).trim();
  const npmrc = offlineSettings(npmVersion);
  const digest = createHash("sha256").update(JSON.stringify([npmVersion, npmrc]));
  for (const name of ["package-lock.json", "package.json", ".npmrc"])
    digest.update(readFileSync(path.join(project, name)));
  const stamp = digest.digest("hex");
  const stampFile = path.join(store, "stamp");
  const packageCache = path.join(store, "npm");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return { packageCache, npmrc };

  say(`fetching ${installedPackages()} npm packages of the example for the machine without a network`);
  rmSync(store, { recursive: true, force: true });
  mkdirSync(store, { recursive: true });
  // Outside the checkout: npm would take the settings and the node_modules of an enclosing project for its own.
  const scratch = mkdtempSync(path.join(tmpdir(), "warden-demo-"));
  try {
    for (const name of projectFiles) cpSync(path.join(project, name), path.join(scratch, name), { recursive: true });
    const argv = ["npm", "ci", "--ignore-scripts", "--loglevel=error", "--cache", packageCache];
    await retried("npm ci", () => work("npm ci", argv, { cwd: scratch }));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  rmSync(path.join(packageCache, "_logs"), { recursive: true, force: true });
  writeFileSync(stampFile, stamp);
  return { packageCache, npmrc };
}

if (isMain(import.meta.url)) {
  try {
    const { packageCache } = await ensureDemo();
    say(`${installedPackages()} packages are in ${packageCache}`);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
