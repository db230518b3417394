/**
 * The address tries as the agent wants them, and the changes that bring the monitor's there.
 *
 * A trie gives the longest prefix, whatever its effect; in a policy deny beats allow. So within one shape (port and
 * protocol) an allow that lies inside a deny is not sent: what is left has the deny as its longest match. Between
 * shapes the kernel side looks for denies itself. Several rules, and several names, may want the same key.
 */
import ipaddr from "ipaddr.js";
import type { Effect } from "../policy/rules.ts";
import { WardenEffect } from "./abi.gen.ts";
import type { NetRule } from "./frames.ts";

export interface AddressKey {
  /** enum warden_direction */
  readonly direction: number;
  readonly family: 4 | 6;
  readonly addr: Uint8Array;
  readonly prefix: number;
  /** 0 for any. */
  readonly port: number;
  /** 6, 17, or 0 for any. */
  readonly protocol: 0 | 6 | 17;
}

/** One RULE_NET frame to send. */
export interface AddressChange {
  readonly rule: NetRule;
  readonly remove: boolean;
}

interface Owner {
  readonly rule: number;
  readonly effect: Effect;
}

interface Entry {
  readonly key: AddressKey;
  /** The rules that want this key, lowest first: nearly always one. */
  owners: readonly Owner[];
  sent: Owner | null;
}

/** Entries of one direction, family, port and protocol: one trie, as far as a lookup can see. */
class Shape {
  readonly entries = new Map<string, Entry>();
  /** By length, the prefixes that are denied: usually of very few lengths. */
  readonly denies = new Map<number, Set<string>>();
  /** Entries that some rule allows: what a new deny may cover. */
  readonly allowed = new Set<Entry>();
}

/** A reserved rule that the monitor set itself. */
export interface OwnRule {
  readonly key: AddressKey;
  readonly rule: number;
}

export class AddressTable {
  private readonly shapes = new Map<string, Shape>();

  /** @param own denies that are in the trie already, whatever the policy says */
  constructor(own: readonly OwnRule[] = []) {
    for (const { key, rule } of own) this.hold(key, rule, "deny");
  }

  /** `rule` wants this key from now on. A deny stays for the session: the monitor lets no agent take one back. */
  hold(key: AddressKey, rule: number, effect: Effect): AddressChange[] {
    const shape = this.shapeOf(key);
    const id = networkOf(key.addr, key.prefix);
    const entry: Entry = shape.entries.get(id) ?? { key, owners: [], sent: null };
    shape.entries.set(id, entry);
    if (effectOf(entry, rule) !== "deny") {
      const others = entry.owners.filter((owner) => owner.rule !== rule);
      entry.owners = [...others, { rule, effect }].sort((a, b) => a.rule - b.rule);
    }
    if (effect === "allow") {
      shape.allowed.add(entry);
      return reconcile(entry, shape);
    }
    const denies = shape.denies.get(key.prefix) ?? new Set();
    shape.denies.set(key.prefix, denies);
    if (denies.has(id)) return reconcile(entry, shape);
    denies.add(id);
    const inside = [...shape.allowed].filter((other) => other !== entry && lies(other.key, key));
    return [entry, ...inside].flatMap((each) => reconcile(each, shape));
  }

  /** `rule` wants this key no more. Takes back allows only. */
  drop(key: AddressKey, rule: number): AddressChange[] {
    const shape = this.shapeOf(key);
    const id = networkOf(key.addr, key.prefix);
    const entry = shape.entries.get(id);
    if (entry === undefined || effectOf(entry, rule) !== "allow") return [];
    entry.owners = entry.owners.filter((owner) => owner.rule !== rule);
    const changes = reconcile(entry, shape);
    if (!entry.owners.some((owner) => owner.effect === "allow")) shape.allowed.delete(entry);
    if (entry.owners.length === 0) shape.entries.delete(id);
    return changes;
  }

  private shapeOf({ direction, family, port, protocol }: AddressKey): Shape {
    const id = `${direction}/${family}/${port}/${protocol}`;
    const shape = this.shapes.get(id) ?? new Shape();
    this.shapes.set(id, shape);
    return shape;
  }
}

/** Bytes of an address as text; v4-mapped v6 is v4, as the kernel side has it. Null when it is none. */
export function addressBytes(text: string): { readonly family: 4 | 6; readonly addr: Uint8Array } | null {
  if (!ipaddr.isValid(text)) return null;
  const address = ipaddr.process(text);
  return { family: address.kind() === "ipv4" ? 4 : 6, addr: Uint8Array.from(address.toByteArray()) };
}

function reconcile(entry: Entry, shape: Shape): AddressChange[] {
  const want = wanted(entry, shape);
  const { sent, key } = entry;
  if (want?.rule === sent?.rule && want?.effect === sent?.effect) return [];
  entry.sent = want;
  const said = want ?? sent;
  if (said === null) return [];
  const effect = said.effect === "deny" ? WardenEffect.DENY : WardenEffect.ALLOW;
  return [{ rule: { rule: said.rule, effect, ...key }, remove: want === null }];
}

function wanted({ key, owners }: Entry, shape: Shape): Owner | null {
  const deny = owners.find((owner) => owner.effect === "deny");
  if (deny) return deny;
  const [allow] = owners;
  if (allow === undefined) return null;
  for (const [prefix, denied] of shape.denies)
    if (prefix <= key.prefix && denied.has(networkOf(key.addr, prefix))) return null;
  return allow;
}

function effectOf({ owners }: Entry, rule: number): Effect | undefined {
  return owners.find((owner) => owner.rule === rule)?.effect;
}

function lies(inner: AddressKey, outer: AddressKey): boolean {
  return inner.prefix >= outer.prefix && sameBits(inner.addr, outer.addr, outer.prefix);
}

/** Has any address a place in both? Ports and protocols are not looked at. */
export function overlap(a: Pick<AddressKey, "family" | "addr" | "prefix">, b: typeof a): boolean {
  return a.family === b.family && sameBits(a.addr, b.addr, Math.min(a.prefix, b.prefix));
}

function sameBits(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  for (let at = 0; at * 8 < bits; at++) {
    const mask = 0xff << Math.max(0, 8 - (bits - at * 8));
    if (((a[at] ?? 0) ^ (b[at] ?? 0)) & mask & 0xff) return false;
  }
  return true;
}

/** The first `prefix` bits, and how many they are. */
function networkOf(addr: Uint8Array, prefix: number): string {
  let id = `${prefix}:`;
  for (let at = 0; at * 8 < prefix; at++) {
    const mask = 0xff << Math.max(0, 8 - (prefix - at * 8));
    id += String.fromCharCode((addr[at] ?? 0) & mask & 0xff);
  }
  return id;
}
