/** How the job ends for Warden: what the reports say, made into a failure or not. Pure. */
import type { Mode } from "../common/terms.ts";
import { plural } from "../report/describe.ts";
import { failsForViolations, judge } from "../report/judgement.ts";
import type { Report } from "../report/report.ts";
import { PATIENCE } from "../session/patience.ts";
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
  late: `the monitor lives, but did not end the session within ${PATIENCE.stop / 1000} s: what it did not report yet is missing here`,
  gone: "the monitor is gone; the kernel went on refusing, but what it refused since is not known",
};

/** @param report or why there is none */
export function conclude(
  { mode: given, failOnViolation }: Pick<ActionState, "mode" | "failOnViolation">,
  ending: Ending,
  report: Report | string,
): Conclusion {
  const faults = [ENDINGS[ending]].filter((text) => text !== null);
  if (typeof report === "string") {
    // Nobody knows the mode of a session whose `main` was ended and that left no report: it may have promised to enforce.
    const all = [...faults, `there is no report, what was refused is not known: ${report}`];
    return given === "audit"
      ? { failures: [], warnings: all, violations: 0 }
      : { failures: all, warnings: [], violations: 0 };
  }
  const { tone, headline, refused, wouldRefuse } = judge(report);
  if (tone === "degraded" && ending !== "gone") faults.push(headline);
  const violation = failOnViolation && failsForViolations(report) ? [headline] : [];
  const mode: Mode = given ?? report.mode;
  const violations = refused + wouldRefuse;
  if (mode === "enforce") return { failures: [...new Set([...faults, ...violation])], warnings: [], violations };
  return { failures: [], warnings: [...faults, ...againstGuard(refused)], violations };
}

/** Audit mode refuses nothing but acts against the guard itself, and those never fail the job: see failsForViolations. */
function againstGuard(refused: number): readonly string[] {
  if (refused === 0) return [];
  return [
    `${plural(refused, "act")} against the guard itself refused, which it does in audit mode, too: see the report`,
  ];
}
