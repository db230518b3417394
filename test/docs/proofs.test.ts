/** ENFORCED means that a test proves it: in the document that says it to the letter, each such row names its test. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ids } from "../scenarios/all.ts";
import { proofs } from "./proofs.ts";

const rows = readFileSync("docs/policy-semantics.md", "utf8")
  .split("\n")
  .filter((line) => line.endsWith("| ENFORCED |"))
  .map((line) => line.slice(2, -"| ENFORCED |".length).trim());

function exists(proof: string): boolean {
  const [, file, name] = /^([\w./-]+\.(?:ts|c)): (.*)$/.exec(proof) ?? [];
  if (file === undefined || name === undefined) return ids.includes(proof);
  return existsSync(file) && readFileSync(file, "utf8").includes(name);
}

describe("what docs/policy-semantics.md calls ENFORCED", () => {
  it.each(rows)("is proved: %s", (row) => {
    const found = Object.entries(proofs).filter(([start]) => row.startsWith(start));
    expect(found).toHaveLength(1);
    expect(found[0]?.[1].filter((proof) => !exists(proof))).toEqual([]);
  });

  it("is all there is a proof for", () => {
    expect(rows.length).toBeGreaterThan(20);
    for (const start of Object.keys(proofs))
      expect(
        rows.filter((row) => row.startsWith(start)),
        start,
      ).toHaveLength(1);
  });
});
