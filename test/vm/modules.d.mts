export declare const BOOT_MODULES: readonly string[];
export declare const SPARE_MODULES: readonly string[];
export declare function parseDependencies(text: string): Map<string, string[]>;
export declare function loadOrder(
  dependencies: ReadonlyMap<string, readonly string[]>,
  names: readonly string[],
): string[];
