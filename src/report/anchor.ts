/** The one place in the repository that a violation points to. */
import type { Anchor, Report, Violation } from "./report.ts";

/** GitHub shows a result only with a location; outside a workflow it is the file that a policy would be in. */
export const PLACEHOLDER: Anchor = { path: ".github/warden.toml", startLine: 1, endLine: 1 };

/** The package's line in its lockfile; else the step's in the workflow; else line 1 of the workflow; else PLACEHOLDER. */
export function anchorOf(violation: Violation, report: Report): Anchor {
  const { package: name, step } = violation.event;
  const candidates = [
    name === null ? undefined : own(report.packages, name),
    step === null ? undefined : own(report.steps, step),
    report.workflow.path === null ? undefined : { path: report.workflow.path, startLine: 1, endLine: 1 },
  ];
  return candidates.find((anchor) => anchor !== undefined && isUsable(anchor)) ?? PLACEHOLDER;
}

/** `record[key]`, but never what Object.prototype has: keys are names that a job chose. */
export function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** GitHub takes paths relative to the repository root only, and lines from 1. */
function isUsable({ path, startLine, endLine }: Anchor): boolean {
  const segments = path.split("/");
  return (
    !/[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u.test(path) &&
    !segments.some((segment) => segment === "" || segment === "." || segment === "..") &&
    Number.isSafeInteger(startLine) &&
    startLine >= 1 &&
    endLine >= startLine
  );
}
