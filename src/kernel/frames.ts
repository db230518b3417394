/**
 * The monitor's protocol: frames of bpf/warden.h, on the agent's socket and on the starter's. What is read is
 * returned as values, errors too: the other side may be another build, or dead in the middle of a frame.
 */

import type { AbiStruct } from "./abi.gen.ts";
import {
  WardenAbi,
  WardenAck,
  WardenCommit,
  WardenEnding,
  WardenFrame,
  WardenFrameType,
  WardenFrameTypeNames,
  WardenHello,
  WardenLimit,
  WardenPosture,
  WardenResult,
  WardenRuleNet,
  WardenRulePath,
  WardenStarted,
  WardenStats,
  WardenWelcome,
} from "./abi.gen.ts";
import { encode, readBig, readSmall, type Values } from "./layout.ts";
import { type PostureFrame, readPosture } from "./posture-frame.ts";

/** Sequence numbers given, of these emitted and lost, and refusals (would-be ones too) among all of them. */
export interface Counts {
  readonly total: number;
  readonly emitted: number;
  readonly lost: number;
  readonly denied: number;
}

/** How a path rule is held: enum warden_held. */
export type Held = "inode" | "name" | "prefix" | "not";

/** Why a session ends: enum warden_ending. */
export type Ending = "starter" | "post" | "worker" | "signal";

/** What the monitor says, to the agent and to the one who started it. */
export type MonitorFrame =
  | { readonly type: "welcome"; readonly abi: number; readonly committed: boolean; readonly awayMs: number }
  /** `error` is an errno, 0 when the rule is in force. */
  | { readonly type: "result"; readonly rule: number; readonly error: number; readonly held: Held }
  | { readonly type: "posture"; readonly posture: PostureFrame }
  /** `outlived`: processes that outlived the job and were ended. `ending`: why the session ends. */
  | {
      readonly type: "finish";
      readonly posture: PostureFrame;
      readonly outlived: number;
      readonly ending: Ending;
      readonly counts: Counts;
    }
  /** `bytes`: a warden_event with the tail of its kind. */
  | { readonly type: "event"; readonly bytes: Buffer }
  | { readonly type: "stats"; readonly counts: Counts }
  | { readonly type: "status"; readonly ok: boolean };

// ---- from the agent ----

export function helloFrame(): Buffer {
  return frame(WardenFrameType.HELLO, WardenHello, { abi: WardenAbi.VERSION });
}

/** Start a new generation of rules. */
export function beginFrame(): Buffer {
  return frame(WardenFrameType.BEGIN, WardenFrame, {});
}

/** Numbers are those of the ABI's enums: warden_op, warden_effect, warden_path_form. */
export interface PathRule {
  readonly rule: number;
  readonly op: number;
  readonly effect: number;
  readonly form: number;
  /** Absolute, or a name for the form NAME. */
  readonly path: string;
}

/** @throws RangeError when the path is too long or holds a NUL: the policy's compiler lets neither through */
export function pathRuleFrame({ rule, op, effect, form, path }: PathRule): Buffer {
  const text = Buffer.from(`${path}\0`);
  if (text.length > WardenLimit.PATH_MAX || text.indexOf(0) !== text.length - 1)
    throw new RangeError(`rule ${rule}: a path of ${text.length} bytes, or with a NUL, cannot be sent`);
  return frame(WardenFrameType.RULE_PATH, WardenRulePath, { rule, op, effect, form }, text);
}

export interface NetRule {
  readonly rule: number;
  /** enum warden_effect */
  readonly effect: number;
  /** enum warden_direction */
  readonly direction: number;
  readonly family: 4 | 6;
  readonly prefix: number;
  /** 6, 17, or 0 for any. */
  readonly protocol: number;
  /** 0 for any. */
  readonly port: number;
  /** 4 or 16 bytes in network order. */
  readonly addr: Uint8Array;
}

/** @param remove take the key out instead; how a lease ends */
export function netRuleFrame({ rule, ...rest }: NetRule, remove = false): Buffer {
  return frame(WardenFrameType.RULE_NET, WardenRuleNet, { rule, ...rest, remove: remove ? 1 : 0 });
}

/** Swap the rules in and prove them. @param flags enum warden_policy_flag */
export function commitFrame(flags: number): Buffer {
  return frame(WardenFrameType.COMMIT, WardenCommit, { flags });
}

/** Tell the one who started the session that it runs, or that D/journal/status.json says why not. */
export function startedFrame(ok: boolean): Buffer {
  return frame(WardenFrameType.STARTED, WardenStarted, { ok: ok ? 1 : 0 });
}

/** @param count of the EVENT frames received so far that are in the journal */
export function ackFrame(count: number): Buffer {
  return frame(WardenFrameType.ACK, WardenAck, { count: BigInt(count) });
}

/** The reports are written, or could not be. */
export function reportedFrame(ok: boolean): Buffer {
  return frame(WardenFrameType.REPORTED, WardenStarted, { ok: ok ? 1 : 0 });
}

// ---- from the one who started the session, and from post ----

/** End the session: the monitor answers with STATUS when the reports are written. */
export function stopFrame(): Buffer {
  return frame(WardenFrameType.STOP, WardenFrame, {});
}

