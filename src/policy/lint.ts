/**
 * What is wrong with rules taken together: duplicates, contradictions, rules that can never decide. An allow of a
 * base that an extending policy denies is no mistake: that is how a policy takes something back.
 */
import { type Findings, show } from "./diagnostic.ts";
import { CoverIndex, covers, type Draft, extent } from "./extent.ts";
import type { Effect, RuleSource } from "./rules.ts";

/** The rules without those that repeat another, with a warning where the repetition is in one file. */
export function dropDuplicates(drafts: readonly Draft[], findings: Findings): readonly Draft[] {
  const first = new Map<string, Draft>();
  return drafts.filter((draft) => {
    const key = `${draft.effect} ${extent(draft).key}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, draft);
      return true;
    }
    if (earlier.rank === draft.rank) {
      findings.warn(draft.source.file, draft.source, {
        message: `${show(draft.source.text)} repeats ${where(earlier.source, draft.source)}`,
        fix: "remove one of the two",
      });
    }
    return false;
  });
}

/** Contradictions (errors) and allows that lie wholly inside a deny (warnings). */
export function lintReach(drafts: readonly Draft[], findings: Findings): void {
  const denies = new CoverIndex(drafts, "deny");
  for (const allow of drafts) {
    if (allow.effect !== "allow") continue;
    const inner = extent(allow);
    const deny = denies.first(inner, allow.rank);
    if (deny === undefined) continue;
    const { source } = deny.draft;
    const shown = show(allow.source.text);
    if (deny.extent.key === inner.key && deny.draft.rank === allow.rank) {
      findings.error(allow.source.file, allow.source, {
        message: `${shown} is both allowed and denied (${where(source, allow.source)})`,
        fix: "remove one of the two",
      });
    } else {
      findings.warn(allow.source.file, allow.source, {
        message: `${shown} is never allowed: ${show(source.text)} (${where(source, allow.source)}) denies all of it, and deny beats allow`,
        fix: "remove it, or make the deny narrower",
      });
    }
  }
}

/** Does one of these rules decide everything that `draft` would? */
export function isCovered(draft: Draft, by: readonly Draft[], effect: Effect): boolean {
  const inner = extent(draft);
  return by.some((other) => other.effect === effect && covers(extent(other), inner));
}

function where(other: RuleSource, from: RuleSource): string {
  return other.file === from.file ? `line ${other.line}` : `${other.file}:${other.line}`;
}
