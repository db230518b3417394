/** A compiled policy as what the monitor takes: frames for paths, a table of addresses, names to lease, and flags. */
import type { CompiledPolicy, Effect, FileOp, FileRule, NetworkRule, Protocol, RuleSource } from "../policy/rules.ts";
import { WardenPolicyFlag as Flag, WardenEffect, WardenLimit, WardenOp, WardenPathForm } from "./abi.gen.ts";
import { type AddressChange, type AddressKey, AddressTable, addressBytes } from "./addresses.ts";
import { pathRuleFrame } from "./frames.ts";

/** Rule ids that are the guard's own (bpf/monitor/monitor.h). */
export const RULE_CANARY = 0xffffff00;
export const RULE_SELF = 0xffffff01;

/** The canary's address, 127.119.97.114 (bpf/monitor/canary.c): an allow of just this would undo the proof. */
const CANARY: AddressKey = {
  family: 4,
  addr: Uint8Array.of(127, 119, 97, 114),
  prefix: 32,
  port: 0,
  protocol: 0,
};

/** A host name of the policy: its addresses are leased for these rules. */
export interface HostRule {
  readonly host: string;
  readonly rule: number;
  readonly effect: Effect;
  readonly port: number;
  readonly protocol: 0 | 6 | 17;
}

export interface PolicyFrames {
  /** enum warden_policy_flag, for COMMIT. */
  readonly flags: number;
  readonly paths: readonly { readonly rule: FileRule; readonly frame: Buffer }[];
  /** What is known of addresses before a name is resolved, in the table already. */
  readonly addresses: readonly AddressChange[];
  readonly table: AddressTable;
  readonly hosts: readonly HostRule[];
  /** By rule id: the policy's, the guard's own, and what the policy implies. */
  readonly rules: Readonly<Record<number, RuleSource>>;
}

/** @param nameservers addresses that must be reachable when the policy allows by name and denies otherwise */
export function policyFrames(policy: CompiledPolicy, nameservers: readonly string[]): PolicyFrames {
  const table = new AddressTable([{ key: CANARY, rule: RULE_CANARY }]);
  const files = policy.rules.filter((rule) => rule.kind === "file");
  const network = policy.rules.filter((rule) => rule.kind === "network");
  const hosts = network.flatMap(hostRule);
  const resolver = resolverRule(policy, hosts);
  const keys = [
    ...network.flatMap(literal),
    ...(resolver === null ? [] : nameservers.flatMap((server) => resolverKeys(server, resolver.id))),
  ];
  // denies first: an allow that lies inside one is then never sent
  const ordered = [...keys.filter((k) => k.effect === "deny"), ...keys.filter((k) => k.effect === "allow")];
  return {
    flags: flagsOf(policy, files, [...keys.map((item) => item.key), ...hosts]),
    paths: files.map((rule) => ({ rule, frame: pathFrame(rule) })),
    addresses: ordered.flatMap(({ key, rule, effect }) => table.hold(key, rule, effect)),
    table,
    hosts,
    rules: {
      ...Object.fromEntries(policy.rules.map((rule) => [rule.id, rule.source])),
      ...(resolver === null ? {} : { [resolver.id]: resolver.source }),
      [RULE_CANARY]: own("the guard's canary"),
      [RULE_SELF]: own("the guard's own files"),
    },
  };
}

/** The key of one leased address, or null when the text is no address. */
export function leaseKey(address: string, { port, protocol }: HostRule): AddressKey | null {
  const bytes = addressBytes(address);
  return bytes && { ...bytes, prefix: bytes.family === 4 ? 32 : 128, port, protocol };
}

interface Wanted {
  readonly key: AddressKey;
  readonly rule: number;
  readonly effect: Effect;
}

const PROTOCOLS: Readonly<Record<Protocol, 0 | 6 | 17>> = { tcp: 6, udp: 17, any: 0 };

