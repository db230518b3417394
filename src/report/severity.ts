/** How bad a violation is, and the order in which violations are told. */
import { kindOf } from "./kinds.ts";
import type { Violation } from "./report.ts";

export type SeverityWord = "critical" | "high" | "medium" | "low";

/** 0.1 to 10, as GitHub's `security-severity`. */
export function scoreOf(violation: Violation): number {
  return kindOf(violation.event).score;
}

/** GitHub's own words for a score (docs: "SARIF support for code scanning", security-severity). */
export function severityWord(score: number): SeverityWord {
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  return score >= 4 ? "medium" : "low";
}

/** Refused acts are errors, acts that were let through (audit) are warnings. */
export function levelOf(violation: Violation): "error" | "warning" {
  return violation.event.verdict === "deny" ? "error" : "warning";
}

/** A new array: the most severe first, refused before let through, then in the order they happened. */
export function mostSevereFirst(violations: readonly Violation[]): Violation[] {
  return [...violations].sort(
    (a, b) => scoreOf(b) - scoreOf(a) || Number(levelOf(b) === "error") - Number(levelOf(a) === "error"),
  );
}
