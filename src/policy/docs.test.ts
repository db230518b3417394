import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatDiagnostic } from "./diagnostic.ts";
import { parseEndpoint } from "./endpoint.ts";
import { loadPolicy } from "./load.ts";
import { parsePath } from "./path.ts";
import { presetNames } from "./presets.ts";

const text = readFileSync(new URL("../../docs/policy.md", import.meta.url), "utf8");
const context = { home: "/home/runner", workspace: "/w/app", temp: "/w/_temp" };

/** The code spans in the first column of the table below a heading. */
function firstColumn(heading: string): string[] {
  const section = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? ""));
}

test("the example is a policy without findings", () => {
  const examples = [...text.matchAll(/```toml\n([\s\S]*?)```/g)].map((m) => m[1] ?? "");
  expect(examples).toHaveLength(1);
  for (const example of examples) {
    expect(loadPolicy({ text: example, file: "docs/policy.md", context })).toMatchObject({
      ok: true,
      warnings: [],
      policy: { mode: "enforce", memfd: "deny", needs: ["network", "exec", "read", "write", "guard", "containers"] },
    });
  }
});

test("every endpoint, path and preset in the tables is one", () => {
  const endpoints = firstColumn("Endpoints");
  expect(endpoints.length).toBeGreaterThan(8);
  for (const endpoint of endpoints) expect(parseEndpoint(endpoint)).toMatchObject({ ok: true, warnings: [] });
  const paths = firstColumn("Paths");
  expect(paths).toHaveLength(3);
  for (const path of paths) expect(parsePath(path, context)).toMatchObject({ ok: true });
  expect(firstColumn("Presets and `extends`")).toEqual([...presetNames]);
});

test("the shown finding is what is said", () => {
  const broken = `version = 1\n\n\n\n\n[network]\nallow = ["a.example:70000"]`;
  const result = loadPolicy({ text: broken, file: ".github/warden.toml", context });
  expect(result.ok).toBe(false);
  if (!result.ok) expect(text).toContain(result.errors.map((d) => formatDiagnostic(d, { color: false })).join("\n"));
});
