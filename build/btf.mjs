/**
 * Reads BPF Type Format from an ELF object: the structs and enums of a C header as the compiler laid them out.
 * Source of the format: Documentation/bpf/btf.rst in the kernel tree. Little-endian objects only, as bpfel makes them.
 */

/** @typedef {{ name: string, type: number, bitOffset: number, bitfieldSize: number }} BtfMember */
/**
 * @typedef {(
 *   | { kind: "void" } | { kind: "other", name: string }
 *   | { kind: "int", name: string, size: number, signed: boolean }
 *   | { kind: "array", element: number, length: number }
 *   | { kind: "struct", name: string, size: number, union: boolean, members: BtfMember[] }
 *   | { kind: "enum", name: string, size: number, values: { name: string, value: number }[] }
 *   | { kind: "alias", type: number }
 * )} BtfType
 */

const kinds = { int: 1, array: 3, struct: 4, union: 5, enum: 6, typedef: 8, volatile: 9, const: 10, restrict: 11 };
const typeTag = 18;
const enum64 = 19;

/**
 * Bytes after the 12-byte header of each kind, by kind number: constant, or per member.
 * @type {[number, (n: number) => number][]}
 */
const trailingBytes = [
  [1, () => 4],
  [3, () => 12],
  [4, (n) => 12 * n],
  [5, (n) => 12 * n],
  [6, (n) => 8 * n],
  [13, (n) => 8 * n], // func_proto
  [14, () => 4], // var
  [15, (n) => 12 * n], // datasec
  [17, () => 4], // decl_tag
  [19, (n) => 12 * n],
];
const trailing = new Map(trailingBytes);

/**
 * @param {Buffer} elf a 64-bit little-endian object
 * @param {string} wanted the section's name
 */
export function elfSection(elf, wanted) {
  if (elf.length < 64 || elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2 || elf[5] !== 1) {
    throw new Error("not a 64-bit little-endian ELF object");
  }
  const table = Number(elf.readBigUInt64LE(40));
  const entry = elf.readUInt16LE(58);
  const header = (/** @type {number} */ index) => {
    const at = table + index * entry;
    return {
      name: elf.readUInt32LE(at),
      start: Number(elf.readBigUInt64LE(at + 24)),
      size: Number(elf.readBigUInt64LE(at + 32)),
    };
  };
  const names = header(elf.readUInt16LE(62));
  for (let index = 0; index < elf.readUInt16LE(60); index++) {
    const { name, start, size } = header(index);
    const at = names.start + name;
    if (elf.toString("latin1", at, elf.indexOf(0, at)) === wanted) return elf.subarray(start, start + size);
  }
  throw new Error(`the object has no section ${wanted}`);
}

/**
 * @param {Buffer} btf the bytes of a .BTF section
 * @returns {BtfType[]} indexed by type id; 0 is void
 */
export function readBtf(btf) {
  if (btf.readUInt16LE(0) !== 0xeb9f || btf.readUInt8(2) !== 1) throw new Error("not BTF version 1");
  const headerLength = btf.readUInt32LE(4);
  const typeStart = btf.readUInt32LE(8);
  const typeLength = btf.readUInt32LE(12);
  const stringStart = btf.readUInt32LE(16);
  const text = (/** @type {number} */ offset) => {
    const at = headerLength + stringStart + offset;
    return btf.toString("utf8", at, btf.indexOf(0, at));
  };
  /** @type {BtfType[]} */
  const types = [{ kind: "void" }];
  const end = headerLength + typeStart + typeLength;
  for (let at = headerLength + typeStart; at < end; ) {
    const info = btf.readUInt32LE(at + 4);
    const kind = (info >>> 24) & 0x1f;
    const count = info & 0xffff;
    types.push(readType(btf, at, kind, count, info >>> 31 === 1, text));
    at += 12 + (trailing.get(kind)?.(count) ?? 0);
  }
  return types;
}

/**
 * @param {Buffer} btf
 * @param {number} at offset of the type
 * @param {number} kind
 * @param {number} count of its members
 * @param {boolean} flag kind_flag: offsets of members hold the sizes of bit-fields, too
 * @param {(offset: number) => string} text
 * @returns {BtfType}
 */
function readType(btf, at, kind, count, flag, text) {
  const name = text(btf.readUInt32LE(at));
  const sizeOrType = btf.readUInt32LE(at + 8);
  const body = at + 12;
  switch (kind) {
    case kinds.int:
      return { kind: "int", name, size: sizeOrType, signed: ((btf.readUInt32LE(body) >>> 24) & 1) === 1 };
    case kinds.array:
      return { kind: "array", element: btf.readUInt32LE(body), length: btf.readUInt32LE(body + 8) };
    case kinds.struct:
    case kinds.union: {
      const members = Array.from({ length: count }, (_, index) => {
        const member = body + 12 * index;
        const offset = btf.readUInt32LE(member + 8);
        return {
          name: text(btf.readUInt32LE(member)),
          type: btf.readUInt32LE(member + 4),
          bitOffset: flag ? offset & 0xffffff : offset,
          bitfieldSize: flag ? offset >>> 24 : 0,
        };
      });
      return { kind: "struct", name, size: sizeOrType, union: kind === kinds.union, members };
    }
    case kinds.enum: {
      const values = Array.from({ length: count }, (_, index) => ({
        name: text(btf.readUInt32LE(body + 8 * index)),
        value: btf.readInt32LE(body + 8 * index + 4),
      }));
      return { kind: "enum", name, size: sizeOrType, values };
    }
    case enum64:
      throw new Error(`enum ${name} has values beyond 32 bits, which JavaScript numbers would not keep`);
    case kinds.typedef:
    case kinds.volatile:
    case kinds.const:
    case kinds.restrict:
    case typeTag:
      return { kind: "alias", type: sizeOrType };
    default:
      return { kind: "other", name };
  }
}
