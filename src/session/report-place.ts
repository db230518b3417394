/** Where reports are to be written: tried before anything is started, so that nobody learns of it when all is over. */
import { rmdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { codeOf, messageOf } from "../common/errors.ts";
import { makeDirectories } from "./directories.ts";
import { writeWhole } from "./whole-file.ts";

/** A place that was tried, and can be written. */
export interface ReportPlace {
  readonly path: string;
  /** Takes back the directories that were made, when there will be no reports. */
  undo(): void;
}

/** The reports cannot be written where they are wanted; the message names the place and says why. */
export class ReportPlaceError extends Error {
  override readonly name = "ReportPlaceError";
}

/**
 * Makes the directory where it is not there, and sees that files can be written in it. Call it as the user.
 * @throws ReportPlaceError, and then nothing was made
 */
export function prepareReportDirectory(directory: string): ReportPlace {
  return prepare(directory, directory, `the report directory ${directory}`);
}

/**
 * The same for a single file, absolute. What is at its place now is not touched: a file or a link will be replaced.
 * @throws ReportPlaceError, and then nothing was made
 */
export function prepareReportFile(file: string): ReportPlace {
  return prepare(file, path.dirname(file), `the report ${file}`);
}

function prepare(place: string, directory: string, what: string): ReportPlace {
  const made: string[] = [];
  try {
    makeDirectories(directory, made);
    if (place !== directory && statSync(place, { throwIfNoEntry: false })?.isDirectory())
      throw new Error("it is a directory");
    const probe = path.join(directory, ".warden-probe");
    writeWhole(probe, "");
    rmSync(probe);
  } catch (error) {
    remove(made);
    throw new ReportPlaceError(`${what} cannot be written: ${messageOf(error)}`);
  }
  return { path: place, undo: () => remove(made) };
}

/** Directories that we made, as far as nobody uses them. */
function remove(made: readonly string[]): void {
  for (const one of made.toReversed()) {
    try {
      rmdirSync(one);
    } catch (error) {
      if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(codeOf(error) ?? "")) throw error;
    }
  }
}
