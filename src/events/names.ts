/** Words for the kernel's numbers. What has none is told by its number: an event is never dropped for being new. */
import { constants } from "node:os";
import { WardenHook, WardenHookNames, WardenOp } from "../kernel/abi.gen.ts";
import type { FileOp } from "../policy/rules.ts";
import type { NetworkHook, Verdict } from "../report/event.ts";

/** Address families of linux/socket.h that a job may try. */
const FAMILIES = new Map([
  [1, "unix"],
  [2, "ipv4"],
  [3, "ax25"],
  [10, "ipv6"],
  [15, "key"],
  [16, "netlink"],
  [17, "packet"],
  [21, "rds"],
  [29, "can"],
  [30, "tipc"],
  [31, "bluetooth"],
  [38, "alg"],
  [40, "vsock"],
  [42, "qrtr"],
  [43, "smc"],
  [44, "xdp"],
]);

/** IP protocols of linux/in.h. */
const PROTOCOLS = new Map([
  [0, "any"],
  [1, "icmp"],
  [2, "igmp"],
  [6, "tcp"],
  [17, "udp"],
  [33, "dccp"],
  [41, "ipv6"],
  [47, "gre"],
  [50, "esp"],
  [51, "ah"],
  [58, "icmpv6"],
  [132, "sctp"],
  [136, "udplite"],
  [255, "raw"],
  [262, "mptcp"],
]);

/** enum bpf_cmd of linux/bpf.h, in order from 0. */
const BPF_COMMANDS = (
  "MAP_CREATE MAP_LOOKUP_ELEM MAP_UPDATE_ELEM MAP_DELETE_ELEM MAP_GET_NEXT_KEY PROG_LOAD OBJ_PIN OBJ_GET PROG_ATTACH " +
  "PROG_DETACH PROG_TEST_RUN PROG_GET_NEXT_ID MAP_GET_NEXT_ID PROG_GET_FD_BY_ID MAP_GET_FD_BY_ID " +
  "OBJ_GET_INFO_BY_FD PROG_QUERY RAW_TRACEPOINT_OPEN BTF_LOAD BTF_GET_FD_BY_ID TASK_FD_QUERY " +
  "MAP_LOOKUP_AND_DELETE_ELEM MAP_FREEZE BTF_GET_NEXT_ID MAP_LOOKUP_BATCH MAP_LOOKUP_AND_DELETE_BATCH " +
  "MAP_UPDATE_BATCH MAP_DELETE_BATCH LINK_CREATE LINK_UPDATE LINK_GET_FD_BY_ID LINK_GET_NEXT_ID ENABLE_STATS " +
  "ITER_CREATE LINK_DETACH PROG_BIND_MAP TOKEN_CREATE"
).split(" ");

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** PTRACE_MODE_READ and PTRACE_MODE_ATTACH of linux/ptrace.h. */
const PTRACE_READ = 1;
const PTRACE_ATTACH = 2;

/** Those that the guard takes from root (bpf/root.bpf.c), by linux/capability.h. */
const CAPABILITIES = new Map([
  [12, "CAP_NET_ADMIN"],
  [16, "CAP_SYS_MODULE"],
  [17, "CAP_SYS_RAWIO"],
  [22, "CAP_SYS_BOOT"],
  [32, "CAP_MAC_OVERRIDE"],
  [33, "CAP_MAC_ADMIN"],
]);

const OPS = new Map<number, FileOp>([
  [WardenOp.READ, "read"],
  [WardenOp.WRITE, "write"],
  [WardenOp.DELETE, "delete"],
  [WardenOp.EXEC, "exec"],
]);

const NETWORK_HOOKS: Readonly<Record<number, NetworkHook | undefined>> = {
  [WardenHook.SEND]: "send",
  [WardenHook.EGRESS]: "egress",
  [WardenHook.SOCKET]: "socket",
  [WardenHook.BIND]: "bind",
  [WardenHook.LISTEN]: "listen",
};

export function familyName(family: number): string {
  return FAMILIES.get(family) ?? String(family);
}

export function protocolName(protocol: number): string {
  return PROTOCOLS.get(protocol) ?? String(protocol);
}

export function verdictName(verdict: number): Verdict {
  return verdict === 0 ? "allow" : verdict === 1 ? "deny" : "would-deny";
}

export function opName(op: number): FileOp {
  return OPS.get(op) ?? "read";
}

export function networkHookName(hook: number): NetworkHook {
  return NETWORK_HOOKS[hook] ?? "connect";
}

/** `open`, `ptrace`, ...: the hook as the journal names it. */
export function hookName(hook: number): string {
  return WardenHookNames[hook]?.toLowerCase() ?? `hook ${hook}`;
}

/** What a guard event's number says; null when it says nothing. */
export function guardDetail(hook: number, detail: number): string | null {
  switch (hook) {
    case WardenHook.SIGNAL:
      return SIGNALS.get(detail) ?? `signal ${detail}`;
    case WardenHook.BPF:
      return BPF_COMMANDS[detail] ?? `command ${detail}`;
    case WardenHook.PTRACE:
      return detail & PTRACE_ATTACH ? "attach" : detail & PTRACE_READ ? "read" : null;
    case WardenHook.CAPABLE:
      return CAPABILITIES.get(detail) ?? `capability ${detail}`;
    case WardenHook.DEVICE:
      // the kernel's own dev_t: 12 bits of major number, 20 of minor
      return `${detail >>> 20}:${detail & 0xfffff}`;
    default:
      return null;
  }
}
