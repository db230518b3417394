import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDirectories } from "./directories.ts";
import { readReports, writeReports } from "./take-reports.ts";
import { writeWhole } from "./whole-file.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), "warden-test-"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

describe("reports", () => {
  it("are copied as far as they are there", () => {
    const [from, to] = [path.join(scratch, "from"), path.join(scratch, "a/b")];
    mkdirSync(from);
    writeFileSync(path.join(from, "report.json"), "{}");
    writeFileSync(path.join(from, "something else"), "x");
    writeReports(readReports(from), to);
    expect(readdirSync(to)).toEqual(["report.json"]);
  });

  it("are not read through a link that the agent made", () => {
    writeFileSync(path.join(scratch, "secret"), "secret");
    symlinkSync(path.join(scratch, "secret"), path.join(scratch, "report.json"));
    expect(() => readReports(scratch)).toThrow("ELOOP");
  });

  it("take the place of a link that the job made, and do not follow it", () => {
    const [target, file] = [path.join(scratch, "target"), path.join(scratch, "file")];
    writeFileSync(target, "before");
    symlinkSync(target, file);
    writeWhole(file, Buffer.from("report"));
    expect(readFileSync(target, "utf8")).toBe("before");
    expect(readFileSync(file, "utf8")).toBe("report");
  });

  it("leave nothing beside a place that cannot be taken", () => {
    mkdirSync(path.join(scratch, "taken"));
    expect(() => writeWhole(path.join(scratch, "taken"), Buffer.from("x"))).toThrow();
    expect(readdirSync(scratch)).toEqual(["taken"]);
  });
});

describe("directories", () => {
  it("are told when they were made", () => {
    const made: string[] = [];
    makeDirectories(path.join(scratch, "a/b"), made);
    makeDirectories(path.join(scratch, "a/b"), made);
    expect(made).toEqual([path.join(scratch, "a"), path.join(scratch, "a/b")]);
  });

  it("are not made below a file, or where the file system has none", () => {
    writeFileSync(path.join(scratch, "file"), "");
    expect(() => makeDirectories(path.join(scratch, "file/x"))).toThrow();
    expect(() => makeDirectories("/proc/nowhere/x")).toThrow("ENOENT");
    expect(existsSync(path.join(scratch, "file/x"))).toBe(false);
  });
});
