/**
 * bpf/warden.h -> src/kernel/abi.gen.ts, by way of the compiler: the header is compiled for BPF and the layout is
 * read from the object's BTF, so that TypeScript cannot disagree with C. Run as a program:
 *
 *   node build/abi.mjs           writes the file
 *   node build/abi.mjs --check   exits with 1 when the file is not what the header says
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { elfSection, readBtf } from "./btf.mjs";
import { run } from "./exec.mjs";
import { fromRoot, isMain, root } from "./paths.mjs";

/** @typedef {import("./btf.mjs").BtfType} BtfType */
/** @typedef {Extract<BtfType, { kind: "struct" }>} BtfStruct */
/** @typedef {Extract<BtfType, { kind: "enum" }>} BtfEnum */

export const abiFile = "src/kernel/abi.gen.ts";
const header = "bpf/warden.h";

/**
 * A C source with one variable of every struct and enum the header defines: BTF holds only what is used.
 * @param {string} text the header
 */
export function abiSource(text) {
  const bare = text.replace(/\/\*[\s\S]*?\*\//g, " ").replace(/\/\/.*$/gm, " ");
  const names = [...bare.matchAll(/\b(struct|enum)\s+(warden_\w+)\s*\{/g)].map(([, tag = "", name = ""]) => ({
    tag,
    name,
  }));
  const types =
    "typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32;\ntypedef unsigned long long u64;";
  const uses = names.map(({ tag, name }) => `${tag} ${name} use_${name};`);
  return { names, source: [types, '#include "warden.h"', ...uses, ""].join("\n") };
}

/** `warden_node_key` -> `WardenNodeKey` @param {string} name */
const typeName = (name) => name.replace(/(?:^|_)(\w)/g, (_, /** @type {string} */ letter) => letter.toUpperCase());

/**
 * Drops what the members of an enum have in common: `WARDEN_<ENUM>_` where a member has it, else the longest prefix
 * of whole words that all share.
 * @param {string} enumName
 * @param {string[]} names
 */
function shortNames(enumName, names) {
  const shared = names
    .map((name) => name.split("_").slice(0, -1))
    .reduce((prefix, words) => prefix.slice(0, prefix.findIndex((word, i) => word !== words[i]) >>> 0));
  const prefixes = [`${enumName.toUpperCase()}_`, shared.length > 0 ? `${shared.join("_")}_` : ""];
  prefixes.sort((a, b) => b.length - a.length);
  return names.map((name) => name.slice(prefixes.find((prefix) => name.startsWith(prefix))?.length ?? 0));
}

/**
 * What a field holds, as TypeScript text after `offset: N, `.
 * @param {BtfType[]} types
 * @param {number} id
 * @param {string} where for messages
 */
function fieldShape(types, id, where) {
  const type = resolved(types, id);
  if (type.kind === "int") return `kind: "${intKind(type, where)}"`;
  if (type.kind === "enum") return `kind: "u${type.size * 8}"`;
  if (type.kind === "struct") return `kind: "struct", of: ${typeName(type.name)}`;
  if (type.kind !== "array") throw new Error(`${where}: a ${type.kind} has no place in the ABI`);
  const element = resolved(types, type.element);
  if (element.kind === "int" && element.size === 1) return `kind: "bytes", length: ${type.length}`;
  if (element.kind === "int") return `kind: "array", length: ${type.length}, of: "${intKind(element, where)}"`;
  if (element.kind === "struct") return `kind: "array", length: ${type.length}, of: ${typeName(element.name)}`;
  throw new Error(`${where}: an array of ${element.kind} has no place in the ABI`);
}

/** @param {Extract<BtfType, { kind: "int" }>} type @param {string} where */
function intKind(type, where) {
  const kind = `${type.signed && type.size > 1 ? "i" : "u"}${type.size * 8}`;
  if (!["u8", "u16", "u32", "u64", "i32"].includes(kind)) throw new Error(`${where}: ${kind} has no place in the ABI`);
  return kind;
}

/** @param {BtfType[]} types @param {number} id */
function resolved(types, id) {
  let type = types[id];
  while (type?.kind === "alias") type = types[type.type];
  if (!type) throw new Error(`BTF names type ${id}, which it does not hold`);
  return type;
}

/**
 * Fields of a struct; members of an unnamed struct or union inside count as its own.
 * @param {BtfType[]} types
 * @param {BtfStruct} struct
 * @param {number} [base]
 * @returns {string[]}
 */
function fieldsOf(types, struct, base = 0) {
  return struct.members.flatMap((member) => {
    const where = `struct ${struct.name}.${member.name}`;
    if (member.bitfieldSize !== 0 || member.bitOffset % 8 !== 0)
      throw new Error(`${where}: bit-fields have no place in the ABI`);
    const offset = base + member.bitOffset / 8;
    const type = resolved(types, member.type);
    if (member.name === "" && type.kind === "struct") return fieldsOf(types, type, offset);
    return [`    ${member.name}: { offset: ${offset}, ${fieldShape(types, member.type, where)} },`];
  });
}

/** Structs so that each comes after those it contains. @param {BtfType[]} types @param {BtfStruct[]} structs */
function inOrder(types, structs) {
  /** @type {Set<BtfStruct>} */
  const done = new Set();
  const place = (/** @type {BtfStruct} */ struct) => {
    if (done.has(struct)) return;
    for (const member of struct.members) {
      const type = resolved(types, member.type);
      const inner = type.kind === "array" ? resolved(types, type.element) : type;
      if (inner.kind === "struct" && inner.name !== "") place(inner);
    }
    done.add(struct);
  };
  structs.forEach(place);
  return [...done];
}

/** @param {BtfEnum} type */
function enumText(type) {
  const name = typeName(type.name);
  const short = shortNames(
    type.name,
    type.values.map((value) => value.name),
  );
  const twice = short.find((key, index) => short.indexOf(key) !== index);
  if (twice) throw new Error(`enum ${type.name}: two members are called ${twice}`);
  /** @type {Map<number, string | undefined>} */
  const byValue = new Map();
  for (const [index, { value }] of type.values.entries()) if (!byValue.has(value)) byValue.set(value, short[index]);
  const key = (/** @type {number} */ value) => (value < 0 ? `[${value}]` : `${value}`);
  return [
    `/** enum ${type.name} */`,
    `export const ${name} = {`,
    ...type.values.map(({ value }, index) => {
      const member = short[index] ?? "";
      return `  ${/^\d/.test(member) ? `"${member}"` : member}: ${value},`;
    }),
    "} as const;",
    `export type ${name}Name = keyof typeof ${name};`,
    `export const ${name}Names: Readonly<Record<number, ${name}Name | undefined>> = {`,
    ...[...byValue].map(([value, member]) => `  ${key(value)}: "${member}",`),
    "};",
    "",
  ].join("\n");
}

/** @param {BtfType[]} types @param {BtfStruct} struct */
function structText(types, struct) {
  return [
    `/** struct ${struct.name} */`,
    `export const ${typeName(struct.name)} = {`,
    `  size: ${struct.size},`,
    "  fields: {",
    ...fieldsOf(types, struct),
    "  },",
    "} as const satisfies AbiStruct;",
    "",
  ].join("\n");
}

const preamble = `// Generated from bpf/warden.h by build/abi.mjs. Do not edit: \`npm run build\` writes it, \`npm test\` checks it.

/** A number in an ABI struct: little-endian, as all architectures Warden runs on. */
export type AbiNumber = "u8" | "u16" | "u32" | "u64" | "i32";

/** A field; \`offset\` in bytes from the start of its struct. \`bytes\` are char or u8 arrays, \`length\` bytes long. */
export type AbiField =
  | { readonly offset: number; readonly kind: AbiNumber }
  | { readonly offset: number; readonly kind: "bytes"; readonly length: number }
  | { readonly offset: number; readonly kind: "struct"; readonly of: AbiStruct }
  | { readonly offset: number; readonly kind: "array"; readonly length: number; readonly of: AbiNumber | AbiStruct };

/** Layout of a C struct; \`size\` in bytes. */
export interface AbiStruct {
  readonly size: number;
  readonly fields: { readonly [name: string]: AbiField };
}
`;

/**
 * @param {import("./btf.mjs").BtfType[]} types
 * @param {{ tag: string, name: string }[]} names what the header defines
 */
export function abiText(types, names) {
  const absent = (/** @type {string} */ what) => new Error(`${what} is in ${header} but not in the BTF made from it`);
  const enumOf = (/** @type {{ name: string }} */ { name }) => {
    for (const type of types) if (type.kind === "enum" && type.name === name) return type;
    throw absent(`enum ${name}`);
  };
  const structOf = (/** @type {{ name: string }} */ { name }) => {
    for (const type of types) if (type.kind === "struct" && type.name === name) return type;
    throw absent(`struct ${name}`);
  };
  const exported = names.map(({ name }) => typeName(name));
  const twice = exported.find((name, index) => exported.indexOf(name) !== index);
  if (twice) throw new Error(`${header}: two types would be called ${twice}`);
  const enums = names.filter(({ tag }) => tag === "enum").map(enumOf);
  const structs = names.filter(({ tag }) => tag === "struct").map(structOf);
  return [preamble, ...enums.map(enumText), ...inOrder(types, structs).map((s) => structText(types, s))].join("\n");
}

/** @returns {string} what src/kernel/abi.gen.ts must be @throws when clang refuses the header */
export function generateAbi() {
  const { names, source } = abiSource(readFileSync(fromRoot(header), "utf8"));
  const work = mkdtempSync(path.join(os.tmpdir(), "warden-abi-"));
  try {
    const file = path.join(work, "abi.c");
    const object = path.join(work, "abi.o");
    writeFileSync(file, source);
    run("clang", ["-target", "bpf", "-g", "-O2", "-Wall", "-Werror", "-I", fromRoot("bpf"), "-c", file, "-o", object]);
    return abiText(readBtf(elfSection(readFileSync(object), ".BTF")), names);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @returns {boolean} whether the committed file is what the header says */
export function abiIsFresh() {
  const file = fromRoot(abiFile);
  return existsSync(file) && readFileSync(file, "utf8") === generateAbi();
}

export function writeAbi() {
  const text = generateAbi();
  const file = fromRoot(abiFile);
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}

if (isMain(import.meta.url)) {
  if (!process.argv.includes("--check")) writeAbi();
  else if (!abiIsFresh()) {
    process.stderr.write(`${abiFile} is not what ${header} says: run npm run build in ${root}\n`);
    process.exitCode = 1;
  }
}
