import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { WardenFrameType } from "../kernel/abi.gen.ts";
import { Line } from "./line.ts";

/** A socket whose other end is the test. */
function pair() {
  const written: Buffer[] = [];
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk);
      done();
    },
  });
  return { socket, written, line: new Line(socket) };
}

function status(ok: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(16, 0);
  bytes.writeUInt32LE(WardenFrameType.STATUS, 4);
  bytes.writeUInt32LE(ok, 8);
  return bytes;
}

describe("the line to the monitor", () => {
  it("tells each status once, in order, however it arrives", async () => {
    const { socket, line } = pair();
    const bytes = Buffer.concat([status(1), status(0)]);
    for (const byte of bytes) socket.push(Buffer.of(byte));
    expect(await line.next(1000)).toEqual({ said: true });
    expect(await line.next(1000)).toEqual({ said: false });
  });

  it("tells that the monitor is gone, and goes on telling it", async () => {
    const { socket, line } = pair();
    const waiting = line.next(1000);
    socket.push(null);
    expect(await waiting).toEqual({ gone: "it hung up" });
    expect(await line.next(1000)).toEqual({ gone: "it hung up" });
  });

  it("tells what came before the end first", async () => {
    const { socket, line } = pair();
    socket.push(status(1));
    socket.push(null);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await line.next(1000)).toEqual({ said: true });
    expect(await line.next(1000)).toHaveProperty("gone");
  });

  it("does not wait for ever, and does not take silence for an end", async () => {
    expect(await pair().line.next(10)).toEqual({ late: 0.01 });
  });

  it("writes stop and release as bare frames", async () => {
    const { line, written } = pair();
    line.stop();
    line.release();
    expect(Buffer.concat(written).toString("hex")).toBe("08000000610000000800000062000000");
  });

  it("gives up on bytes that are no frames", async () => {
    const { socket, line } = pair();
    socket.push(Buffer.alloc(8, 0xff));
    expect(await line.next(1000)).toHaveProperty("gone");
  });
});
