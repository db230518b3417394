export type Architecture = "x86_64" | "aarch64";
export interface ArchitectureFacts {
  readonly debian: string;
  /** As `process.arch` says it. */
  readonly node: string;
  readonly emulator: string;
  readonly emulatorPackage: string;
  readonly compiler: string;
  readonly machine: string;
  readonly processor: string;
  readonly parameters: string;
}
export declare const ARCHITECTURES: readonly Architecture[];
export declare function architectureFacts(arch: Architecture): ArchitectureFacts;
