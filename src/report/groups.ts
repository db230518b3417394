/** Violations by cause: the package and the step to blame. */
import type { Violation } from "./report.ts";
import { mostSevereFirst } from "./severity.ts";

export interface CauseGroup {
  readonly step: string | null;
  readonly package: string | null;
  /** The most severe first. */
  readonly violations: readonly Violation[];
}

/** Groups in the order of their most severe violation. */
export function groupByCause(violations: readonly Violation[]): CauseGroup[] {
  const groups = new Map<string, { step: string | null; package: string | null; violations: Violation[] }>();
  for (const violation of mostSevereFirst(violations)) {
    const { step, package: name } = violation.event;
    const key = JSON.stringify([step, name]);
    const group = groups.get(key);
    if (group) group.violations.push(violation);
    else groups.set(key, { step, package: name, violations: [violation] });
  }
  return [...groups.values()];
}
