/** Puts a Report together. */
import type { Findings } from "./findings.ts";
import { REPORT_VERSION, type Report } from "./report.ts";

export interface ReportParts extends Omit<Report, "v" | "tool" | "violations" | "omitted" | "gaps"> {
  readonly toolVersion: string;
  readonly findings: Findings;
}

/** Violations and gaps are the journal's findings, the rest is taken as it is. */
export function buildReport({ toolVersion, findings, ...parts }: ReportParts): Report {
  const { violations, omitted, gaps } = findings;
  return { ...parts, v: REPORT_VERSION, tool: { name: "Warden", version: toolVersion }, violations, omitted, gaps };
}
