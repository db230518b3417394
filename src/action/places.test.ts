import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ReportPlaceError } from "../session/report-place.ts";
import { preparePlaces } from "./places.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), "warden-test-"));
  mkdirSync(path.join(scratch, "workspace"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

const prepare = (sarifFile: string | null) =>
  preparePlaces({ home: "/h", workspace: path.join(scratch, "workspace"), temp: null }, sarifFile);

it("reports lie beside the workspace; nothing is left in it before the checkout", () => {
  const { reportDirectory, sarifFile, undo } = prepare("out/x.sarif");
  expect(reportDirectory).toBe(path.join(scratch, "warden-report"));
  expect(sarifFile).toBe(path.join(scratch, "workspace/out/x.sarif"));
  expect(readdirSync(path.join(scratch, "workspace"))).toEqual([]);
  undo();
  expect(existsSync(reportDirectory)).toBe(false);
});

it("a file or a link to nowhere where they are to lie is told before anything is started", () => {
  const directory = path.join(scratch, "warden-report");
  writeFileSync(directory, "");
  expect(() => prepare(null)).toThrow(ReportPlaceError);
  rmSync(directory);
  symlinkSync("/nowhere/at/all", directory);
  expect(() => prepare(null)).toThrow(ReportPlaceError);
});
