import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { codeFiles, codeVariables } from "./code-variables.ts";

test("what brings code is told, the rest is not", () => {
  const environment = {
    NODE_OPTIONS: "--max-old-space-size=4096",
    NODE_ENV: "test",
    LD_LIBRARY_PATH: "/x",
    PATH: "/bin",
  };
  expect(codeVariables(environment)).toEqual(["NODE_OPTIONS=--max-old-space-size=4096"]);
});

test("what the kernel cannot compare starts nothing", () => {
  expect(() => codeVariables({ NODE_OPTIONS: "x".repeat(243) })).toThrow(/NODE_OPTIONS is too long/);
  expect(codeVariables({ NODE_OPTIONS: "x".repeat(242) })).toHaveLength(1);
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`OPENSSL_${index}`, "x"]));
  expect(() => codeVariables(many)).toThrow(/9 variables/);
});

test("what names files of code is told", () => {
  for (const options of ["--require /w/a.js", "--max-old-space-size=1 -r ./a.js", "--import=./a.mjs", "--loader x"])
    expect(codeFiles({ NODE_OPTIONS: options })).toEqual(["NODE_OPTIONS"]);
  expect(codeFiles({ NODE_COMPILE_CACHE: "/tmp/cache" })).toEqual(["NODE_COMPILE_CACHE"]);
  for (const options of ["", "--no-deprecation", "--max-old-space-size=4096", "--title=-required"])
    expect(codeFiles({ NODE_OPTIONS: options, NODE_COMPILE_CACHE: "" })).toEqual([]);
});

/** The kernel side has the same names as numbers: little-endian words. */
test("both sides mean the same names", () => {
  const source = readFileSync("bpf/lifecycle.bpf.c", "utf8");
  const body = /brings_code\(u64 word\)\n\{([^}]*)\}/.exec(source)?.[1] ?? "";
  const words = [...body.matchAll(/0x([0-9a-f]{16})ULL/g)].map(([, hex]) =>
    Buffer.from(hex ?? "", "hex")
      .reverse()
      .toString("latin1"),
  );
  expect(words).toEqual(["LD_PRELO", "LD_AUDIT", "NODE_OPT", "NODE_COM", "OPENSSL_"]);
  for (const name of words) expect(codeVariables({ [name]: "x" })).toEqual([`${name}=x`]);
});
