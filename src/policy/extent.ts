/** What a rule is about, in a form that compares quickly, and which rules cover it. */
import { networkBits } from "./address.ts";
import type { Effect, FileRule, NetworkRule } from "./rules.ts";

export type Rule = FileRule | NetworkRule;

/** A rule without its id, and the index of the document it comes from. */
export type Draft = (Omit<FileRule, "id"> | Omit<NetworkRule, "id">) & { readonly rank: number };

export interface Extent {
  /** Equal for equal extents. */
  readonly key: string;
  readonly subject: string;
  readonly form: string;
  /** Path, name, host, or the network's address bits. */
  readonly value: string;
  readonly port: number;
  readonly protocol: string;
}

export function extent(draft: Draft): Extent {
  if (draft.kind === "file") {
    const { target } = draft;
    const value = target.form === "name" ? target.name : target.path;
    const file = { subject: draft.op, form: target.form, value, port: 0, protocol: "any" };
    return { key: keyOf(file), ...file };
  }
  const { direction, target, port, protocol } = draft;
  const subject = `${direction} ${target.form === "cidr" ? `v${target.family}` : "name"}`;
  const value =
    target.form === "cidr"
      ? networkBits(target.address, target.prefix)
      : target.form === "host"
        ? target.host
        : target.suffix;
  const network = { subject, form: target.form, value, port, protocol };
  return { key: keyOf(network), ...network };
}

function keyOf({ subject, form, value, port, protocol }: Omit<Extent, "key">): string {
  return `${subject} ${form} ${value} ${port} ${protocol}`;
}

/** Does `outer` decide everything that `inner` speaks of? */
export function covers(outer: Extent, inner: Extent): boolean {
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

interface Entry {
  readonly draft: Draft;
  readonly extent: Extent;
  /** Place in the order that the index was given. */
  readonly place: number;
}

/**
 * Rules of one effect, found by what they cover: `covers()` with few candidates instead of all, so that a policy of
 * a hundred thousand rules is not compared pair by pair.
 */
export class CoverIndex {
  private readonly byKey = new Map<string, Entry[]>();
  /** Lengths that prefixes of addresses have, by subject: usually very few. */
  private readonly prefixes = new Map<string, Set<number>>();

  constructor(drafts: readonly Draft[], effect: Effect) {
    for (const [place, draft] of drafts.entries()) {
      if (draft.effect !== effect) continue;
      const entry = { draft, extent: extent(draft), place };
      const same = this.byKey.get(entry.extent.key);
      if (same === undefined) this.byKey.set(entry.extent.key, [entry]);
      else same.push(entry);
      if (entry.extent.form !== "cidr") continue;
      const { subject, value } = entry.extent;
      this.prefixes.set(subject, (this.prefixes.get(subject) ?? new Set()).add(value.length));
    }
  }

  /** The first in order that covers `inner` and comes from a document of this rank at most. */
  first(
    inner: Extent,
    rank = Number.POSITIVE_INFINITY,
  ): { readonly draft: Draft; readonly extent: Extent } | undefined {
    let best: Entry | undefined;
    for (const { form, value } of this.outersOf(inner)) {
      for (const shape of shapesOf(inner)) {
        for (const entry of this.byKey.get(keyOf({ ...shape, subject: inner.subject, form, value })) ?? []) {
          if (entry.draft.rank > rank || (best !== undefined && best.place < entry.place)) continue;
          if (covers(entry.extent, inner)) best = entry;
        }
      }
    }
    return best;
  }

  /** Every form and value that could cover `inner`; some of them do not. */
  private *outersOf({ subject, form, value }: Extent): Generator<{ readonly form: string; readonly value: string }> {
    yield { form, value };
    switch (form) {
      case "exact":
      case "subtree":
        yield { form: "subtree", value };
        for (let at = value.lastIndexOf("/"); at >= 0; at = at === 0 ? -1 : value.lastIndexOf("/", at - 1)) {
          yield { form: "subtree", value: value.slice(0, at) || "/" };
          yield { form: "name", value: value.slice(at + 1) };
        }
        return;
      case "host":
      case "wildcard":
        for (let at = value.indexOf("."); at >= 0; at = value.indexOf(".", at + 1))
          yield { form: "wildcard", value: value.slice(at + 1) };
        return;
      case "cidr":
        for (const length of this.prefixes.get(subject) ?? [])
          if (length < value.length) yield { form: "cidr", value: value.slice(0, length) };
    }
  }
}

type Shape = Pick<Extent, "port" | "protocol">;

/** The ports and protocols of a rule that could cover this one. */
function shapesOf({ port, protocol }: Extent): readonly Shape[] {
  const any = [{ port: 0, protocol: "any" }];
  if (port === 0 && protocol === "any") return any;
  const ports = port === 0 ? [0] : [port, 0];
  const protocols = protocol === "any" ? ["any"] : [protocol, "any"];
  return ports.flatMap((each) => protocols.map((name) => ({ port: each, protocol: name })));
}
