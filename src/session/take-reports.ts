/**
 * Copies a session's reports to where the user wants them. The source was written by the agent, which handles what a
 * hostile job said; the target may lie where the job could write: neither side's links are followed.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { codeOf } from "../common/errors.ts";
import { JsonError } from "../common/json.ts";
import { parseReport } from "../report/parse.ts";
import type { Report } from "../report/report.ts";
import { makeDirectories } from "./directories.ts";
import { writeWhole } from "./whole-file.ts";

export const REPORT_FILES = ["report.json", "warden.sarif", "summary.md", "events.jsonl"] as const;
export type ReportFile = (typeof REPORT_FILES)[number];

/** What there is of the reports; a file that was not written is not in it. */
export type Reports = ReadonlyMap<ReportFile, Buffer>;

/** Reads the files in `directory` that the agent wrote. */
export function readReports(directory: string): Reports {
  const found = new Map<ReportFile, Buffer>();
  for (const name of REPORT_FILES) {
    const bytes = readOwn(path.join(directory, name));
    if (bytes !== null) found.set(name, bytes);
  }
  return found;
}

/** The report among them, or why there is none. */
export function reportIn(reports: Reports): Report | string {
  const bytes = reports.get("report.json");
  if (bytes === undefined) return "nobody wrote report.json";
  try {
    return parseReport(bytes.toString());
  } catch (error) {
    if (error instanceof JsonError) return error.message;
    throw error;
  }
}

function readOwn(file: string): Buffer | null {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
  try {
    if (!fstatSync(fd).isFile()) throw new Error(`${file} is not a file`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes them, each whole or not at all. Call it as the user. */
export function writeReports(reports: Reports, directory: string): void {
  makeDirectories(directory);
  for (const [name, bytes] of reports) writeWhole(path.join(directory, name), bytes);
}
