import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonError } from "../common/json.ts";
import { mapPackages } from "./lockfile.ts";

const V3 = `{
  "name": "root",
  "lockfileVersion": 3,
  "packages": {
    "": { "name": "root", "dependencies": { "a": "1" } },
    "node_modules/b/node_modules/a": {
      "version": "2.0.0"
    },
    "node_modules/a": {
      "version": "1.0.0",
      "funding": [{ "url": "https://example.com/\\"}{" }],
      "dependencies": { "@s/c": "1" }
    },
    "node_modules/@s/c": { "version": "1" },
    "node_modules/a/node_modules/only": {},
    "node_modules/__proto__": {},
    "packages/local": { "version": "0" }
  }
}
`;

test("finds the entry closest to the root", () => {
  const packages = mapPackages(V3, "web/package-lock.json");
  const lines = Object.fromEntries(Object.entries(packages).map(([name, a]) => [name, [a.startLine, a.endLine]]));
  expect(lines).toEqual(
    Object.fromEntries([
      ["a", [9, 13]],
      ["@s/c", [14, 14]],
      ["only", [15, 15]],
      ["__proto__", [16, 16]],
    ]),
  );
  expect(packages.a?.path).toBe("web/package-lock.json");
});

test("reads lockfileVersion 1", () => {
  const text = `{
  "lockfileVersion": 1,
  "dependencies": {
    "b": {
      "version": "1",
      "requires": { "a": "2" },
      "dependencies": {
        "a": { "version": "2" }
      }
    },
    "c": { "version": "1" }
  }
}`;
  expect(mapPackages(text, "package-lock.json")).toEqual({
    a: { path: "package-lock.json", startLine: 8, endLine: 8 },
    b: { path: "package-lock.json", startLine: 4, endLine: 10 },
    c: { path: "package-lock.json", startLine: 11, endLine: 11 },
  });
});

describe("what is not a lockfile is an error that names the file", () => {
  test.each(["", "{", "[]", "1", '{"packages": []}', '{"packages": {"node_modules/a": 1}}'])("%j", (text) => {
    expect(() => mapPackages(text, "x/package-lock.json")).toThrow(JsonError);
    expect(() => mapPackages(text, "x/package-lock.json")).toThrow("x/package-lock.json");
  });
});

test("any names, any layout: the line holds the name", () => {
  const name = fc.string({ minLength: 1 }).filter((text) => !text.includes("node_modules/"));
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 20 }), fc.constantFrom(0, 1, 2), (names, indent) => {
      const packages = Object.fromEntries(
        names.map((n, i) => [`node_modules/${n}`, { version: `${i}`, x: [{ y: {} }, n] }]),
      );
      const text = JSON.stringify({ packages }, null, indent);
      const found = mapPackages(text, "l");
      expect(new Set(Object.keys(found))).toEqual(new Set(names));
      const lines = text.split("\n");
      for (const n of names) {
        const anchor = Object.getOwnPropertyDescriptor(found, n)?.value;
        expect(lines[anchor.startLine - 1]).toContain(JSON.stringify(`node_modules/${n}`));
        expect(anchor.endLine - anchor.startLine).toBe(indent === 0 ? 0 : 8);
      }
    }),
  );
});
