import { build } from "esbuild";

/**
 * Bundles the test runner into one CommonJS file that runs on Node 20 and newer with nothing beside it.
 * @param outfile must end with `.cjs`.
 */
export async function bundleRunner(outfile: string): Promise<void> {
  await build({
    entryPoints: [new URL("cli.ts", import.meta.url).pathname],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    outfile,
    logLevel: "error",
  });
}
