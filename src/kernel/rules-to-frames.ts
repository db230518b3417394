/** A compiled policy as what the monitor takes: frames for paths, a table of addresses, names to lease, and flags. */
import type { CompiledPolicy, Effect, FileOp, FileRule, NetworkRule, Protocol, RuleSource } from "../policy/rules.ts";
import {
  WardenDirection as Direction,
  WardenPolicyFlag as Flag,
  WardenEffect,
  WardenLimit,
  WardenOp,
  WardenPathForm,
} from "./abi.gen.ts";
import { type AddressChange, type AddressKey, AddressTable, addressBytes, overlap } from "./addresses.ts";
import { addressDoors, type PathDoor, pathDoors } from "./doors.ts";
import { pathRuleFrame } from "./frames.ts";

/** Rule ids that are the guard's own (bpf/monitor/monitor.h). */
export const RULE_CANARY = 0xffffff00;
export const RULE_SELF = 0xffffff01;

/** The canary's address, 127.119.97.114 (bpf/monitor/canary.c): an allow of just this would undo the proof. */
const CANARY: Omit<AddressKey, "direction"> = {
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

export interface PathFrame {
  readonly rule: Pick<FileRule, "id" | "effect" | "source">;
  readonly frame: Buffer;
}

export interface PolicyFrames {
  /** enum warden_policy_flag, for COMMIT. */
  readonly flags: number;
  /** Made one by one as they are sent: a policy may have a hundred thousand. */
  readonly paths: Iterable<PathFrame>;
  /** What is known of addresses before a name is resolved, in the table already. */
  readonly addresses: readonly AddressChange[];
  readonly table: AddressTable;
  readonly hosts: readonly HostRule[];
  /** By rule id: the policy's, the guard's own, and what the policy implies. */
  readonly rules: Readonly<Record<number, RuleSource>>;
}

/** What the frames depend on besides the policy. */
export interface Machine {
  /** Addresses that must be reachable when the policy allows by name and denies otherwise. */
  readonly nameservers: readonly string[];
  /** Is there such a directory? Where it is missing, there is no service to reach in it. */
  readonly hasDirectory: (path: string) => boolean;
}

export function policyFrames(policy: CompiledPolicy, { nameservers, hasDirectory }: Machine): PolicyFrames {
  const canary = [Direction.OUT, Direction.IN].map((direction) => ({ ...CANARY, direction }));
  const table = new AddressTable(canary.map((key) => ({ key, rule: RULE_CANARY })));
  const files = policy.rules.filter((rule) => rule.kind === "file");
  const network = policy.rules.filter((rule) => rule.kind === "network");
  const hosts = network.flatMap(hostRule);
  const ids = idsAfter(policy);
  const resolver = { id: ids(), source: own("implicit: resolver") };
  const written = network.flatMap(literal);
  const asked = needsResolver(policy, hosts) ? nameservers.flatMap((server) => resolverKeys(server, resolver.id)) : [];
  const addresses = addressDoors(policy).map((door) => ({ ...door, id: ids(), source: own(door.text) }));
  // Every door has an id, there or not: an agent that takes over gives the same ones.
  const paths = pathDoors(policy).map((door) => ({ ...door, id: ids(), source: own(door.text) }));
  const allowed = [...written, ...asked].filter(({ effect }) => effect === "allow");
  const keys = [...written, ...asked, ...addresses.flatMap((door) => doorKey(door, allowed))];
  const doors = paths.filter(({ path }) => hasDirectory(directoryOf(path)));
  // denies first: an allow that lies inside one is then never sent
  const ordered = [...keys.filter((k) => k.effect === "deny"), ...keys.filter((k) => k.effect === "allow")];
  return {
    flags: flagsOf(policy, files, [...keys.map((item) => item.key), ...hosts]),
    paths: {
      *[Symbol.iterator]() {
        for (const rule of files) yield { rule, frame: pathFrame(rule) };
        for (const door of doors) {
          const { id, source } = door;
          yield { rule: { id, effect: "deny" as const, source }, frame: doorFrame(door) };
        }
      },
    },
    addresses: ordered.flatMap(({ key, rule, effect }) => table.hold(key, rule, effect)),
    table,
    hosts,
    rules: {
      ...Object.fromEntries(policy.rules.map((rule) => [rule.id, rule.source])),
      ...Object.fromEntries([resolver, ...addresses, ...paths].map(({ id, source }) => [id, source])),
      [RULE_CANARY]: own("the guard's canary"),
      [RULE_SELF]: own("the guard's own files"),
    },
  };
}

/** The key of one leased address, or null when the text is no address. */
export function leaseKey(address: string, { port, protocol }: HostRule): AddressKey | null {
  const bytes = addressBytes(address);
  return bytes && { ...bytes, direction: Direction.OUT, prefix: bytes.family === 4 ? 32 : 128, port, protocol };
}

interface Wanted {
  readonly key: AddressKey;
  readonly rule: number;
  readonly effect: Effect;
}

const PROTOCOLS: Readonly<Record<Protocol, 0 | 6 | 17>> = { tcp: 6, udp: 17, any: 0 };

function literal({ id, direction, effect, target, port, protocol }: NetworkRule): Wanted[] {
  if (target.form !== "cidr") return [];
  const bytes = addressBytes(target.address);
  if (bytes === null) throw new RangeError(`rule ${id}: ${target.address} is no address`);
  const key = { ...bytes, prefix: target.prefix, port, protocol: PROTOCOLS[protocol] };
  if (direction === "out") return [{ key: { ...key, direction: Direction.OUT }, rule: id, effect }];
  const own = { key: { ...key, direction: Direction.IN }, rule: id, effect };
  // Every address at once is denied when one is, and allowed when all are.
  if (effect === "allow" && target.prefix > 0) return [own];
  const any = { ...key, direction: Direction.IN_ANY, addr: new Uint8Array(bytes.addr.length), prefix: 0 };
  return [own, { key: any, rule: id, effect }];
}

function hostRule({ id, effect, target, port, protocol }: NetworkRule): HostRule[] {
  if (target.form !== "host") return [];
  return [{ host: target.host, rule: id, effect, port, protocol: PROTOCOLS[protocol] }];
}

function idsAfter({ rules }: CompiledPolicy): () => number {
  let last = rules.reduce((most, { id }) => Math.max(most, id), 0);
  return () => ++last;
}

/** A job that may reach names must be able to ask for them. */
function needsResolver({ defaults }: CompiledPolicy, hosts: readonly HostRule[]): boolean {
  return defaults.network === "deny" && hosts.some((host) => host.effect === "allow");
}

/** A door that the policy opens, or that its resolver stands in, stays open. */
function doorKey(
  { address, prefix, port, id }: { address: string; prefix: number; port: number; id: number },
  allowed: readonly Wanted[],
): Wanted[] {
  const bytes = addressBytes(address);
  if (bytes === null) throw new RangeError(`${address} is no address`);
  const key: AddressKey = { ...bytes, direction: Direction.OUT, prefix, port, protocol: 0 };
  if (port === 0 && allowed.some((wanted) => lies(wanted.key, key))) return [];
  return [{ key, rule: id, effect: "deny" }];
}

/** Only an allow that speaks of the door's own addresses opens it: one of everything does not. */
function lies(inner: AddressKey, outer: AddressKey): boolean {
  return inner.direction === outer.direction && inner.prefix >= outer.prefix && overlap(inner, outer);
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function doorFrame({ id, form, path }: PathDoor & { readonly id: number }): Buffer {
  return pathRuleFrame({ rule: id, op: WardenOp.WRITE, effect: WardenEffect.DENY, form: FORMS[form], path });
}

function resolverKeys(server: string, rule: number): Wanted[] {
  const bytes = addressBytes(server);
  if (bytes === null) return [];
  const key = { ...bytes, direction: Direction.OUT, prefix: bytes.family === 4 ? 32 : 128, port: 53 };
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
  {
    mode,
    rules,
    defaults,
    memfd,
    processMemory,
    signals,
    configureNetwork,
    sudo,
    services,
    containers,
  }: CompiledPolicy,
  files: readonly FileRule[],
  shapes: readonly { readonly port: number; readonly protocol: number }[],
): number {
  const listen = defaults.listen === "deny" || rules.some((rule) => rule.kind === "network" && rule.direction === "in");
  const network =
    rules.some((rule) => rule.kind === "network") || defaults.network === "deny" || listen || services === "deny";
  const exec = files.some((rule) => rule.op === "exec") || defaults.exec === "deny" || memfd === "deny";
  let flags =
    // the guard's own files are rules, too: without them a job that is root could edit its journal
    Flag.HAS_FILES | Flag.NET_ANY;
  const set = (when: boolean, flag: number) => {
    if (when) flags |= flag;
  };
  set(mode === "enforce", Flag.ENFORCE);
  set(defaults.network === "deny", Flag.DENY_NETWORK);
  set(defaults.listen === "deny", Flag.DENY_LISTEN);
  set(listen, Flag.HAS_LISTEN);
  set(defaults.exec === "deny", Flag.DENY_EXEC);
  set(defaults.read === "deny", Flag.DENY_READ);
  set(defaults.write === "deny", Flag.DENY_WRITE);
  set(defaults.delete === "deny", Flag.DENY_DELETE);
  set(defaults.delete === "inherit", Flag.DELETE_INHERITS);
  set(memfd === "deny", Flag.DENY_MEMFD);
  set(processMemory === "deny", Flag.DENY_MEMORY);
  set(signals === "deny", Flag.DENY_SIGNALS);
  set(configureNetwork === "deny", Flag.DENY_NET_ADMIN);
  set(sudo === "deny", Flag.DENY_SUDO);
  set(services === "deny", Flag.DENY_SERVICES);
  set(containers === "govern", Flag.GOVERN_CONTAINERS);
  set(network, Flag.HAS_NETWORK);
  set(exec, Flag.HAS_EXEC);
  set(
    files.some((rule) => rule.target.form === "name"),
    Flag.HAS_NAMES,
  );
  // the doors' trees; they deny writing
  if (services === "deny") flags |= Flag.HAS_FILES | (OPS.write << WardenLimit.TREES_SHIFT);
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

/** In place of a policy's file. */
const OWN = "warden";

function own(text: string): RuleSource {
  return { file: OWN, line: 1, column: 1, text };
}

/** Is it a rule that no policy has written? */
export function isOwn({ file }: RuleSource): boolean {
  return file === OWN;
}
