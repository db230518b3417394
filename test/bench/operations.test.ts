import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "./operations.ts";
import { DENIED, DIRECTORIES, PLACES } from "./places.ts";

describe("the program that measures", () => {
  const sources = ["ops_file", "ops_net", "ops_process"].map((name) => {
    return readFileSync(new URL(`${name}.c`, import.meta.url), "utf8");
  });

  it("knows the operations that are measured, and no others", () => {
    const known = [...sources.join("").matchAll(/\.name = "([\w-]+)"/g)].map(([, name]) => name);
    expect(known.sort()).toEqual(OPERATIONS.map(({ name }) => name).sort());
  });

  it("does them where the driver has made the files", () => {
    const header = readFileSync(new URL("ops.h", import.meta.url), "utf8");
    const places = new Map<string, string>();
    for (const [, name = "", before, rest = ""] of header.matchAll(/^#define (BENCH|DEEP_\d+)\s+(\w+)? ?"(.*)"$/gm))
      places.set(name, `${before === undefined ? "" : places.get(before)}${rest}`);
    const [one, five, twelve] = DIRECTORIES;
    expect(Object.fromEntries(places)).toMatchObject({
      BENCH: PLACES.bench,
      DEEP_1: one,
      DEEP_5: five,
      DEEP_12: twelve,
    });
    expect(five).toBe(PLACES.home);
    const denied = ["BENCH", "DEEP_4", "DEEP_11"].map((name) => `${places.get(name)}/denied/file`);
    expect(DENIED.files).toEqual(denied);
  });
});
