/** Sends a policy's rules, and says what became of each. */
import { constants } from "node:os";
import { netRuleFrame } from "../kernel/frames.ts";
import { errnoName } from "../kernel/posture.ts";
import { isOwn, type PolicyFrames } from "../kernel/rules-to-frames.ts";
import type { RuleSource } from "../policy/rules.ts";
import { type MonitorLink, type RuleResult, WINDOW } from "./agent-link.ts";

export interface RulesSent {
  /** Rules that are held in another way than as they are written. */
  readonly warnings: readonly string[];
  /** Rules that are not in force. */
  readonly errors: readonly string[];
}

/** EOPNOTSUPP: the file hooks are absent, which the posture says once for all rules. */
const NO_FILE_HOOKS = constants.errno.EOPNOTSUPP;

/** What is asked of the monitor, and what its answer means. */
interface Question {
  readonly frame: Buffer;
  readonly judge: (result: RuleResult) => Outcome | null;
}

/** Sends as many at a time as the link does: what waits is never the whole of a large policy. @throws LinkError */
export async function sendRules(link: MonitorLink, frames: PolicyFrames): Promise<RulesSent> {
  const outcomes: Outcome[] = [];
  const questions = questionsOf(frames);
  const askOn = async () => {
    for (const { frame, judge } of questions) {
      const outcome = judge(await link.rule(frame));
      if (outcome !== null) outcomes.push(outcome);
    }
  };
  await Promise.all(Array.from({ length: WINDOW }, askOn));
  const texts = (kind: Outcome["kind"]) => outcomes.filter((each) => each.kind === kind).map((each) => each.text);
  return { warnings: texts("warning"), errors: texts("error") };
}

function* questionsOf({ paths, addresses, rules }: PolicyFrames): Generator<Question> {
  for (const { rule, frame } of paths) {
    yield { frame, judge: (result) => pathOutcome(result, rule.source, rule.effect) };
  }
  for (const { rule, remove } of addresses) {
    yield { frame: netRuleFrame(rule, remove), judge: (result) => ruleOutcome(result, rules[rule.rule]) };
  }
}

interface Outcome {
  readonly kind: "warning" | "error";
  readonly text: string;
}

/** The sentence for a rule that the monitor refused; null when it is in force. */
export function ruleOutcome({ rule, error }: RuleResult, source: RuleSource | undefined): Outcome | null {
  if (error === 0 || error === NO_FILE_HOOKS) return null;
  return { kind: "error", text: `${placeOf(rule, source)} cannot be put in force: ${errnoName(error)}` };
}

function pathOutcome(result: RuleResult, source: RuleSource, effect: "allow" | "deny"): Outcome | null {
  if (result.error !== 0) return ruleOutcome(result, source);
  const place = placeOf(result.rule, source);
  // a service that is not there: the policy's author has nothing to mend
  if (result.held === "prefix" && isOwn(source)) return null;
  if (result.held === "prefix") {
    const text = `${place} names directories that do not exist: the first missing one is refused whole`;
    return { kind: "warning", text };
  }
  if (result.held === "not" && effect === "allow") {
    const text = `${place} names directories that do not exist: it is not in force; create them before the session`;
    return { kind: "warning", text };
  }
  return null;
}

function placeOf(rule: number, source: RuleSource | undefined): string {
  return source ? `${source.file}:${source.line}:${source.column}: "${source.text}"` : `rule ${rule}`;
}
