/**
 * Puts this checkout's Warden into a machine or an image, after comparing every file with the digests of its manifest:
 *
 *   node runner-image/install.mjs [--into /opt/warden] [--command /usr/local/bin/warden]
 *
 * Into: the files of dist/, owned by whoever runs this (root, in an image), writable by nobody else. The command is a
 * two-line shell script that starts them with the Node that runs this, since sudo's PATH may know another one or none.
 */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const dist = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../dist");

/** What is wrong, told to a person in one line. */
class InstallError extends Error {}

/** @param {string} text @returns {string} as one word of a shell */
const word = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** @returns {Map<string, Buffer>} the files of dist/, each what the manifest says */
function checkedFiles() {
  const manifest = readFileSync(path.join(dist, "manifest.json"));
  /** @type {{ files: Record<string, { sha256: string }> }} */
  const { files } = JSON.parse(manifest.toString());
  const checked = new Map([["manifest.json", manifest]]);
  for (const [name, { sha256 }] of Object.entries(files)) {
    if (name !== path.basename(name)) throw new InstallError(`the manifest names ${name}, which is no file of dist/`);
    const bytes = readFileSync(path.join(dist, name));
    if (createHash("sha256").update(bytes).digest("hex") !== sha256)
      throw new InstallError(`dist/${name} is not what the manifest says: take a fresh checkout`);
    checked.set(name, bytes);
  }
  return checked;
}

/** @param {string} into @param {Map<string, Buffer>} files  Whole or not at all: what was there stays until then. */
function place(into, files) {
  const fresh = `${into}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o755 });
  for (const [name, bytes] of files) {
    const file = path.join(fresh, name);
    writeFileSync(file, bytes);
    chmodSync(file, name.startsWith("warden-monitor-") ? 0o755 : 0o644);
  }
  rmSync(into, { recursive: true, force: true });
  renameSync(fresh, into);
}

function main() {
  const { values } = parseArgs({ options: { into: { type: "string" }, command: { type: "string" } } });
  const into = path.resolve(values.into ?? "/opt/warden");
  const command = path.resolve(values.command ?? "/usr/local/bin/warden");
  place(into, checkedFiles());
  mkdirSync(path.dirname(command), { recursive: true });
  const start = [realpathSync(process.execPath), path.join(into, "warden.mjs")].map(word).join(" ");
  writeFileSync(command, `#!/bin/sh\nexec ${start} "$@"\n`);
  chmodSync(command, 0o755);
  process.stdout.write(`${command} starts ${into}/warden.mjs; now run: sudo ${command} doctor\n`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`runner-image/install.mjs: ${error.message}\n`);
  process.exitCode = 1;
}
