/** `automationDetails.id`: which runs replace each other's alerts. */
import { createHash } from "node:crypto";
import type { Report } from "./report.ts";

const MAX_SEGMENT = 64;

/**
 * `warden/WORKFLOW/JOB/MATRIX/STARTED`. GitHub takes all up to the last slash for the category, and alerts of one
 * category are closed by a later run of the same: so the last part only tells runs apart, and jobs of a matrix
 * differ before it.
 */
export function automationId(report: Report): string {
  const { name, path, job, matrix } = report.workflow;
  const parts = [name ?? path, job, matrix].filter((part) => part !== null);
  return ["warden", ...parts.map(segment), segment(report.started)].join("/");
}

/** One segment: letters, digits and a few marks. Text that had to be changed keeps a hash, to stay distinct. */
function segment(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9 ._:=,+-]+/g, "_");
  if (plain === text && text.length > 0 && text.length <= MAX_SEGMENT) return text;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  return `${plain.slice(0, MAX_SEGMENT - 9)}-${hash}`;
}
