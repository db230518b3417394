/** Packages that the search for a mirror and its keys needs where the machine is not Debian. */
export declare function mirrorPackages(): string[];
/** @throws SetupError when none is known */
export declare function debianMirror(): string;
export declare function aptOptions(directory: string, suite: string, debian: string): string[];
