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
import { afterEach, beforeEach, expect, it } from "vitest";
import { prepareReportDirectory, prepareReportFile, ReportPlaceError } from "./report-place.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), "warden-test-"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

it("a directory is made, and taken back", () => {
  const place = prepareReportDirectory(path.join(scratch, "a/b"));
  expect(readdirSync(path.join(scratch, "a/b"))).toEqual([]);
  place.undo();
  expect(existsSync(path.join(scratch, "a"))).toBe(false);
});

it("a directory that somebody uses by then stays", () => {
  const place = prepareReportDirectory(path.join(scratch, "a"));
  writeFileSync(path.join(scratch, "a/mine"), "");
  place.undo();
  expect(readdirSync(path.join(scratch, "a"))).toEqual(["mine"]);
});

it("a file or a link to nowhere in its place is a mistake that names it", () => {
  writeFileSync(path.join(scratch, "file"), "");
  symlinkSync(path.join(scratch, "nowhere"), path.join(scratch, "link"));
  for (const name of ["file", "link"]) {
    const directory = path.join(scratch, name);
    expect(() => prepareReportDirectory(directory)).toThrow(ReportPlaceError);
    expect(() => prepareReportDirectory(directory)).toThrow(`the report directory ${directory} cannot be written: `);
  }
  expect(readdirSync(scratch).sort()).toEqual(["file", "link"]);
});

it("a report file may be there and is not touched; it may be no directory, and not below a file", () => {
  const file = path.join(scratch, "x.sarif");
  writeFileSync(file, "old");
  prepareReportFile(file).undo();
  expect(readFileSync(file, "utf8")).toBe("old");
  mkdirSync(path.join(scratch, "taken"));
  expect(() => prepareReportFile(path.join(scratch, "taken"))).toThrow("it is a directory");
  expect(() => prepareReportFile(path.join(file, "y.sarif"))).toThrow(ReportPlaceError);
  expect(readdirSync(scratch).sort()).toEqual(["taken", "x.sarif"]);
});
