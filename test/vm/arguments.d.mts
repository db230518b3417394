export declare class UsageError extends Error {}
export interface VmOptions {
  kernel: string;
  lsm: "stock" | "bpf";
  icount: boolean;
  cpus: number;
  memory: number;
  timeout: number;
}
export declare const DEFAULTS: Readonly<VmOptions>;
export declare const USAGE: string;
/** `lsm` as somebody wrote it: it is checked here. */
export declare function vmOptions(given: Partial<Omit<VmOptions, "lsm">> & { lsm?: string }): VmOptions;
export declare function parseArguments(argv: readonly string[]): VmOptions & { command: string[] };
