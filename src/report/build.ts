/** Puts a Report together. */
import type { GapRecord, JournalRecord } from "./event.ts";
import { REPORT_VERSION, type Report } from "./report.ts";
import { groupViolations } from "./violations.ts";

export interface ReportParts extends Omit<Report, "v" | "tool" | "violations" | "gaps"> {
  readonly toolVersion: string;
  /** The whole journal, read once. */
  readonly records: Iterable<JournalRecord>;
}

/** Violations and gaps come from the journal's records, the rest is taken as it is. */
export function buildReport({ toolVersion, records, ...parts }: ReportParts): Report {
  const gaps: GapRecord[] = [];
  const violations = groupViolations(collectingGaps(records, gaps));
  return { ...parts, v: REPORT_VERSION, tool: { name: "Warden", version: toolVersion }, violations, gaps };
}

/** Passes records through in one go over what may be a long journal. */
function* collectingGaps(records: Iterable<JournalRecord>, gaps: GapRecord[]): Generator<JournalRecord> {
  for (const record of records) {
    if (record.kind === "gap") gaps.push(record);
    yield record;
  }
}
