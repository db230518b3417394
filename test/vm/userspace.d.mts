import type { Architecture } from "./architectures.mjs";

/** Absolute, on this machine. */
export interface UserSpace {
  /** The guest's root directory. */
  readonly tree: string;
  readonly node: string;
  /** A static one. */
  readonly busybox: string;
}
export declare function ensureUserSpace(arch: Architecture): Promise<UserSpace>;
