export declare const MASKED: readonly string[];
export declare function shellWord(text: string): string;
export declare function keptPaths(paths: readonly string[]): string[];
export declare function lentPaths(paths: readonly string[]): string[];
