import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WardenFlavour, WardenFrame, WardenFrameType, WardenLimit } from "./abi.gen.ts";
import {
  ackFrame,
  beginFrame,
  commitFrame,
  FrameReader,
  helloFrame,
  type MonitorFrame,
  netRuleFrame,
  pathRuleFrame,
  releaseFrame,
  stopFrame,
} from "./frames.ts";
import { ALL_ENFORCED, eventBytes, postureBytes, resultBytes, statusBytes, welcomeBytes } from "./samples.ts";

const anyFrame: fc.Arbitrary<Buffer> = fc.oneof(
  fc.tuple(fc.boolean(), fc.nat()).map(([committed, away]) => welcomeBytes(committed, away)),
  fc.tuple(fc.nat(), fc.nat({ max: 133 }), fc.nat({ max: 3 })).map(([...args]) => resultBytes(...args)),
  fc.boolean().map(statusBytes),
  fc.uint8Array({ maxLength: 2000 }).map(eventBytes),
  fc.constant(postureBytes(WardenFrameType.FINISH, WardenFlavour.LSM)),
);

function readAll(chunks: readonly Uint8Array[]): MonitorFrame[] {
  const reader = new FrameReader();
  return chunks.flatMap((chunk) => {
    const result = reader.push(chunk);
    if (!result.ok) throw new Error(result.error);
    return [...result.frames];
  });
}

describe("FrameReader", () => {
  test("gives the same frames however the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 400 })), (frames, cuts) => {
        const stream = Buffer.concat(frames);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(stream.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(stream.subarray(at));
        const whole = readAll([stream]);
        expect(whole).toHaveLength(frames.length);
        expect(readAll(chunks)).toEqual(whole);
      }),
    );
  });

  test("never throws, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array(), anyFrame)), (chunks) => {
        const reader = new FrameReader();
        for (const chunk of chunks) reader.push(chunk);
      }),
    );
  });

  test("stays in error, and gives the frames before it", () => {
    const reader = new FrameReader();
    const bad = Buffer.from([4, 0, 0, 0, 64, 0, 0, 0]);
    const first = reader.push(Buffer.concat([resultBytes(7), bad, resultBytes(8)]));
    expect(first).toMatchObject({ ok: false, error: expect.stringContaining("4 bytes") });
    expect(first.frames).toEqual([{ type: "result", rule: 7, error: 0, held: "inode" }]);
    expect(reader.push(resultBytes(9))).toMatchObject({ ok: false, frames: [] });
  });

  test.each([
    ["too long", WardenLimit.FRAME_MAX + 1, WardenFrameType.EVENT, /8193 bytes/],
    ["of unknown type", 8, 5000, /unknown type 5000/],
    ["of the wrong size", 12, WardenFrameType.WELCOME, /WELCOME frame of 12 bytes/],
  ])("refuses a frame %s", (_name, size, type, message) => {
    const bytes = Buffer.alloc(Math.min(size, 64));
    bytes.writeUInt32LE(size, 0);
    bytes.writeUInt32LE(type, 4);
    const result = new FrameReader().push(bytes);
    expect(result).toMatchObject({ ok: false, error: expect.stringMatching(message) });
  });

  test("reads a FINISH", () => {
    const counts = { total: 60_120, emitted: 37_802, lost: 22_318, denied: 60_000 };
    const classes = [...ALL_ENFORCED.slice(1), { state: 0, absence: 5, error: 111, hook: "exec in a container" }];
    const [frame] = readAll([postureBytes(WardenFrameType.FINISH, WardenFlavour.FMOD_RET, classes, counts, 3)]);
    expect(frame).toMatchObject({ type: "finish", outlived: 3, counts, posture: { flavour: "fmod_ret" } });
    expect(frame?.type === "finish" && frame.posture.classes.at(-1)).toEqual({
      class: "containers",
      state: "absent",
      absence: "NOT_DENIED",
      error: 111,
      hook: "exec in a container",
    });
  });
});

describe("frames to the monitor", () => {
  test("say their own size and type", () => {
    const path = pathRuleFrame({ rule: 3, op: 1, effect: 1, form: 1, path: "/root/.ssh" });
    expect(path.readUInt32LE(WardenFrame.fields.size.offset)).toBe(path.length);
    expect(path.toString("latin1", 16)).toBe("/root/.ssh\0");
    expect([...path.subarray(8, 16)]).toEqual([3, 0, 0, 0, 1, 1, 1, 0]);
    const sizes = [helloFrame(), beginFrame(), commitFrame(0xfff), ackFrame(2 ** 40), stopFrame(), releaseFrame()];
    expect(sizes.map((frame) => [frame.readUInt32LE(0), frame.readUInt32LE(4)])).toEqual([
      [16, 1],
      [8, 2],
      [16, 5],
      [16, 7],
      [8, 97],
      [8, 98],
    ]);
  });

  test("a network rule has its address in network order", () => {
    const rule = { rule: 9, effect: 0, direction: 2, family: 4, prefix: 24, protocol: 6, port: 443 } as const;
    const frame = netRuleFrame({ ...rule, addr: Uint8Array.of(192, 0, 2, 0) }, true);
    expect([...frame.subarray(8, 28)]).toEqual([9, 0, 0, 0, 0, 4, 24, 6, 0xbb, 1, 1, 2, 0, 0, 0, 0, 192, 0, 2, 0]);
  });

  test("what the compiler never lets through is not sent", () => {
    const rule = { rule: 1, op: 1, effect: 1, form: 0 };
    expect(() => pathRuleFrame({ ...rule, path: `/${"a".repeat(4096)}` })).toThrow(RangeError);
    expect(() => pathRuleFrame({ ...rule, path: "/a\0b" })).toThrow(RangeError);
  });
});
