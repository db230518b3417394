/**
 * What is wrong with rules taken together: duplicates, contradictions, rules that can never decide. An allow of a
 * base that an extending policy denies is no mistake: that is how a policy takes something back.
 */
import { networkBits } from "./address.ts";
import { type Findings, show } from "./diagnostic.ts";
import type { Effect, FileRule, NetworkRule, RuleSource } from "./rules.ts";

export type Rule = FileRule | NetworkRule;

/** A rule without its id, and the index of the document it comes from. */
export type Draft = (Omit<FileRule, "id"> | Omit<NetworkRule, "id">) & { readonly rank: number };

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
  const denies = drafts.filter((d) => d.effect === "deny").map((draft) => ({ draft, extent: extent(draft) }));
  for (const allow of drafts) {
    if (allow.effect !== "allow") continue;
    const inner = extent(allow);
    const deny = denies.find(({ draft, extent }) => draft.rank <= allow.rank && covers(extent, inner));
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

/** What a rule is about, in a form that compares quickly. */
interface Extent {
  /** Equal for equal extents. */
  readonly key: string;
  readonly subject: string;
  readonly form: string;
  /** Path, name, host, or the network's address bits. */
  readonly value: string;
  readonly port: number;
  readonly protocol: string;
}

function extent(draft: Draft): Extent {
  if (draft.kind === "file") {
    const { target } = draft;
    const value = target.form === "name" ? target.name : target.path;
    return {
      key: `${draft.op} ${target.form} ${value}`,
      subject: draft.op,
      form: target.form,
      value,
      port: 0,
      protocol: "any",
    };
  }
  const { direction, target, port, protocol } = draft;
  const subject = `${direction} ${target.form === "cidr" ? `v${target.family}` : "name"}`;
  const value =
    target.form === "cidr"
      ? networkBits(target.address, target.prefix)
      : target.form === "host"
        ? target.host
        : target.suffix;
  return {
    key: `${subject} ${target.form} ${value} ${port} ${protocol}`,
    subject,
    form: target.form,
    value,
    port,
    protocol,
  };
}

function covers(outer: Extent, inner: Extent): boolean {
  if (outer.subject !== inner.subject) return false;
  if (outer.port !== 0 && outer.port !== inner.port) return false;
  if (outer.protocol !== "any" && outer.protocol !== inner.protocol) return false;
  switch (outer.form) {
    case "subtree": {
      const below = outer.value === "/" ? "/" : `${outer.value}/`;
      return inner.form !== "name" && (inner.value === outer.value || inner.value.startsWith(below));
    }
    case "name":
      return inner.form === "name"
        ? inner.value === outer.value
        : inner.form === "exact" && inner.value.endsWith(`/${outer.value}`);
    case "wildcard":
      return inner.value.endsWith(`.${outer.value}`) || (inner.form === "wildcard" && inner.value === outer.value);
    case "cidr":
      return inner.value.startsWith(outer.value);
    default:
      return inner.form === outer.form && inner.value === outer.value;
  }
}

function where(other: RuleSource, from: RuleSource): string {
  return other.file === from.file ? `line ${other.line}` : `${other.file}:${other.line}`;
}
