/** The set-up of a fresh machine: distribution packages, npm packages, kernels. What is there already costs no time. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { mirrorPackages } from "../test/vm/apt.mjs";
import { architectureFacts } from "../test/vm/architectures.mjs";
import { ensureKernel } from "../test/vm/fetch.mjs";
import { ensureUserSpace } from "../test/vm/userspace.mjs";
import { isMain, root } from "./paths.mjs";
import { retried, SetupError, say, work } from "./steps.mjs";

/** @typedef {import("../test/vm/architectures.mjs").Architecture} Architecture */

/** What the virtual machine rig needs on any machine; sudo is for the user `runner` inside, as on hosted runners. */
const RIG_PACKAGES = ["btrfs-progs", "busybox-static", "zstd", "xz-utils", "kmod", "sudo"];

/**
 * What the rig needs to boot kernels of an architecture; those of another one than the machine's are wanted by the matrix
 * alone. @param {Architecture} arch
 */
export const vmPackages = (arch) => [architectureFacts(arch).emulatorPackage, ...RIG_PACKAGES];

/** Everything that the build and the tests need. */
export const PACKAGES = [
  ...vmPackages("x86_64"),
  ..."clang llvm lld libbpf-dev libelf-dev zlib1g-dev gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross".split(
    " ",
  ),
  ..."cpio clang-format git libclang-rt-dev".split(" "),
];

/** The kernels that the tests boot. */
export const KERNELS = ["5.10", "6.1", "6.12", "newest"];

/**
 * Why the set-up cannot work on a machine, with what would; empty when it can. The virtual machines run this machine's
 * own programs on an x86-64 kernel, and the packages are those of Debian and Ubuntu.
 * @param {{ platform: string, arch: string, node: string }} machine as `process` tells them
 */
export function machineProblem({ platform, arch, node }) {
  const wanted = "the set-up works on Debian and Ubuntu on x86-64, with Node 20 or newer";
  if (platform !== "linux") return `this machine runs ${platform}: ${wanted}`;
  if (arch !== "x64") return `this machine is ${arch}: ${wanted}`;
  if (Number(node.split(".")[0]) < 20) return `this is Node ${node}: ${wanted}`;
  return "";
}

/** This machine, for machineProblem(). */
export const thisMachine = { platform: process.platform, arch: process.arch, node: process.versions.node };

/** @param {readonly string[]} names */
function missingPackages(names) {
  const query = spawnSync("dpkg-query", ["-W", "-f", "${Package} ${db:Status-Status}\n", ...names], {
    encoding: "utf8",
  });
  if (query.error) throw new SetupError("this machine has no dpkg: the set-up works on Debian and Ubuntu on x86-64");
  const installed = new Set(
    query.stdout
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return [...new Set(names)].filter((name) => !installed.has(name));
}

/** What to put before a command that only root may run. @param {string[]} needed packages, for the message */
function asRoot(needed) {
  if (process.getuid?.() === 0) return [];
  if (spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0) return ["sudo", "-n"];
  throw new SetupError(
    `packages are missing and this user may not install them; as root: apt-get install ${needed.join(" ")}`,
  );
}

/** Installs those of the named packages that are missing. @param {readonly string[]} names @throws SetupError */
export async function ensurePackages(names) {
  const problem = machineProblem(thisMachine);
  if (problem !== "") throw new SetupError(problem);
  const missing = missingPackages(names);
  if (missing.length === 0) return;
  const prefix = asRoot(missing);
  say(`installing ${missing.length} packages with apt: ${missing.join(" ")}`);
  const apt = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"];
  await retried("reading package lists", () => work("reading package lists", [...apt, "update"]));
  const install = [...apt, "install", "-y", "--no-install-recommends", ...missing];
  await retried("installing packages", () => work("installing packages", install));
}

/**
 * @param {string} file a lockfile
 * @returns {Record<string, { version?: string, optional?: boolean }> | undefined} place -> package
 */
function packagesOf(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : undefined;
}

/** Whether node_modules holds what the lockfile says: npm keeps its own account of what it installed. @param {string} directory */
export function npmIsFresh(directory) {
  const wanted = packagesOf(path.join(directory, "package-lock.json"));
  const present = packagesOf(path.join(directory, "node_modules/.package-lock.json"));
  if (wanted === undefined || present === undefined) return false;
  const places = Object.keys(wanted).filter((place) => place !== "");
  // A package for another system is optional, and absent.
  const complete = places.every((place) => present[place] !== undefined || wanted[place]?.optional === true);
  return complete && Object.entries(present).every(([place, entry]) => wanted[place]?.version === entry.version);
}

/** Runs `npm ci` in `directory` unless node_modules is what the lockfile says. @throws SetupError */
export async function ensureNpm(directory = root) {
  if (npmIsFresh(directory)) return;
  const count = Object.keys(packagesOf(path.join(directory, "package-lock.json")) ?? {}).length - 1;
  say(`installing ${count} npm packages (npm ci)`);
  const argv = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"];
  await retried("npm ci", () => work("npm ci", argv, { cwd: directory }));
}

/**
 * Puts the named kernels (`X.Y` or `newest`) into the cache, and what a guest with them runs.
 * @param {readonly string[]} names @param {Architecture} [arch] @throws SetupError
 */
export async function ensureKernels(names, arch = "x86_64") {
  const found = [];
  if (names.length > 0) await ensureUserSpace(arch);
  for (const name of names) found.push(await ensureKernel(name, arch));
  return found;
}

/**
 * Does what is named and not yet done, packages first.
 * @param {{ packages?: readonly string[], npm?: boolean, kernels?: readonly string[], arch?: Architecture }} wanted `arch`: of the kernels
 * @throws SetupError with a message for the reader
 */
export async function ensure({ packages = [], npm = false, kernels = [], arch = "x86_64" }) {
  const forKernels = kernels.length > 0 ? [...vmPackages(arch), ...mirrorPackages()] : [];
  await ensurePackages([...packages, ...forKernels]);
  if (npm) await ensureNpm();
  return { kernels: await ensureKernels(kernels, arch) };
}

/** @param {string[]} argv */
async function main(argv) {
  /** @type {{ packages: string[], npm: boolean, kernels: string[] }} */
  const wanted = { packages: [], npm: false, kernels: [] };
  for (const word of argv) {
    const [name, value] = word.split("=");
    if (name === "--packages") wanted.packages = PACKAGES;
    else if (name === "--npm") wanted.npm = true;
    else if (name === "--kernels") wanted.kernels = value === undefined ? KERNELS : value.split(",");
    else
      throw new SetupError(
        "usage: node build/setup.mjs [--packages] [--npm] [--kernels[=6.12,newest]] (nothing named: all)",
      );
  }
  const { kernels } = await ensure(argv.length === 0 ? { packages: PACKAGES, npm: true, kernels: KERNELS } : wanted);
  for (const kernel of kernels) say(`kernel ${kernel.kernel}: ${kernel.release} (Debian ${kernel.version})`);
  say("everything is in place");
}

if (isMain(import.meta.url)) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
