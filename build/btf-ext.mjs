/**
 * .BTF.ext of a BPF object: what libbpf relocates by, and which line of which source each instruction comes from. The
 * second is three quarters of it, and only a verifier's log would quote it. Pure.
 * Source of the format: Documentation/bpf/btf.rst in the kernel tree.
 */

const MAGIC = 0xeb9f;
/** Offsets of the header's fields; the offsets they hold count from the header's end. */
const FIELD = { headerLength: 4, functions: 8, lines: 16, relocations: 24 };
const HEADER_LENGTH = 32;

/**
 * @param {Buffer} section @returns {Buffer} the section without its lines
 * @throws Error when it is not of the form that clang writes
 */
export function withoutLines(section) {
  const length = section.length >= HEADER_LENGTH ? section.readUInt32LE(FIELD.headerLength) : 0;
  if (length < HEADER_LENGTH || section.readUInt16LE(0) !== MAGIC) throw new Error("this is no .BTF.ext with a header");
  const part = (/** @type {number} */ at) => {
    const start = length + section.readUInt32LE(at);
    const bytes = section.readUInt32LE(at + 4);
    if (start + bytes > section.length)
      throw new Error(`a part of .BTF.ext ends beyond it: ${start} and ${bytes} bytes`);
    return section.subarray(start, start + bytes);
  };
  const functions = part(FIELD.functions);
  const relocations = part(FIELD.relocations);
  const header = Buffer.from(section.subarray(0, length));
  const place = (/** @type {number} */ at, /** @type {number} */ offset, /** @type {number} */ bytes) => {
    header.writeUInt32LE(offset, at);
    header.writeUInt32LE(bytes, at + 4);
  };
  place(FIELD.functions, 0, functions.length);
  place(FIELD.lines, functions.length, 0);
  place(FIELD.relocations, functions.length, relocations.length);
  return Buffer.concat([header, functions, relocations]);
}
