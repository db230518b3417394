/** Bytes of the ring buffer to events. Nothing here trusts a length that the bytes give, and nothing throws. */
import {
  type AbiStruct,
  WardenEvent,
  WardenExecEvent,
  WardenFileEvent,
  WardenGuardEvent,
  WardenInode,
  WardenKind,
  WardenNetEvent,
} from "../kernel/abi.gen.ts";
import { type BytesField, readBig, readBytes, readSmall, readText, readTexts } from "../kernel/layout.ts";
import type { RawEvent, RawHeader, RawPath } from "./raw.ts";

export type Decoded =
  | { readonly ok: true; readonly event: RawEvent }
  /** `seq` is null when even that could not be read. */
  | { readonly ok: false; readonly seq: number | null; readonly error: string };

/** @param bytes a warden_event with the tail of its kind, as an EVENT frame carries it */
export function decodeEvent(bytes: Buffer): Decoded {
  if (bytes.length < WardenEvent.size) return { ok: false, seq: null, error: `an event of ${bytes.length} bytes` };
  const header = readHeader(bytes);
  if (!Number.isSafeInteger(header.seq) || header.seq < 1)
    return { ok: false, seq: null, error: `an event with the sequence number ${header.seq}` };
  const kind = readSmall(bytes, WardenEvent.fields.kind);
  const shape = SHAPES[kind];
  if (shape === undefined) return { ok: false, seq: header.seq, error: `an event of unknown kind ${kind}` };
  if (bytes.length < shape.size)
    return { ok: false, seq: header.seq, error: `an event of kind ${kind} with ${bytes.length} bytes` };
  return { ok: true, event: { header, ...readTail(bytes, kind) } };
}

const SHAPES: Readonly<Record<number, AbiStruct>> = {
  [WardenKind.FORK]: WardenEvent,
  [WardenKind.EXIT]: WardenEvent,
  [WardenKind.EXEC]: WardenExecEvent,
  [WardenKind.NET]: WardenNetEvent,
  [WardenKind.FILE]: WardenFileEvent,
  [WardenKind.GUARD]: WardenGuardEvent,
  [WardenKind.CWD]: WardenFileEvent,
};

function readHeader(bytes: Buffer): RawHeader {
  const f = WardenEvent.fields;
  return {
    seq: Number(readBig(bytes, f.seq)),
    lost: Number(readBig(bytes, f.lost)),
    time: readBig(bytes, f.time),
    start: readBig(bytes, f.start),
    parentStart: readBig(bytes, f.parent_start),
    hook: readSmall(bytes, f.hook),
    verdict: readSmall(bytes, f.verdict),
    op: readSmall(bytes, f.op),
    rule: readSmall(bytes, f.rule),
    pid: readSmall(bytes, f.tgid),
    parent: readSmall(bytes, f.parent),
    uid: readSmall(bytes, f.uid),
    step: readSmall(bytes, f.step),
    comm: readText(bytes, f.comm),
  };
}

type Tail = RawEvent extends infer E ? (E extends { readonly header: RawHeader } ? Omit<E, "header"> : never) : never;

function readTail(bytes: Buffer, kind: number): Tail {
  switch (kind) {
    case WardenKind.FORK:
      return { kind: "fork" };
    case WardenKind.EXIT:
      return { kind: "exit" };
    case WardenKind.EXEC:
      return readExec(bytes);
    case WardenKind.NET: {
      const { family, port, protocol, addr } = WardenNetEvent.fields;
      return {
        kind: "network",
        family: readSmall(bytes, family),
        port: readSmall(bytes, port),
        protocol: readSmall(bytes, protocol),
        address: Uint8Array.from(readBytes(bytes, addr)),
      };
    }
    case WardenKind.FILE: {
      const { inode } = WardenFileEvent.fields;
      return { kind: "file", inode: readBig(bytes, WardenInode.fields.ino, inode.offset), path: filePath(bytes) };
    }
    case WardenKind.CWD:
      return { kind: "cwd", path: filePath(bytes) };
    default: {
      const { target, comm, detail } = WardenGuardEvent.fields;
      return {
        kind: "guard",
        target: readSmall(bytes, target),
        comm: readText(bytes, comm),
        detail: readSmall(bytes, detail),
      };
    }
  }
}

function readExec(bytes: Buffer): Extract<Tail, { kind: "exec" }> {
  const { inode, path, path_len, path_cut, args, args_len, step_id, container } = WardenExecEvent.fields;
  const device = deviceAt(bytes, inode.offset);
  return {
    kind: "exec",
    path: readPath(bytes, path, readSmall(bytes, path_len), readSmall(bytes, path_cut), device),
    args: readTexts(bytes, args, readSmall(bytes, args_len)),
    stepId: readText(bytes, step_id),
    cgroup: readText(bytes, container),
  };
}

function filePath(bytes: Buffer): RawPath {
  const { inode, path, path_len, path_cut } = WardenFileEvent.fields;
  const device = deviceAt(bytes, inode.offset);
  return readPath(bytes, path, readSmall(bytes, path_len), readSmall(bytes, path_cut), device);
}

function deviceAt(bytes: Buffer, base: number): number {
  return readSmall(bytes, WardenInode.fields.dev, base);
}

/** Names leaf first, NUL separated, to a path. */
function readPath(bytes: Buffer, field: BytesField, length: number, cut: number, device: number): RawPath {
  return { names: readTexts(bytes, field, length).reverse(), cut: cut !== 0, device };
}
