import type { Architecture } from "./architectures.mjs";

/**
 * The container runtimes' programs, from the cache or fetched into it; offline when they are there.
 * @returns the directory below which they are unpacked
 */
export declare function ensureRuntimes(arch: Architecture): Promise<string>;
