import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WardenEvent, WardenFileEvent, WardenKind } from "../kernel/abi.gen.ts";
import { cwdEvent, execEvent, exitEvent, fileEvent, forkEvent, guardEvent, netEvent } from "../kernel/samples.ts";
import { decodeEvent } from "./decode.ts";

const header = {
  seq: 5,
  lost: 2,
  time: 9n,
  tgid: 42,
  start: 7n,
  parent: 41,
  parent_start: 3n,
  uid: 1001,
  comm: "node",
};

function decoded(bytes: Buffer) {
  const result = decodeEvent(bytes);
  if (!result.ok) throw new Error(result.error);
  return result.event;
}

describe("decodeEvent", () => {
  test("the header", () => {
    expect(decoded(forkEvent({ ...header, step: 40, rule: 3, verdict: 1, op: 2, hook: 10 }))).toEqual({
      kind: "fork",
      header: {
        seq: 5,
        lost: 2,
        time: 9n,
        start: 7n,
        parentStart: 3n,
        hook: 10,
        verdict: 1,
        op: 2,
        rule: 3,
        pid: 42,
        parent: 41,
        uid: 1001,
        step: 40,
        comm: "node",
      },
    });
    expect(decoded(exitEvent(header)).kind).toBe("exit");
  });

  test("an exec", () => {
    expect(decoded(execEvent(header, ["usr", "bin", "node"], ["node", "", "x.js"], "__run"))).toMatchObject({
      kind: "exec",
      path: { names: ["usr", "bin", "node"], cut: false, device: 0 },
      args: ["node", "", "x.js"],
      stepId: "__run",
    });
    expect(decoded(cwdEvent(header, ["w"], 9))).toMatchObject({ kind: "cwd", path: { names: ["w"], device: 9 } });
  });

  test("a file, and its root", () => {
    expect(decoded(fileEvent(header, ["root", ".ssh", "id_rsa"], 0x800001, 2n ** 63n))).toMatchObject({
      kind: "file",
      inode: 2n ** 63n,
      path: { names: ["root", ".ssh", "id_rsa"], device: 0x800001 },
    });
    expect(decoded(fileEvent(header, []))).toMatchObject({ path: { names: [] } });
  });

  test("a connection and a door", () => {
    expect(decoded(netEvent(header, [192, 0, 2, 7], 443))).toMatchObject({ kind: "network", port: 443, family: 2 });
    expect(decoded(guardEvent(header, 900, "Runner.Worker", 2))).toMatchObject({
      kind: "guard",
      target: 900,
      comm: "Runner.Worker",
      detail: 2,
    });
  });

  test("a length that lies reaches no further than its field", () => {
    const bytes = fileEvent(header, ["a"]);
    bytes.writeUInt32LE(0xffffffff, WardenFileEvent.fields.path_len.offset);
    const event = decoded(bytes);
    expect(event.kind === "file" && event.path.names.join("").length).toBeLessThan(1300);
  });

  test.each([
    ["short", Buffer.alloc(20), /20 bytes/],
    [
      "of a later kind",
      (() => {
        const bytes = forkEvent(header);
        bytes.writeUInt16LE(99, WardenEvent.fields.kind.offset);
        return bytes;
      })(),
      /unknown kind 99/,
    ],
    ["without its tail", fileEvent(header, ["a"]).subarray(0, 200), /kind 5 with 200 bytes/],
    ["without a number", forkEvent({ ...header, seq: 0 }), /sequence number 0/],
  ])("an event %s is told", (_name, bytes, message) => {
    expect(decodeEvent(bytes)).toMatchObject({ ok: false, error: expect.stringMatching(message) });
  });

  test("no bytes make it throw", () => {
    const kinds = fc.constantFrom(...Object.values(WardenKind), 99);
    const bytes = fc.tuple(fc.uint8Array({ maxLength: 2000 }), kinds).map(([random, kind]) => {
      const buffer = Buffer.from(random);
      if (buffer.length > WardenEvent.size) buffer.writeUInt16LE(kind, WardenEvent.fields.kind.offset);
      if (buffer.length > WardenEvent.size) buffer.writeBigUInt64LE(1n, WardenEvent.fields.seq.offset);
      return buffer;
    });
    fc.assert(
      fc.property(bytes, (buffer) => {
        decodeEvent(buffer);
      }),
      { numRuns: 500 },
    );
  });
});
