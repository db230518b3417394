import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Event, JournalRecord } from "./event.ts";
import { findingsOf } from "./findings.ts";
import { KINDS, kindOf } from "./kinds.ts";
import { anyEvent, fileEvent, guardEvent, networkEvent } from "./samples.ts";
import { mostSevereFirst, severityWord } from "./severity.ts";
import { actOf } from "./violations.ts";

const violationsOf = (records: readonly JournalRecord[]) => findingsOf(records).violations;

test.each<[Event, string, string]>([
  [networkEvent(), "network/connect", "connect to 192.0.2.7:443 (tcp)"],
  [networkEvent({ family: "ipv6", address: "2001:db8::1" }), "network/connect", "connect to [2001:db8::1]:443 (tcp)"],
  [networkEvent({ host: "evil.example" }), "network/connect", "connect to evil.example:443 (tcp)"],
  [networkEvent({ address: "127.0.0.1", port: 40123 }), "network/connect", "connect to 127.0.0.1:<ephemeral> (tcp)"],
  [networkEvent({ hook: "send", protocol: "udp", port: 53 }), "network/send", "send to 192.0.2.7:53 (udp)"],
  [networkEvent({ hook: "egress" }), "network/egress", "send a packet to 192.0.2.7:443 (tcp)"],
  [networkEvent({ hook: "listen", address: "0.0.0.0", port: 8080 }), "network/listen", "listen at 0.0.0.0:8080 (tcp)"],
  [networkEvent({ hook: "listen", address: "::", port: 40123 }), "network/listen", "listen at [::]:<ephemeral> (tcp)"],
  [
    networkEvent({ hook: "bind", address: "0.0.0.0", port: 40123, protocol: "udp" }),
    "network/bind",
    "receive at 0.0.0.0:40123 (udp)",
  ],
  [
    networkEvent({ hook: "socket", family: "packet", protocol: "raw" }),
    "network/socket",
    "create a socket (packet, raw)",
  ],
  [fileEvent(), "file/read", "read /home/runner/.ssh/id_rsa"],
  [fileEvent({ op: "write", hook: "open" }), "file/write", "write /home/runner/.ssh/id_rsa"],
  [fileEvent({ op: "write", hook: "rename" }), "file/write", "rename /home/runner/.ssh/id_rsa"],
  [fileEvent({ op: "delete", hook: "unlink" }), "file/delete", "delete /home/runner/.ssh/id_rsa"],
  [fileEvent({ op: "exec", hook: "exec", path: "/usr/bin/nc" }), "exec", "run /usr/bin/nc"],
  [fileEvent({ op: "exec", hook: "mmap", path: "/tmp/x.so" }), "exec/map", "map as code /tmp/x.so"],
  [fileEvent({ hook: "constructor" }), "file/read", "read /home/runner/.ssh/id_rsa"],
  [guardEvent(), "guard/ptrace", "reach into Runner.Worker"],
  [
    guardEvent({ hook: "procfs", target: { pid: 9, comm: "Runner.Worker", path: "/proc/9/environ" } }),
    "guard/procfs",
    "read /proc/<pid>/environ of Runner.Worker",
  ],
  [
    guardEvent({ hook: "signal", target: { pid: 9, comm: "warden-monitor", detail: "signal 9" } }),
    "guard/signal",
    "signal warden-monitor signal 9",
  ],
  [guardEvent({ hook: "bpf", target: {} }), "guard/bpf", "use bpf()"],
  [guardEvent({ hook: "novel", target: { path: "/x" } }), "guard/other", "novel /x"],
])("%#: the kind and the act of an event", (event, kind, act) => {
  expect(kindOf(event).id).toBe(kind);
  expect(actOf(event)).toBe(act);
});

describe("grouping", () => {
  test("the same act by the same step and package is one, and keeps its first event", () => {
    const events = [
      fileEvent({ seq: 1 }),
      networkEvent({ seq: 2 }),
      fileEvent({ seq: 3, process: { pid: 1, start: "1", comm: "x" } }),
    ];
    expect(violationsOf(events).map(({ event, count }) => [event.seq, count])).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });

  test("another step, package or verdict is another violation", () => {
    const events = [
      fileEvent(),
      fileEvent({ step: null }),
      fileEvent({ package: null }),
      fileEvent({ verdict: "would-deny" }),
    ];
    expect(violationsOf(events)).toHaveLength(4);
  });

  test("what was allowed, and gaps, are none", () => {
    const gap = { v: 1, kind: "gap", time: "2026-11-20T14:00:00.000Z", reason: "lost", lost: 3 } as const;
    expect(violationsOf([fileEvent({ verdict: "allow" }), gap])).toEqual([]);
  });

  test("no refusal is forgotten", () => {
    fc.assert(
      fc.property(fc.array(anyEvent), (events) => {
        const refused = events.filter((event) => event.verdict !== "allow").length;
        const violations = violationsOf(events);
        expect(violations.reduce((sum, { count }) => sum + count, 0)).toBe(refused);
        expect(mostSevereFirst(violations)).toHaveLength(violations.length);
      }),
    );
  });
});

test("every kind has a score that GitHub has a word for", () => {
  for (const kind of KINDS) expect(["critical", "high", "medium"]).toContain(severityWord(kind.score));
});