/** The reports are copied: the monitor removes its directory and exits. */
export function releaseFrame(): Buffer {
  return frame(WardenFrameType.RELEASE, WardenFrame, {});
}

function frame(type: number, struct: AbiStruct, values: Values, tail: Uint8Array = new Uint8Array()): Buffer {
  const bytes = Buffer.concat([encode(struct, values), tail]);
  bytes.writeUInt32LE(bytes.length, WardenFrame.fields.size.offset);
  bytes.writeUInt32LE(type, WardenFrame.fields.type.offset);
  return bytes;
}

// ---- to the agent and the starter ----

export type FramesResult =
  | { readonly ok: true; readonly frames: readonly MonitorFrame[] }
  /** The stream is of no use from here on; `frames` are those before the bad one. */
  | { readonly ok: false; readonly frames: readonly MonitorFrame[]; readonly error: string };

/** Cuts a stream of chunks into frames. One per connection. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);
  private failed: string | null = null;

  /** The frames that `chunk` completes. Never throws; after an error it gives that error again. */
  push(chunk: Uint8Array): FramesResult {
    const frames: MonitorFrame[] = [];
    if (this.failed !== null) return { ok: false, frames, error: this.failed };
    const bytes = this.rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.rest, chunk]);
    let at = 0;
    while (bytes.length - at >= WardenFrame.size) {
      const size = readSmall(bytes, WardenFrame.fields.size, at);
      if (size < WardenFrame.size || size > WardenLimit.FRAME_MAX)
        return this.fail(frames, `the monitor sent a frame of ${size} bytes`);
      if (bytes.length - at < size) break;
      const result = decodeFrame(bytes.subarray(at, at + size));
      if (typeof result === "string") return this.fail(frames, result);
      frames.push(result);
      at += size;
    }
    this.rest = bytes.subarray(at);
    return { ok: true, frames };
  }

  private fail(frames: readonly MonitorFrame[], error: string): FramesResult {
    this.failed = error;
    this.rest = Buffer.alloc(0);
    return { ok: false, frames, error };
  }
}

/** A whole frame, or what is wrong with it. */
function decodeFrame(bytes: Buffer): MonitorFrame | string {
  const type = readSmall(bytes, WardenFrame.fields.type);
  const wants = (struct: AbiStruct) => bytes.length === struct.size;
  switch (type) {
    case WardenFrameType.WELCOME: {
      if (!wants(WardenWelcome)) break;
      const { abi, committed, away_ms } = WardenWelcome.fields;
      return {
        type: "welcome",
        abi: readSmall(bytes, abi),
        committed: readSmall(bytes, committed) !== 0,
        awayMs: Number(readBig(bytes, away_ms)),
      };
    }
    case WardenFrameType.RESULT: {
      if (!wants(WardenResult)) break;
      const { rule, error, held } = WardenResult.fields;
      const how = HELD[readSmall(bytes, held)];
      if (how === undefined) return "the monitor holds a rule in a way that this build does not know";
      return { type: "result", rule: readSmall(bytes, rule), error: readSmall(bytes, error), held: how };
    }
    case WardenFrameType.POSTURE:
      if (!wants(WardenPosture)) break;
      return { type: "posture", posture: readPosture(bytes) };
    case WardenFrameType.FINISH: {
      if (!wants(WardenPosture)) break;
      const ending = ENDINGS[readSmall(bytes, WardenPosture.fields.ending)];
      if (ending === undefined) return "the monitor ends the session for a reason that this build does not know";
      return {
        type: "finish",
        posture: readPosture(bytes),
        outlived: readSmall(bytes, WardenPosture.fields.outlived),
        ending,
        counts: readCounts(bytes, WardenPosture.fields),
      };
    }
    case WardenFrameType.EVENT:
      return { type: "event", bytes: bytes.subarray(WardenFrame.size) };
    case WardenFrameType.STATS:
      if (!wants(WardenStats)) break;
      return { type: "stats", counts: readCounts(bytes, WardenStats.fields) };
    case WardenFrameType.STATUS:
      if (!wants(WardenStarted)) break;
      return { type: "status", ok: readSmall(bytes, WardenStarted.fields.ok) !== 0 };
    default:
      return `the monitor sent a frame of unknown type ${type}`;
  }
  return `the monitor sent a ${WardenFrameTypeNames[type] ?? type} frame of ${bytes.length} bytes`;
}

const HELD: readonly Held[] = ["inode", "name", "prefix", "not"];

const ENDINGS: Readonly<Record<number, Ending | undefined>> = {
  [WardenEnding.STARTER]: "starter",
  [WardenEnding.POST]: "post",
  [WardenEnding.WORKER]: "worker",
  [WardenEnding.SIGNAL]: "signal",
};

type CountFields = Readonly<Record<keyof Counts, { readonly offset: number; readonly kind: "u64" }>>;

function readCounts(bytes: Buffer, { total, emitted, lost, denied }: CountFields): Counts {
  return {
    total: Number(readBig(bytes, total)),
    emitted: Number(readBig(bytes, emitted)),
    lost: Number(readBig(bytes, lost)),
    denied: Number(readBig(bytes, denied)),
  };
}
