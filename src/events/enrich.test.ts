import { describe, expect, test } from "vitest";
import { WardenHook } from "../kernel/abi.gen.ts";
import {
  cwdEvent,
  execEvent,
  exitEvent,
  fileEvent,
  forkEvent,
  guardEvent,
  netEvent,
  type SampleHeader,
} from "../kernel/samples.ts";
import type { Event, JournalRecord } from "../report/event.ts";
import { decodeEvent } from "./decode.ts";
import { Enricher } from "./enrich.ts";

const world = {
  path: ({ names }: { names: readonly string[] }) => `/${names.join("/")}`,
  hostOf: (address: string) => (address === "192.0.2.7" ? "evil.example" : null),
  clockOffset: 1_795_182_796_126.5,
};

let seq = 0;
/** A process: its start is its pid, so that tests stay short. */
const by = (tgid: number, parent: number, more: Partial<SampleHeader> = {}): SampleHeader => ({
  seq: ++seq,
  tgid,
  start: BigInt(tgid),
  parent,
  parent_start: BigInt(parent),
  time: 5_000_000_000n,
  ...more,
});

function enrich(enricher: Enricher, bytes: Buffer): Event | null {
  const decoded = decodeEvent(bytes);
  if (!decoded.ok) throw new Error(decoded.error);
  return enricher.enrich(decoded.event);
}

/** The Worker (pid 9) starts a step: bash 10, which runs npm 11, which runs a package's script 12. */
function job(): { enricher: Enricher; feed: (bytes: Buffer) => Event | null } {
  const enricher = new Enricher(world);
  const feed = (bytes: Buffer) => enrich(enricher, bytes);
  feed(forkEvent(by(10, 9, { step: 10, comm: "Runner.Worker" })));
  feed(cwdEvent(by(10, 9, { step: 10 }), ["w"]));
  feed(execEvent(by(10, 9, { step: 10, comm: "bash" }), ["bin", "bash"], ["bash", "-e"], "__run"));
  feed(forkEvent(by(11, 10, { step: 10, comm: "bash" })));
  feed(execEvent(by(11, 10, { step: 10, comm: "npm ci" }), ["bin", "node"], ["npm", "ci"]));
  feed(forkEvent(by(12, 11, { step: 10, comm: "npm ci" })));
  feed(cwdEvent(by(12, 11, { step: 10 }), ["w", "node_modules", "left-pad"]));
  feed(execEvent(by(12, 11, { step: 10, comm: "sh" }), ["bin", "sh"], ["sh", "-c", "node install.js"]));
  return { enricher, feed };
}

describe("a refusal", () => {
  test("names its cause", () => {
    const { feed } = job();
    const event = feed(
      fileEvent(
        by(12, 11, { step: 10, comm: "sh", verdict: 1, op: 1, hook: WardenHook.OPEN, rule: 3, uid: 1001 }),
        ["home", "u", ".npmrc"],
        7,
        42n,
      ),
    );
    expect(event).toEqual({
      v: 1,
      kind: "file",
      seq: expect.any(Number),
      time: "2026-11-20T13:53:21.126Z",
      verdict: "deny",
      rule: 3,
      step: "__run",
      stepOrdinal: 1,
      container: null,
      package: "left-pad",
      uid: 1001,
      process: {
        pid: 12,
        start: "12",
        comm: "sh",
        exe: "/bin/sh",
        args: ["sh", "-c", "node install.js"],
        cwd: "/w/node_modules/left-pad",
      },
      ancestors: [
        { pid: 11, start: "11", comm: "npm ci", exe: "/bin/node" },
        { pid: 10, start: "10", comm: "bash", exe: "/bin/bash" },
      ],
      op: "read",
      hook: "open",
      path: "/home/u/.npmrc",
      device: 7,
      inode: "42",
    });
  });

  test("is the package's after it changed directory, and its children's after it ended", () => {
    const { feed } = job();
    feed(cwdEvent(by(12, 11, { step: 10 }), []));
    feed(execEvent(by(12, 11, { step: 10, comm: "node" }), ["bin", "node"], ["node"]));
    feed(forkEvent(by(13, 12, { step: 10 })));
    feed(exitEvent(by(12, 11, { step: 10 })));
    for (let pid = 1000; pid < 4000; pid++) {
      feed(forkEvent(by(pid, 10, { step: 10 })));
      feed(exitEvent(by(pid, 10, { step: 10 })));
    }
    // reparented: the kernel now says that process 1 is its parent
    const event = feed(netEvent(by(13, 1, { step: 10, verdict: 1, hook: WardenHook.CONNECT }), [192, 0, 2, 7], 443));
    expect(event).toMatchObject({ package: "left-pad", step: "__run", host: "evil.example", address: "192.0.2.7" });
    expect(event?.ancestors.map((process) => process.pid)).toEqual([12, 11, 10]);
  });

  test.each([
    [`docker-${"0123456789abcdef".repeat(4)}.scope`, "0123456789ab"],
    ["fedcba9876543210".repeat(4), "fedcba987654"],
    ["y3o9rlu2xxl0r6cf8jy0gtxip", "y3o9rlu2xxl0r6cf8jy0gtxip"],
    ["machine-web.scope", "machine-web"],
  ])("is a container's, with all that its first program starts: %s", (cgroup, container) => {
    const { feed } = job();
    feed(execEvent(by(20, 8, { comm: "sh" }), ["bin", "sh"], ["sh"], "", cgroup));
    feed(forkEvent(by(21, 20)));
    feed(execEvent(by(21, 20, { comm: "wget" }), ["bin", "wget"], ["wget"]));
    const event = feed(netEvent(by(21, 1, { verdict: 1, hook: WardenHook.CONNECT }), [192, 0, 2, 7], 443));
    expect(event).toMatchObject({ container, package: null, step: null });
    expect(feed(forkEvent(by(13, 12, { step: 10 })))).toMatchObject({ container: null });
  });

  test("does not lose its package in a long chain of forks", () => {
    const { feed } = job();
    for (let pid = 100; pid < 5100; pid++) {
      feed(forkEvent(by(pid, pid === 100 ? 12 : pid - 1, { step: 10 })));
      if (pid > 100) feed(exitEvent(by(pid - 1, pid - 2, { step: 10 })));
    }
    const event = feed(netEvent(by(5099, 1, { step: 10, verdict: 1 }), [10, 0, 0, 1], 1));
    expect(event).toMatchObject({ package: "left-pad", step: "__run" });
    expect(event?.ancestors.length).toBeLessThanOrEqual(64);
  });
});

