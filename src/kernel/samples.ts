/** Frames and events as the monitor sends them, for tests. Only tests import this. */
import {
  type AbiStruct,
  WardenAbi,
  WardenClassPosture,
  WardenEnding,
  WardenEvent,
  WardenExecEvent,
  WardenFileEvent,
  WardenFrame,
  WardenFrameType,
  WardenGuardEvent,
  WardenInode,
  WardenKind,
  WardenNetEvent,
  WardenPosture,
  WardenResult,
  WardenStarted,
  WardenStateOfClass,
  WardenWelcome,
} from "./abi.gen.ts";
import type { Counts } from "./frames.ts";
import { encode, type Values } from "./layout.ts";

export function frameOf(
  type: number,
  struct: AbiStruct,
  values: Values = {},
  tail: Uint8Array = new Uint8Array(),
): Buffer {
  const bytes = Buffer.concat([encode(struct, values), tail]);
  bytes.writeUInt32LE(bytes.length, WardenFrame.fields.size.offset);
  bytes.writeUInt32LE(type, WardenFrame.fields.type.offset);
  return bytes;
}

export function welcomeBytes(committed = false, awayMs = 0): Buffer {
  const values = { abi: WardenAbi.VERSION, committed: committed ? 1 : 0, away_ms: BigInt(awayMs) };
  return frameOf(WardenFrameType.WELCOME, WardenWelcome, values);
}

export function resultBytes(rule: number, error = 0, held = 0): Buffer {
  return frameOf(WardenFrameType.RESULT, WardenResult, { rule, error, held });
}

export function statusBytes(ok: boolean): Buffer {
  return frameOf(WardenFrameType.STATUS, WardenStarted, { ok: ok ? 1 : 0 });
}

export interface SampleClass {
  readonly state: number;
  readonly absence?: number;
  readonly error?: number;
  readonly hook?: string;
}

const ENFORCED: SampleClass = { state: WardenStateOfClass.ENFORCED };
export const ALL_ENFORCED: readonly SampleClass[] = Array<SampleClass>(6).fill(ENFORCED);

/** @param classes in the order of enum warden_class */
export function postureBytes(
  type: number,
  flavour: number,
  classes: readonly SampleClass[] = ALL_ENFORCED,
  counts: Counts = { total: 0, emitted: 0, lost: 0, denied: 0 },
  outlived = 0,
  ending: number = WardenEnding.STARTER,
): Buffer {
  const bytes = frameOf(type, WardenPosture, {
    flavour,
    outlived,
    ending,
    total: BigInt(counts.total),
    emitted: BigInt(counts.emitted),
    lost: BigInt(counts.lost),
    denied: BigInt(counts.denied),
  });
  for (const [index, { hook = "", ...numbers }] of classes.entries()) {
    const text = Buffer.from(hook);
    encode(WardenClassPosture, { ...numbers, hook: text }).copy(
      bytes,
      WardenPosture.fields.classes.offset + index * WardenClassPosture.size,
    );
  }
  return bytes;
}

export function eventBytes(event: Uint8Array): Buffer {
  return frameOf(WardenFrameType.EVENT, WardenFrame, {}, event);
}

/** The header's fields by the ABI's names; `comm` as text. */
export interface SampleHeader {
  readonly seq: number;
  readonly lost?: number;
  readonly time?: bigint;
  readonly tgid?: number;
  readonly start?: bigint;
  readonly parent?: number;
  readonly parent_start?: bigint;
  readonly step?: number;
  readonly rule?: number;
  readonly verdict?: number;
  readonly op?: number;
  readonly hook?: number;
  readonly uid?: number;
  readonly comm?: string;
}

const NUL = "\0";

export function forkEvent(header: SampleHeader): Buffer {
  return event(WardenEvent, WardenKind.FORK, header, {});
}

export function exitEvent(header: SampleHeader): Buffer {
  return event(WardenEvent, WardenKind.EXIT, header, {});
}

/** @param path names from the root down */
export function execEvent(
  header: SampleHeader,
  path: readonly string[],
  args: readonly string[],
  stepId = "",
  cgroup = "",
): Buffer {
  const names = leafFirst(path);
  const list = Buffer.from(args.map((arg) => arg + NUL).join(""));
  return event(WardenExecEvent, WardenKind.EXEC, header, {
    path: names,
    path_len: names.length,
    args: list,
    args_len: list.length,
    step_id: Buffer.from(stepId),
    container: Buffer.from(cgroup),
  });
}

export function cwdEvent(header: SampleHeader, path: readonly string[], device = 0): Buffer {
  return pathEvent(WardenKind.CWD, header, path, device);
}

export function fileEvent(header: SampleHeader, path: readonly string[], device = 0, inode = 1n): Buffer {
  return pathEvent(WardenKind.FILE, header, path, device, inode);
}

export function netEvent(
  header: SampleHeader,
  addr: readonly number[],
  port: number,
  family = 2,
  protocol = 6,
): Buffer {
  return event(WardenNetEvent, WardenKind.NET, header, { family, port, protocol, addr: Uint8Array.from(addr) });
}

export function guardEvent(header: SampleHeader, target: number, comm: string, detail = 0): Buffer {
  return event(WardenGuardEvent, WardenKind.GUARD, header, { target, detail, comm: Buffer.from(comm) });
}

function pathEvent(kind: number, header: SampleHeader, path: readonly string[], device: number, inode = 1n): Buffer {
  const names = leafFirst(path);
  const bytes = event(WardenFileEvent, kind, header, { path: names, path_len: names.length });
  encode(WardenInode, { ino: inode, dev: device }).copy(bytes, WardenFileEvent.fields.inode.offset);
  return bytes;
}

function leafFirst(path: readonly string[]): Buffer {
  return Buffer.from(
    path
      .toReversed()
      .map((name) => name + NUL)
      .join(""),
  );
}

function event(struct: AbiStruct, kind: number, header: SampleHeader, tail: Values): Buffer {
  const { comm = "sh", seq, lost = 0, ...rest } = header;
  const values = { ...rest, seq: BigInt(seq), lost: BigInt(lost), comm: Buffer.from(comm), size: struct.size, kind };
  const bytes = encode(struct, tail);
  encode(WardenEvent, values).copy(bytes);
  return bytes;
}
