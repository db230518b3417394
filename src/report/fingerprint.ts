/** What makes two alerts the same alert from run to run. */
import { createHash } from "node:crypto";
import { kindOf } from "./kinds.ts";
import type { Violation } from "./report.ts";

/**
 * SARIF `partialFingerprints.primaryLocationLineHash`: SHA-256 of kind, step id, normalised target and package, and
 * an occurrence number (always 1, violations are grouped), as CodeQL writes it. Nothing in it depends on a process
 * id, a temporary path, a line number or the text of a line. The package is part of it because GitHub folds results
 * with one fingerprint into one alert, and two packages in one lockfile are two findings.
 */
export function fingerprint(violation: Violation): string {
  const { event, act } = violation;
  const identity = JSON.stringify([kindOf(event).id, event.step, act, event.package]);
  return `${createHash("sha256").update(identity).digest("hex")}:1`;
}
