/** dist/warden.schema.json: the JSON schema of a policy, for editors; from the schema the policy loader itself uses. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { fromRoot, root } from "./paths.mjs";

/** @returns {Promise<string>} @throws when the policy's schema cannot be said in JSON schema */
export async function schemaText() {
  const esbuild = await import("esbuild");
  const work = mkdtempSync(path.join(os.tmpdir(), "warden-schema-"));
  try {
    const outfile = path.join(work, "schema.mjs");
    const entryPoints = [fromRoot("src/policy/json-schema.ts")];
    await esbuild.build({ absWorkingDir: root, entryPoints, outfile, bundle: true, format: "esm", platform: "node" });
    const { policyJsonSchema } = await import(pathToFileURL(outfile).href);
    return `${JSON.stringify(policyJsonSchema(), null, 2)}\n`;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
