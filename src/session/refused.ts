import { judge } from "../report/judgement.ts";
import type { Report } from "../report/report.ts";

/** Was something refused, as far as the kernel counted? A refusal whose event was lost counts like any other. */
export function somethingRefused(report: Report): boolean {
  const { refused } = judge(report);
  return refused > 0 || (report.mode === "enforce" && report.counts.denied > 0);
}
