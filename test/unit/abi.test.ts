import { expect, test } from "vitest";
import { abiSource, abiText } from "../../build/abi.mjs";
import type { BtfType } from "../../build/btf.mjs";
import { elfSection, readBtf } from "../../build/btf.mjs";

const u8: BtfType = { kind: "int", name: "unsigned char", size: 1, signed: false };
const u32: BtfType = { kind: "int", name: "unsigned int", size: 4, signed: false };
const member = (name: string, type: number, bytes: number, bitfieldSize = 0) => ({
  name,
  type,
  bitOffset: bytes * 8,
  bitfieldSize,
});
const struct = (name: string, size: number, members: ReturnType<typeof member>[]): BtfType => ({
  kind: "struct",
  name,
  size,
  union: false,
  members,
});

test("every struct and enum of a header is asked for, and what is in comments is not", () => {
  const { names } = abiSource(
    "enum warden_a { X }; /* struct warden_b { */ struct warden_c {\n u8 x; };\n// enum warden_d {",
  );
  expect(names).toEqual([
    { tag: "enum", name: "warden_a" },
    { tag: "struct", name: "warden_c" },
  ]);
});

test("layout, nesting and arrays; what is contained comes first", () => {
  const types: BtfType[] = [
    { kind: "void" },
    u8,
    u32,
    struct("warden_outer", 20, [member("inner", 4, 0), member("name", 5, 8), member("rules", 6, 12)]),
    struct("warden_inner", 8, [member("a", 7, 0), member("", 8, 4)]),
    { kind: "array", element: 1, length: 4 },
    { kind: "array", element: 2, length: 2 },
    { kind: "alias", type: 2 },
    struct("", 4, [member("b", 2, 0)]),
  ];
  const text = abiText(types, [
    { tag: "struct", name: "warden_outer" },
    { tag: "struct", name: "warden_inner" },
  ]);
  expect(text).toContain('a: { offset: 0, kind: "u32" },\n    b: { offset: 4, kind: "u32" },');
  expect(text).toContain('inner: { offset: 0, kind: "struct", of: WardenInner },');
  expect(text).toContain('name: { offset: 8, kind: "bytes", length: 4 },');
  expect(text).toContain('rules: { offset: 12, kind: "array", length: 2, of: "u32" },');
  expect(text.indexOf("const WardenInner")).toBeLessThan(text.indexOf("const WardenOuter"));
});

test("enum members lose what they share, also where one of them does not", () => {
  const values = ["WARDEN_OP_READ", "WARDEN_OP_WRITE", "WARDEN_OPS"].map((name, value) => ({ name, value }));
  const text = abiText(
    [{ kind: "void" }, { kind: "enum", name: "warden_op", size: 4, values }],
    [{ tag: "enum", name: "warden_op" }],
  );
  expect(text).toContain("export const WardenOp = {\n  READ: 0,\n  WRITE: 1,\n  OPS: 2,\n} as const;");
  expect(text).toContain('0: "READ",');
});

test("what TypeScript could not read right is refused", () => {
  const one = (type: BtfType, field = member("x", 1, 0)) =>
    abiText([{ kind: "void" }, type, struct("warden_s", 8, [field])], [{ tag: "struct", name: "warden_s" }]);
  expect(() => one(u32, member("x", 1, 0, 3))).toThrow("struct warden_s.x: bit-fields");
  expect(() => one({ kind: "other", name: "float" })).toThrow("struct warden_s.x: a other");
  expect(() => one({ kind: "int", name: "long", size: 8, signed: true })).toThrow("i64");
  expect(() => abiText([{ kind: "void" }], [{ tag: "struct", name: "warden_s" }])).toThrow("not in the BTF");
});

test("other files than BPF objects are refused", () => {
  expect(() => elfSection(Buffer.from("#!/bin/sh\n"), ".BTF")).toThrow("not a 64-bit little-endian ELF");
  expect(() => readBtf(Buffer.alloc(24))).toThrow("not BTF");
});
