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
/** Packages that the search for a mirror and its keys needs where the machine is not Debian. */
export declare function mirrorPackages(): string[];
export declare function ensureKernel(kernel: string): Promise<PreparedKernel>;