describe("steps", () => {
  test("are numbered as they begin; a process id that comes again is another step", () => {
    const { feed } = job();
    feed(forkEvent(by(20, 9, { step: 20 })));
    expect(feed(execEvent(by(20, 9, { step: 20 }), ["bin", "x"], [], "second"))).toMatchObject({
      step: "second",
      stepOrdinal: 2,
    });
    const again = by(10, 9, { step: 10, start: 999n });
    feed(forkEvent(again));
    expect(feed(execEvent({ ...again, seq: ++seq }, ["bin", "x"], [], "third"))).toMatchObject({
      step: "third",
      stepOrdinal: 3,
    });
  });

  test("keep the id of their first program", () => {
    const { feed } = job();
    feed(execEvent(by(10, 9, { step: 10 }), ["bin", "x"], [], "forged"));
    expect(feed(exitEvent(by(10, 9, { step: 10 })))).toMatchObject({ step: "__run", stepOrdinal: 1 });
  });

  test("there are none outside a workflow", () => {
    expect(enrich(new Enricher(world), forkEvent(by(50, 49)))).toMatchObject({ step: null, stepOrdinal: 0 });
  });
});

describe("the rest", () => {
  test("a directory is no record of its own", () => {
    expect(enrich(new Enricher(world), cwdEvent(by(50, 49), ["w"]))).toBeNull();
  });

  test("sockets have no destination", () => {
    const header = by(50, 49, { hook: WardenHook.SOCKET, verdict: 1 });
    const event = enrich(new Enricher(world), netEvent(header, [], 0, 17, 768));
    expect(event).toMatchObject({ hook: "socket", family: "packet", protocol: "768" });
    expect(event).not.toHaveProperty("address");
  });

  test("v6 addresses are written short", () => {
    const bytes = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    expect(enrich(new Enricher(world), netEvent(by(50, 49), bytes, 53, 10, 17))).toMatchObject({
      family: "ipv6",
      protocol: "udp",
      address: "2001:db8::1",
      port: 53,
    });
  });

  test.each([
    [WardenHook.PTRACE, 2, { pid: 900, comm: "Runner.Worker", detail: "attach" }],
    [WardenHook.PTRACE, 9, { pid: 900, comm: "Runner.Worker", detail: "read" }],
    [WardenHook.PROCFS, 0, { pid: 900, comm: "Runner.Worker" }],
    [WardenHook.SIGNAL, 9, { pid: 900, comm: "Runner.Worker", detail: "SIGKILL" }],
  ])("hook %d with %d", (hook, detail, target) => {
    const event = enrich(
      new Enricher(world),
      guardEvent(by(50, 49, { hook, verdict: 1 }), 900, "Runner.Worker", detail),
    );
    expect(event).toMatchObject({ kind: "guard", target });
  });

  test("bpf has a command and no target", () => {
    const header = by(50, 49, { hook: WardenHook.BPF, verdict: 1 });
    expect(enrich(new Enricher(world), guardEvent(header, 0, "", 5))).toMatchObject({
      target: { detail: "PROG_LOAD" },
    });
    const clone = by(50, 49, { hook: WardenHook.CLONE, verdict: 1 });
    expect(enrich(new Enricher(world), guardEvent(clone, 0, ""))).not.toHaveProperty("target");
  });
});

test("a second agent knows what the first one wrote down", () => {
  const first = job();
  const records: JournalRecord[] = [];
  const note = (event: Event | null) => event && records.push(event);
  note(first.feed(execEvent(by(12, 11, { step: 10, comm: "sh" }), ["bin", "sh"], ["sh"])));
  const second = new Enricher(world);
  for (const record of records) second.recall(record);
  const event = enrich(second, netEvent(by(12, 11, { step: 10, comm: "sh", verdict: 1 }), [10, 0, 0, 1], 80));
  expect(event).toMatchObject({ package: "left-pad", step: "__run", stepOrdinal: 1, process: { exe: "/bin/sh" } });
  expect(event?.ancestors.map((process) => process.comm)).toEqual(["npm ci", "bash"]);
  expect(enrich(second, forkEvent(by(30, 9, { step: 30 })))).toMatchObject({ stepOrdinal: 2 });
});
