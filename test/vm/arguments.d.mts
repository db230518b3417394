import type { Architecture } from "./architectures.mjs";

export declare class UsageError extends Error {}
export interface VmOptions {
  kernel: string;
  arch: Architecture;
  lsm: "stock" | "bpf";
  icount: boolean;
  cpus: number;
  memory: number;
  timeout: number;
}
export declare const DEFAULTS: Readonly<VmOptions>;
export declare const USAGE: string;
/** `arch` and `lsm` as somebody wrote them: they are checked here. */
export declare function vmOptions(
  given: Partial<Omit<VmOptions, "arch" | "lsm">> & { arch?: string; lsm?: string },
): VmOptions;
export declare function parseArguments(argv: readonly string[]): VmOptions & { command: string[] };
