/**
 * The static libraries for aarch64: downloaded as packages with an apt configuration of its own, and unpacked into
 * the cache. The machine keeps its architecture, its lists and its status; only its package sources are used.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { messageOf, run } from "./exec.mjs";
import { cacheDir } from "./paths.mjs";

const wanted = ["libbpf-dev", "libelf-dev", "zlib1g-dev"];
const home = path.join(cacheDir, "arm64");
const unpacked = path.join(home, "unpacked");
const record = path.join(unpacked, "packages.json");

/** @param {string} state a directory for apt's own files */
function aptOptions(state) {
  const options = {
    "APT::Architecture": "arm64",
    "APT::Architectures": "arm64",
    // The cache may lie below a home directory that apt's own user cannot enter.
    "APT::Sandbox::User": "root",
    "Dir::State": state,
    "Dir::State::status": path.join(state, "status"),
    "Dir::Cache": path.join(state, "cache"),
    "Acquire::Languages": "none",
    // Sources of other vendors need not carry arm64; a missing package is reported by the download below.
    "Acquire::Retries": "3",
  };
  return Object.entries(options).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
}

async function download() {
  mkdirSync(home, { recursive: true });
  const work = mkdtempSync(path.join(home, "fetch-"));
  try {
    const state = path.join(work, "apt");
    mkdirSync(path.join(state, "lists/partial"), { recursive: true });
    mkdirSync(path.join(state, "cache/archives/partial"), { recursive: true });
    writeFileSync(path.join(state, "status"), "");
    process.stdout.write(`fetching ${wanted.join(", ")} for arm64\n`);
    run("apt-get", [...aptOptions(state), "-qq", "update"]);
    run("apt-get", [...aptOptions(state), "-qq", "download", ...wanted.map((name) => `${name}:arm64`)], { cwd: work });
    /** @type {Record<string, string>} */
    const versions = {};
    for (const name of (await readdir(work)).filter((file) => file.endsWith(".deb")).sort()) {
      const deb = path.join(work, name);
      run("dpkg-deb", ["-x", deb, path.join(work, "tree")]);
      versions[`${run("dpkg-deb", ["-f", deb, "Package"]).trim()}:arm64`] = run("dpkg-deb", [
        "-f",
        deb,
        "Version",
      ]).trim();
    }
    writeFileSync(path.join(work, "tree/packages.json"), `${JSON.stringify(versions, null, 2)}\n`);
    try {
      renameSync(path.join(work, "tree"), unpacked);
    } catch (error) {
      // Another build was quicker; what it left is whole, because it too came by one rename.
      if (!existsSync(record)) throw error;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The unpacked packages, fetched at the first call on a machine.
 * @returns {Promise<{ include: string, lib: string, versions: Record<string, string> }>} absolute directories
 * @throws when apt cannot find or fetch them
 */
export async function arm64Packages() {
  if (!existsSync(record)) {
    try {
      await download();
    } catch (error) {
      throw new Error(`the arm64 libraries cannot be fetched: ${messageOf(error)}`, { cause: error });
    }
  }
  return {
    include: path.join(unpacked, "usr/include"),
    lib: path.join(unpacked, "usr/lib/aarch64-linux-gnu"),
    versions: JSON.parse(readFileSync(record, "utf8")),
  };
}
