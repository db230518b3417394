/**
 * One event as the journal (`events.jsonl`) and every report see it: decoded from the kernel's record and
 * enriched with ancestry, step and package. docs/events.md describes it for users; bump EVENT_VERSION with it.
 */
import type { FileOp } from "../common/terms.ts";

export const EVENT_VERSION = 1;

/** `deny`: refused. `would-deny`: audit mode, let through. `allow`: let through and recorded. */
export type Verdict = "allow" | "deny" | "would-deny";

/** A process, by thread-group id and start time (a pid alone is reused). */
export interface ProcessRef {
  readonly pid: number;
  /** Nanoseconds since boot, as a decimal string (does not fit a double). */
  readonly start: string;
  readonly comm: string;
  /** Path of the program, when its exec was seen. */
  readonly exe?: string;
  /** Arguments, cut at 256 bytes together, when its exec was seen. */
  readonly args?: readonly string[];
  readonly cwd?: string;
}

export interface EventBase {
  readonly v: typeof EVENT_VERSION;
  /**
   * From 1, in the order in which the events were made. Numbers may be missing: some events only add to the one that
   * follows. Losses are told by gap records, where they were.
   */
  readonly seq: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string;
  readonly verdict: Verdict;
  /** Id of the rule that decided; 0 is the default of the section. */
  readonly rule: number;
  readonly process: ProcessRef;
  readonly uid: number;
  /** Parent first, then grandparent and so on, up to the step's first process. */
  readonly ancestors: readonly ProcessRef[];
  /** The step's `GITHUB_ACTION` id, or null outside a workflow. */
  readonly step: string | null;
  /** Ordinal of the step's process in the session (from 1), 0 when unknown. */
  readonly stepOrdinal: number;
  /** The npm package whose directory the process or an ancestor ran in, e.g. `left-pad` or `@scope/name`. */
  readonly package: string | null;
  /** The container that the process runs in, when a runtime outside of the session started it; null otherwise. */
  readonly container: string | null;
}

export type NetworkHook = "connect" | "send" | "egress" | "socket" | "bind" | "listen";

export interface NetworkEvent extends EventBase {
  readonly kind: "network";
  readonly hook: NetworkHook;
  readonly family: "ipv4" | "ipv6" | string;
  readonly protocol: "tcp" | "udp" | string;
  /** The destination; for `bind` and `listen` the machine's own. Absent for hook `socket`. */
  readonly address?: string;
  readonly port?: number;
  /** The policy's host name that leased this address, when there is one. */
  readonly host?: string;
}

export interface FileEvent extends EventBase {
  readonly kind: "file";
  readonly op: FileOp;
  /** The kernel's act: open, create, mkdir, unlink, rmdir, rename, link, symlink, mknod, truncate, chmod, chown, utimes, xattr, flags, exec, mmap, mprotect, mount, unix. */
  readonly hook: string;
  readonly path: string;
  readonly device: number;
  /** Decimal string. */
  readonly inode: string;
}

export interface GuardEvent extends EventBase {
  readonly kind: "guard";
  /** ptrace, procfs, signal, bpf, cgroup, bpffs, clone, mount, capable, perf, kernel, device, unix, container, post */
  readonly hook: string;
  /** What was reached for: a process, or a path below a guarded file system. */
  readonly target?: { readonly pid?: number; readonly comm?: string; readonly path?: string; readonly detail?: string };
}

export interface ProcessEvent extends EventBase {
  readonly kind: "process";
  readonly hook: "fork" | "exec" | "exit";
}

/** The journal's own records: not from the kernel, `seq` is 0. */
export interface GapRecord {
  readonly v: typeof EVENT_VERSION;
  readonly kind: "gap";
  readonly time: string;
  /** lost: the ring buffer was full. agent: the agent was away and caught up. */
  readonly reason: "lost" | "agent";
  /** Events that are not in the journal. */
  readonly lost: number;
  /** Milliseconds the agent was away, for reason `agent`. */
  readonly away?: number;
}

export type Event = NetworkEvent | FileEvent | GuardEvent | ProcessEvent;
export type JournalRecord = Event | GapRecord;
