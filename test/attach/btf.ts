/**
 * Another kernel's type information, made from this one's (kernel: Documentation/bpf/btf.rst). The monitor looks there for
 * the functions it hooks; the kernel itself goes by its own.
 */

/** Enough of a function for the two changes. */
interface Func {
  /** Of its `struct btf_type` in the file. */
  readonly at: number;
  readonly name: string;
}

const FUNC = 12;

/** Bytes that follow a type, by its kind and its number of members. */
function tail(kind: number, members: number): number {
  switch (kind) {
    case 1: // INT
    case 14: // VAR
    case 17: // DECL_TAG
      return 4;
    case 3: // ARRAY
      return 12;
    case 4: // STRUCT
    case 5: // UNION
    case 15: // DATASEC
    case 19: // ENUM64
      return members * 12;
    case 6: // ENUM
    case 13: // FUNC_PROTO
      return members * 8;
    default:
      return 0;
  }
}

function* functions(btf: Buffer): Generator<Func> {
  if (btf.readUInt16LE(0) !== 0xeb9f) throw new Error("this is no BTF");
  const header = btf.readUInt32LE(4);
  const [types, length, strings] = [8, 12, 16].map((at) => btf.readUInt32LE(at));
  if (types === undefined || length === undefined || strings === undefined) throw new Error("this is no BTF");
  const end = header + types + length;
  for (let at = header + types; at < end; ) {
    const info = btf.readUInt32LE(at + 4);
    const kind = (info >>> 24) & 0x1f;
    if (kind === FUNC) {
      const from = header + strings + btf.readUInt32LE(at);
      yield { at, name: btf.toString("latin1", from, btf.indexOf(0, from)) };
    }
    at += 12 + tail(kind, info & 0xffff);
  }
}

/** @throws when there is none */
function find(btf: Buffer, name: string): Func {
  for (const one of functions(btf)) if (one.name === name) return one;
  throw new Error(`this kernel has no function ${name}`);
}

/** Of a kernel without the function: it has its name but for the first letter. @throws when there is none here either */
export function withoutFunction(btf: Buffer, name: string): Buffer {
  find(btf, name);
  const changed = Buffer.from(btf);
  for (const { at } of [...functions(btf)].filter((one) => one.name === name)) {
    changed.writeUInt32LE(changed.readUInt32LE(at) + 1, at);
  }
  return changed;
}

/** A function that has BTF everywhere and that no program may change the result of. */
const OTHER = "vfs_read";

/**
 * Where the function's name leads to one that may not be hooked so: the verifier then refuses the program, in its own words.
 * @throws when the function is not there
 */
export function misledFunction(btf: Buffer, name: string): Buffer {
  const [wanted, other] = [find(btf, name), find(btf, OTHER)];
  const changed = Buffer.from(btf);
  changed.writeUInt32LE(btf.readUInt32LE(wanted.at), other.at);
  // with its arguments, by which the monitor chooses
  changed.writeUInt32LE(btf.readUInt32LE(wanted.at + 8), other.at + 8);
  changed.writeUInt32LE(btf.readUInt32LE(wanted.at) + 1, wanted.at);
  return changed;
}
