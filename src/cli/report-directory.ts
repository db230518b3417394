/** The directory for the reports: tried before anything is started. */
import { rmdirSync, rmSync } from "node:fs";
import path from "node:path";
import { messageOf } from "../common/errors.ts";
import { makeDirectories } from "../session/directories.ts";
import { writeWhole } from "../session/take-reports.ts";
import { UsageError } from "./usage.ts";

export interface ReportDirectory {
  readonly path: string;
  /** Takes back the directories that were made, when there will be no reports. */
  undo(): void;
}

/**
 * Makes the directory where it is not there, and sees that files can be written in it. Call it as the user.
 * @throws UsageError, and then nothing was made
 */
export function prepareReportDirectory(given: string): ReportDirectory {
  const directory = path.resolve(given);
  const made: string[] = [];
  const undo = () => {
    for (const one of made.splice(0).reverse()) rmdirSync(one);
  };
  try {
    makeDirectories(directory, made);
    const probe = path.join(directory, ".warden-probe");
    writeWhole(probe, Buffer.alloc(0));
    rmSync(probe);
  } catch (error) {
    undo();
    throw new UsageError(`the report directory ${directory} cannot be written: ${messageOf(error)}`);
  }
  return { path: directory, undo };
}
