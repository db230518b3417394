/**
 * Which packages compile the native files, asked of dpkg by the file that is really used, so that the manifest names
 * `clang-14 1:14.0.6-12` and not a meta package. Three groups, because each output depends on its own: `bpf` on
 * clang; `x86_64` and `aarch64` on their compiler, linker and static libraries.
 *
 * linux-libc-dev is left out on purpose: it changes with every kernel update and its constants do not.
 */
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { arm64Packages } from "./arm64.mjs";
import { run } from "./exec.mjs";

/** @typedef {Record<string, string>} Versions package name -> version */
/** @typedef {{ bpf: Versions, x86_64: Versions, aarch64: Versions }} Toolchain */

export const architectures = /** @type {const} */ (["x86_64", "aarch64"]);

/** @param {"x86_64" | "aarch64"} architecture */
export const crossPrefix = (architecture) => `${architecture}-linux-gnu-`;

/** A tool or library that is missing, told with the packages that bring it. */
export class MissingToolchain extends Error {}

const packagesOf = {
  bpf: "clang llvm libbpf-dev linux-libc-dev",
  x86_64: "gcc binutils libc6-dev libbpf-dev libelf-dev zlib1g-dev",
  aarch64: "gcc-aarch64-linux-gnu binutils-aarch64-linux-gnu libc6-dev-arm64-cross",
};

/** @param {string} tool a program's name @returns {string} the file behind its name and links */
function programFile(tool) {
  for (const directory of (process.env.PATH ?? "/usr/bin:/bin").split(":")) {
    const file = `${directory}/${tool}`;
    if (existsSync(file)) return realpathSync(file);
  }
  throw new MissingToolchain(`${tool} is not installed`);
}

/** @param {string} compiler @param {string} name e.g. `libc.a` */
function libraryFile(compiler, name) {
  const file = run(compiler, [`-print-file-name=${name}`]).trim();
  if (!file.startsWith("/")) throw new MissingToolchain(`${compiler} finds no ${name}`);
  return realpathSync(file);
}

/**
 * @param {string[]} files
 * @returns {Versions}
 */
function ownersOf(files) {
  /** @type {Versions} */
  const versions = {};
  for (const file of files) {
    // Merged /usr: the package may have listed the file as /lib/... or as /usr/lib/...
    const names = [file, file.replace(/^\/usr\//, "/"), `/usr${file}`];
    const found = spawnSync("dpkg-query", ["-S", ...names], { encoding: "utf8" }).stdout ?? "";
    const owner = found.split(": ")[0]?.split(",")[0];
    if (!owner) throw new MissingToolchain(`no package owns ${file}: the build wants the distribution's toolchain`);
    const version = run("dpkg-query", ["-W", "-f", "${Version}", owner]);
    versions[owner.replace(/:.*$/, "")] = version;
  }
  return Object.fromEntries(Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @returns {Versions} */
function bpfGroup() {
  const clang = programFile("clang");
  const libraries = run("clang", ["-print-resource-dir"]).trim();
  return ownersOf([
    clang,
    `${libraries}/include/stddef.h`,
    programFile("llvm-strip"),
    "/usr/include/bpf/bpf_helpers.h",
  ]);
}

/** @returns {Versions} */
function nativeGroup() {
  const cc = `${crossPrefix("x86_64")}gcc`;
  const tools = [programFile(cc), programFile(`${crossPrefix("x86_64")}ld`)];
  const libraries = ["libc.a", "libgcc.a", "libbpf.a", "libelf.a", "libz.a"].map((name) => libraryFile(cc, name));
  return ownersOf([...tools, ...libraries]);
}

/** @returns {Promise<Versions>} */
async function crossGroup() {
  const cc = `${crossPrefix("aarch64")}gcc`;
  const tools = [programFile(cc), programFile(`${crossPrefix("aarch64")}ld`)];
  const libraries = ["libc.a", "libgcc.a"].map((name) => libraryFile(cc, name));
  const { versions } = await arm64Packages();
  return { ...ownersOf([...tools, ...libraries]), ...versions };
}

/**
 * @param {keyof Toolchain} group
 * @returns {Promise<Versions>}
 * @throws {MissingToolchain} naming the packages to install
 */
export async function toolchainGroup(group) {
  try {
    return await { bpf: bpfGroup, x86_64: nativeGroup, aarch64: crossGroup }[group]();
  } catch (error) {
    if (!(error instanceof MissingToolchain)) throw error;
    throw new MissingToolchain(`${error.message}; install: ${packagesOf[group]}`, { cause: error });
  }
}

/**
 * What differs between two groups, in words; empty when they are equal.
 * @param {Versions | undefined} recorded
 * @param {Versions} present
 */
export function versionDifference(recorded, present) {
  if (!recorded) return "the manifest records no toolchain";
  const names = [...new Set([...Object.keys(recorded), ...Object.keys(present)])].sort();
  return names
    .filter((name) => recorded[name] !== present[name])
    .map((name) => `${name} is ${present[name] ?? "absent"}, the manifest says ${recorded[name] ?? "none"}`)
    .join("; ");
}
