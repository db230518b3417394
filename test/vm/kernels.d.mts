export interface PackageFacts {
  readonly name: string;
  readonly version: string;
  /** Bytes of the archive file. */
  readonly size: number;
}
export interface KernelChoice {
  readonly release: string;
  readonly version: string;
  readonly packages: readonly PackageFacts[];
}
export declare function packagePattern(debian: string): string;
export declare function compareVersions(left: string, right: string): number;
export declare function parsePackages(text: string): PackageFacts[];
export declare function pickKernel(
  packages: readonly PackageFacts[],
  kernel: string,
  debian: string,
): KernelChoice | undefined;
export declare function bestChoice<Choice extends { readonly version: string }>(
  choices: readonly [Choice, ...Choice[]],
): Choice;
export declare function suitesFor(kernel: string): string[];
export declare function fallbackSuite(suite: string): string | undefined;
export declare function mirrorFromSources(text: string): string | undefined;
export declare function mirrorFromTemplate(text: string): string | undefined;