function literal({ id, effect, target, port, protocol }: NetworkRule): Wanted[] {
  if (target.form !== "cidr") return [];
  const bytes = addressBytes(target.address);
  if (bytes === null) throw new RangeError(`rule ${id}: ${target.address} is no address`);
  const key = { ...bytes, prefix: target.prefix, port, protocol: PROTOCOLS[protocol] };
  return [{ key, rule: id, effect }];
}

function hostRule({ id, effect, target, port, protocol }: NetworkRule): HostRule[] {
  if (target.form !== "host") return [];
  return [{ host: target.host, rule: id, effect, port, protocol: PROTOCOLS[protocol] }];
}

/** A job that may reach names must be able to ask for them. */
function resolverRule(policy: CompiledPolicy, hosts: readonly HostRule[]): { id: number; source: RuleSource } | null {
  if (policy.defaults.network !== "deny" || !hosts.some((host) => host.effect === "allow")) return null;
  return { id: Math.max(0, ...policy.rules.map((rule) => rule.id)) + 1, source: own("implicit: resolver") };
}

function resolverKeys(server: string, rule: number): Wanted[] {
  const bytes = addressBytes(server);
  if (bytes === null) return [];
  const key = { ...bytes, prefix: bytes.family === 4 ? 32 : 128, port: 53 };
  return ([6, 17] as const).map((protocol) => ({ key: { ...key, protocol }, rule, effect: "allow" }));
}

const OPS: Readonly<Record<FileOp, number>> = {
  read: WardenOp.READ,
  write: WardenOp.WRITE,
  delete: WardenOp.DELETE,
  exec: WardenOp.EXEC,
};
const FORMS = { exact: WardenPathForm.EXACT, subtree: WardenPathForm.TREE, name: WardenPathForm.NAME } as const;

function pathFrame({ id, op, effect, target }: FileRule): Buffer {
  return pathRuleFrame({
    rule: id,
    op: OPS[op],
    effect: effect === "deny" ? WardenEffect.DENY : WardenEffect.ALLOW,
    form: FORMS[target.form],
    path: target.form === "name" ? target.name : target.path,
  });
}

function flagsOf(
  { mode, rules, defaults, memfd, processMemory }: CompiledPolicy,
  files: readonly FileRule[],
  shapes: readonly { readonly port: number; readonly protocol: number }[],
): number {
  const network = rules.some((rule) => rule.kind === "network") || defaults.network === "deny";
  const exec = files.some((rule) => rule.op === "exec") || defaults.exec === "deny" || memfd === "deny";
  let flags =
    // the guard's own files are rules, too: without them a job that is root could edit its journal
    Flag.HAS_FILES | Flag.NET_ANY;
  const set = (when: boolean, flag: number) => {
    if (when) flags |= flag;
  };
  set(mode === "enforce", Flag.ENFORCE);
  set(defaults.network === "deny", Flag.DENY_NETWORK);
  set(defaults.exec === "deny", Flag.DENY_EXEC);
  set(defaults.read === "deny", Flag.DENY_READ);
  set(defaults.write === "deny", Flag.DENY_WRITE);
  set(defaults.delete === "deny", Flag.DENY_DELETE);
  set(defaults.delete === "inherit", Flag.DELETE_INHERITS);
  set(memfd === "deny", Flag.DENY_MEMFD);
  set(processMemory === "deny", Flag.DENY_MEMORY);
  set(network, Flag.HAS_NETWORK);
  set(exec, Flag.HAS_EXEC);
  set(
    files.some((rule) => rule.target.form === "name"),
    Flag.HAS_NAMES,
  );
  // deeper than the kernel walks, an operation is refused when a tree that was not reached might deny it
  for (const { op, effect, target } of files) {
    if (effect === "deny" && target.form === "subtree") flags |= OPS[op] << WardenLimit.TREES_SHIFT;
  }
  for (const { port, protocol } of shapes) {
    if (port !== 0) flags |= protocol !== 0 ? Flag.NET_PORT_PROTO : Flag.NET_PORT;
    else flags |= protocol !== 0 ? Flag.NET_PROTO : Flag.NET_ANY;
  }
  return flags;
}

function own(text: string): RuleSource {
  return { file: "warden", line: 1, column: 1, text };
}
