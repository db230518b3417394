/** Numbers and bytes in and out of the ABI's structs, by the offsets of abi.gen.ts. Callers check sizes first. */
import type { AbiField, AbiStruct } from "./abi.gen.ts";

export type SmallField = { readonly offset: number; readonly kind: "u8" | "u16" | "u32" | "i32" };
export type BigField = { readonly offset: number; readonly kind: "u64" };
export type BytesField = { readonly offset: number; readonly kind: "bytes"; readonly length: number };

/** @throws RangeError when the field lies outside `bytes` */
export function readSmall(bytes: Buffer, field: SmallField, base = 0): number {
  const at = base + field.offset;
  switch (field.kind) {
    case "u8":
      return bytes.readUInt8(at);
    case "u16":
      return bytes.readUInt16LE(at);
    case "u32":
      return bytes.readUInt32LE(at);
    case "i32":
      return bytes.readInt32LE(at);
  }
}

/** @throws RangeError when the field lies outside `bytes` */
export function readBig(bytes: Buffer, field: BigField, base = 0): bigint {
  return bytes.readBigUInt64LE(base + field.offset);
}

/** A view of the field's bytes; shorter when `bytes` ends before it does. */
export function readBytes(bytes: Buffer, field: BytesField, base = 0): Buffer {
  const at = base + field.offset;
  return bytes.subarray(at, at + field.length);
}

/** Text up to its NUL. Bytes that are not UTF-8 become U+FFFD. */
export function readText(bytes: Buffer, field: BytesField, base = 0): string {
  const at = base + field.offset;
  const last = Math.min(at + field.length, bytes.length);
  const end = bytes.indexOf(0, at);
  return bytes.toString("utf8", at, end < 0 || end > last ? last : end);
}

/** NUL-separated texts in the first `length` bytes of a field; none when it is 0. */
export function readTexts(bytes: Buffer, field: BytesField, length: number): string[] {
  if (length === 0) return [];
  const text = bytes.toString("utf8", field.offset, field.offset + Math.min(length, field.length));
  return (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0");
}

export type Values = { readonly [name: string]: number | bigint | Uint8Array };

/** A struct with the fields of `values` set and all others zero. @throws when a value does not fit its field */
export function encode(struct: AbiStruct, values: Values): Buffer {
  const bytes = Buffer.alloc(struct.size);
  for (const [name, value] of Object.entries(values)) {
    const field = struct.fields[name];
    if (field === undefined) throw new RangeError(`the ABI has no field ${name}`);
    put(bytes, field, value);
  }
  return bytes;
}

function put(bytes: Buffer, field: AbiField, value: number | bigint | Uint8Array): void {
  if (typeof value === "bigint" && field.kind === "u64") bytes.writeBigUInt64LE(value, field.offset);
  else if (typeof value === "number" && field.kind === "u8") bytes.writeUInt8(value, field.offset);
  else if (typeof value === "number" && field.kind === "u16") bytes.writeUInt16LE(value, field.offset);
  else if (typeof value === "number" && field.kind === "u32") bytes.writeUInt32LE(value, field.offset);
  else if (typeof value === "number" && field.kind === "i32") bytes.writeInt32LE(value, field.offset);
  else if (value instanceof Uint8Array && field.kind === "bytes" && value.length <= field.length)
    bytes.set(value, field.offset);
  else throw new RangeError(`a ${typeof value} does not fit a field of kind ${field.kind}`);
}
