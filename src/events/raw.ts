/** An event as the kernel made it, before anything is known of its process, its step or its mounts. */

export interface RawPath {
  /** Components, the root's child first; empty for the root of the file system, or of no file system. */
  readonly names: readonly string[];
  /** Components are missing at the root's end. */
  readonly cut: boolean;
  /** s_dev of the file system, major << 20 | minor. */
  readonly device: number;
}

export interface RawHeader {
  /** Dense from 1, in the order of the ring. */
  readonly seq: number;
  /** Events lost before this one was made; not always in order. */
  readonly lost: number;
  /** Boot nanoseconds. */
  readonly time: bigint;
  /** Of the process, boot nanoseconds. */
  readonly start: bigint;
  readonly parentStart: bigint;
  readonly hook: number;
  readonly verdict: number;
  readonly op: number;
  readonly rule: number;
  readonly pid: number;
  readonly parent: number;
  readonly uid: number;
  /** Thread-group id of the step's first process, 0 for none. */
  readonly step: number;
  readonly comm: string;
}

export type RawEvent = { readonly header: RawHeader } & (
  | { readonly kind: "fork" | "exit" }
  | {
      readonly kind: "exec";
      readonly path: RawPath;
      readonly args: readonly string[];
      /** Empty but for a step's first program. */
      readonly stepId: string;
      /** Name of the container's cgroup; empty but for the first program inside. */
      readonly cgroup: string;
    }
  /** The directory in which the next exec of this process is done. */
  | { readonly kind: "cwd"; readonly path: RawPath }
  | {
      readonly kind: "network";
      readonly family: number;
      readonly port: number;
      readonly protocol: number;
      /** Network order, v4 in the first four. */
      readonly address: Uint8Array;
    }
  | { readonly kind: "file"; readonly path: RawPath; readonly inode: bigint }
  | { readonly kind: "guard"; readonly target: number; readonly comm: string; readonly detail: number }
);
