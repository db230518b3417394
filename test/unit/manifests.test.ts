/** package.json and the lockfiles: the same packages for everybody, from wherever they get them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const lockfiles = ["package-lock.json", "workflows-examples/guarded-build/package-lock.json"];

test("every package is asked for in one version", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  const asked = Object.entries<string>({ ...dependencies, ...devDependencies });
  expect(asked.length).toBeGreaterThan(10);
  for (const [name, version] of asked) expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
});

test.each(lockfiles)("%s names no registry, and has a digest of everything", (file) => {
  const { packages } = JSON.parse(readFileSync(file, "utf8"));
  for (const [place, entry] of Object.entries<Record<string, unknown>>(packages)) {
    const local = place === "" || !place.startsWith("node_modules/") || String(entry.resolved).startsWith("file:");
    if (local) continue;
    expect(entry.resolved, place).toBeUndefined();
    if (entry.inBundle !== true) expect(entry.integrity, place).toMatch(/^sha512-/);
  }
});
