/** Where the action's reports go: tried before anything is started. */
import { accessSync, constants } from "node:fs";
import path from "node:path";
import type { PathContext } from "../policy/path.ts";
import { prepareReportDirectory, prepareReportFile } from "../session/report-place.ts";

export interface Places {
  readonly reportDirectory: string;
  /** Absolute; null when nobody asked for it. */
  readonly sarifFile: string | null;
  /** Takes back what was made, when nothing is started. */
  undo(): void;
}

/**
 * @param sarifFile relative to the workspace
 * @throws ReportPlaceError, and then nothing was made
 */
export function preparePlaces(context: PathContext, sarifFile: string | null): Places {
  const file = sarifFile === null ? null : path.join(context.workspace, sarifFile);
  // Tried and taken back: a checkout is still to come, and would stumble over it.
  if (file !== null) prepareReportFile(file).undo();
  const { path: reportDirectory, undo } = prepareReportDirectory(chooseDirectory(context));
  return { reportDirectory, sarifFile: file, undo };
}

/** Beside the workspace: the runner empties RUNNER_TEMP when the job ends, and a checkout empties the workspace. */
function chooseDirectory({ workspace, temp }: PathContext): string {
  const beside = path.dirname(workspace);
  try {
    accessSync(beside, constants.W_OK);
  } catch {
    // Whatever the reason: reports cannot be kept there.
    return path.join(temp ?? workspace, "warden-report");
  }
  return path.join(beside, "warden-report");
}
