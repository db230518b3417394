import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { install } from "./install.ts";

let scratch: string;
let dist: string;
let into: string;
beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), "warden-test-"));
  [dist, into] = [path.join(scratch, "dist"), path.join(scratch, "bin")];
  mkdirSync(dist);
  mkdirSync(into);
  const names = ["warden-monitor-x86_64", "warden-monitor-aarch64", "agent.mjs"];
  for (const name of names) writeFileSync(path.join(dist, name), name);
  const entry = (name: string) => [
    name,
    { sha256: createHash("sha256").update(name).digest("hex"), size: name.length },
  ];
  const manifest = { version: 1, files: Object.fromEntries(names.map(entry)), toolchain: {} };
  writeFileSync(path.join(dist, "manifest.json"), JSON.stringify(manifest));
});
afterEach(() => rmSync(scratch, { recursive: true }));

describe("the installation of a session", () => {
  it("is the files of the manifest", () => {
    const { monitor, agent } = install(into, dist);
    expect(readFileSync(monitor, "utf8")).toMatch(/^warden-monitor-/);
    expect(statSync(monitor).mode & 0o777).toBe(0o755);
    expect(readFileSync(agent, "utf8")).toBe("agent.mjs");
  });

  it("refuses a file that was changed after the build", () => {
    writeFileSync(path.join(dist, "agent.mjs"), "something else");
    expect(() => install(into, dist)).toThrow("agent.mjs is not the file that manifest.json describes");
  });

  it("refuses a file that the manifest does not name", () => {
    writeFileSync(path.join(dist, "manifest.json"), '{"version":1,"files":{}}');
    expect(() => install(into, dist)).toThrow("is not the file that manifest.json describes");
  });

  it("says what to do where there is no build", () => {
    rmSync(path.join(dist, "manifest.json"));
    expect(() => install(into, dist)).toThrow("is not a build of Warden");
  });
});
