import type { Architecture } from "./architectures.mjs";

export interface PreparedKernel {
  /** As it was asked for: `X.Y` or `newest`. */
  readonly kernel: string;
  readonly release: string;
  readonly version: string;
  readonly suite: string;
  readonly directory: string;
  /** Module files of the initramfs, in the order to load them, relative to `directory`/modules. */
  readonly boot: readonly string[];
}
export declare function ensureKernel(kernel: string, arch: Architecture): Promise<PreparedKernel>;
