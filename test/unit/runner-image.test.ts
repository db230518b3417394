import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { manifestText } from "../../build/manifest.mjs";

let scratch = "";
beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), "warden-image-"));
  mkdirSync(path.join(scratch, "checkout"));
  for (const name of ["dist", "runner-image"]) cpSync(name, path.join(scratch, "checkout", name), { recursive: true });
  seal();
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

/** While somebody works on the sources, dist/ need not be what its manifest says; here only a whole one is of interest. */
function seal() {
  const dist = path.join(scratch, "checkout/dist");
  writeFileSync(path.join(dist, "manifest.json"), manifestText(dist, { bpf: {}, x86_64: {}, aarch64: {} }));
}

function install() {
  const into = path.join(scratch, "it's here/warden");
  const command = path.join(scratch, "bin/warden");
  const argv = [path.join(scratch, "checkout/runner-image/install.mjs"), "--into", into, "--command", command];
  return { into, command, ...spawnSync(process.execPath, argv, { encoding: "utf8" }) };
}

test("what is installed runs, and only its owner can write it", () => {
  const { into, command, status, stderr } = install();
  expect([status, stderr]).toEqual([0, ""]);
  for (const file of [command, into, path.join(into, "warden.mjs"), path.join(into, "warden-monitor-x86_64")])
    expect(statSync(file).mode & 0o022, file).toBe(0);
  const version = JSON.parse(readFileSync("package.json", "utf8")).version;
  expect(spawnSync(command, ["version"], { encoding: "utf8", env: {} }).stdout).toBe(`${version}\n`);
  expect(install().status, "a second time").toBe(0);
});

test("a file that is not what the manifest says is not installed, nor is anything else", () => {
  const monitor = path.join(scratch, "checkout/dist/warden-monitor-x86_64");
  writeFileSync(monitor, `${readFileSync(monitor, "latin1")}x`, "latin1");
  const { into, command, status, stderr } = install();
  expect(status).toBe(1);
  expect(stderr).toContain("dist/warden-monitor-x86_64 is not what the manifest says");
  expect([existsSync(into), existsSync(command)]).toEqual([false, false]);
});
