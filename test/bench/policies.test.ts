import { describe, expect, it } from "vitest";
import { loadPolicy } from "../../src/policy/load.ts";
import { DENIED, PLACES } from "./places.ts";
import { POLICY_NAMES, policyText, targetsOfRules } from "./policies.ts";

/** Entries of the lists of a text. */
function countRules(text: string): number {
  return [...text.matchAll(/^(?:allow|deny) = \[(.*)\]$/gm)]
    .map(([, items = ""]) => (items.match(/"[^"]*"/g) ?? []).length)
    .reduce((sum, count) => sum + count, 0);
}

describe.each(POLICY_NAMES)("the policy %s", (name) => {
  const text = policyText(name);

  it("has as many rules as its name says", () => {
    expect(countRules(text)).toBe(Number.parseInt(name, 10));
  });

  it("is one, with nothing to complain of", () => {
    const context = { home: "/root", workspace: "/", temp: null };
    expect(loadPolicy({ text, file: "bench.toml", context, mode: "enforce" })).toMatchObject({
      ok: true,
      warnings: [],
    });
  });

  it("denies what has to be denied", () => {
    for (const one of [...DENIED.files, DENIED.program, `${DENIED.tree}/**`, DENIED.address]) {
      expect(text).toContain(`"${one}"`);
    }
  });

  it("speaks of files that are made, and of none that is measured", () => {
    for (const { directory, count } of targetsOfRules(name)) {
      expect(directory.startsWith(`${PLACES.rules}/`)).toBe(true);
      expect(count).toBeGreaterThan(0);
    }
  });
});
