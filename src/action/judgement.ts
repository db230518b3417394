/** How the job ends for Warden: what the reports say, made into a failure or not. Pure. */
import { judge } from "../report/judgement.ts";
import type { Report } from "../report/report.ts";
import { somethingRefused } from "../session/refused.ts";
import type { Ending } from "../session/start.ts";
import type { ActionState } from "./state.ts";

export interface Conclusion {
  /** Why the job fails; empty when it does not. */
  readonly failures: readonly string[];
  /** What in audit mode is no failure. */
  readonly warnings: readonly string[];
  /** Acts that were refused, or in audit mode would have been. */
  readonly violations: number;
}

const ENDINGS: Readonly<Record<Ending, string | null>> = {
  reported: null,
  unreported: "the guard ended, but its reports could not be written",
  gone: "the monitor is gone; the kernel went on refusing, but what it refused since is not known",
};

/** @param report null when there is none */
export function conclude(
  { mode, failOnViolation }: Pick<ActionState, "mode" | "failOnViolation">,
  ending: Ending,
  report: Report | null,
): Conclusion {
  const judgement = report === null ? null : judge(report);
  const faults = [
    ENDINGS[ending],
    report === null ? "there is no report" : null,
    judgement?.tone === "degraded" && ending !== "gone" ? judgement.headline : null,
  ].filter((text) => text !== null);
  const violated = failOnViolation && report !== null && somethingRefused(report);
  const violation = violated ? [judgement?.headline ?? ""] : [];
  const failures = mode === "enforce" ? [...faults, ...violation] : violation;
  return {
    failures: [...new Set(failures)],
    warnings: mode === "enforce" ? [] : faults,
    violations: (judgement?.refused ?? 0) + (judgement?.wouldRefuse ?? 0),
  };
}
