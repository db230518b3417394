/** The parts of a sentence about a violation, as plain untrusted text: each report escapes them for its own place. */
import { own } from "./anchor.ts";
import type { ProcessRef } from "./event.ts";
import type { Report, Violation } from "./report.ts";

const CHAIN_LENGTH = 6;

/** Name of the step in the workflow; its id when the file does not tell; null outside any step. */
export function stepName(violation: Violation, report: Report): string | null {
  const { step } = violation.event;
  return step === null ? null : (own(report.steps, step)?.name ?? step);
}

/**
 * Programs from the step's first process down to the one that acted, at most six: `["bash", "npm", "node"]`. In a
 * container of a runtime outside of the job they begin with it: `["container 0123456789ab", "sh", "wget"]`.
 */
export function processChain(violation: Violation): string[] {
  const { process, ancestors, container } = violation.event;
  const chain = [process, ...ancestors].map(programName);
  if (chain.length > CHAIN_LENGTH) chain.splice(CHAIN_LENGTH - 2, chain.length - CHAIN_LENGTH + 1, "…");
  if (container !== null) chain.push(`container ${container}`);
  return chain.reverse();
}

/** The rule that decided, as written in the policy, or null when the section's default did. */
export function ruleText(violation: Violation, report: Report): { text: string; place: string } | null {
  const rule = report.rules[violation.event.rule];
  return rule ? { text: rule.text, place: `${rule.file}:${rule.line}` } : null;
}

/** `connect to …` becomes `Refused: connect to …`, or what audit mode did. */
export function verdictWord(violation: Violation): "Refused" | "Would be refused" {
  return violation.event.verdict === "deny" ? "Refused" : "Would be refused";
}

function programName(process: ProcessRef): string {
  return process.exe?.split("/").at(-1) || process.comm;
}

/** `1 act`, `2 acts`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
