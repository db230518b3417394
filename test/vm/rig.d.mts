import type { Writable } from "node:stream";
import type { Architecture } from "./architectures.mjs";

export declare const TIMED_OUT: 124;
export declare const MACHINE_FAILED: 125;

export interface VmJob {
  /** `X.Y`, or `newest`. */
  readonly kernel?: string;
  /** `x86_64` when left out. */
  readonly arch?: Architecture;
  /** stock: without `bpf` in the list of LSMs, as hosted runners are. */
  readonly lsm?: "stock" | "bpf";
  /** One guest nanosecond per instruction, on one processor. */
  readonly icount?: boolean;
  readonly cpus?: number;
  /** MiB. */
  readonly memory?: number;
  /** Seconds, boot included. */
  readonly timeout?: number;
  readonly command: readonly string[];
  /** Where the command runs; the caller's working directory when left out. */
  readonly directory?: string;
  /** Added to the caller's own; only NO_COLOR, FORCE_COLOR, TERM and WARDEN_* reach the guest. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: the caller's own. They are written to, never ended. */
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  readonly signal?: AbortSignal;
}

export interface VmEnd {
  /** The command's; or 124 (time over), 125 (panic, machine stopped), 130 (aborted), and then `problem` says more. */
  readonly status: number;
  readonly problem: string;
  /** `uname -r` of the kernel that was booted. */
  readonly release: string;
  /** Milliseconds from the emulator's start to the command's; undefined when it never started. */
  readonly bootMs: number | undefined;
  readonly seconds: number;
  /** What the kernel wrote to its console: warnings and worse. */
  readonly console: string;
}

export declare function runInVm(job: VmJob): Promise<VmEnd>;
