/** Reports for tests: one that reads like a real one, and any at all. Only tests import this. */
import fc from "fast-check";
import { buildReport, type ReportParts } from "./build.ts";
import type { Event, FileEvent, GuardEvent, NetworkEvent, ProcessRef } from "./event.ts";
import { findingsOf } from "./findings.ts";
import type { ClassPosture, Posture, Report } from "./report.ts";

const NODE: ProcessRef = {
  pid: 4711,
  start: "81000000000",
  comm: "node",
  exe: "/usr/bin/node",
  args: ["node", "install.js"],
};
const NPM: ProcessRef = { pid: 4700, start: "80000000000", comm: "npm ci", exe: "/usr/bin/npm" };
const BASH: ProcessRef = { pid: 4600, start: "79000000000", comm: "bash", exe: "/usr/bin/bash" };

const BASE = {
  v: 1,
  seq: 1,
  time: "2026-11-20T14:00:00.000Z",
  verdict: "deny",
  rule: 0,
  process: NODE,
  uid: 1001,
  ancestors: [NPM, BASH],
  step: "__run",
  stepOrdinal: 2,
  package: "left-pad",
  container: null,
} as const;

export function networkEvent(change: Partial<NetworkEvent> = {}): NetworkEvent {
  return {
    ...BASE,
    kind: "network",
    hook: "connect",
    family: "ipv4",
    protocol: "tcp",
    address: "192.0.2.7",
    port: 443,
    ...change,
  };
}

export function fileEvent(change: Partial<FileEvent> = {}): FileEvent {
  return {
    ...BASE,
    kind: "file",
    op: "read",
    hook: "open",
    path: "/home/runner/.ssh/id_rsa",
    device: 1,
    inode: "42",
    ...change,
  };
}

export function guardEvent(change: Partial<GuardEvent> = {}): GuardEvent {
  return { ...BASE, kind: "guard", hook: "ptrace", target: { pid: 900, comm: "Runner.Worker" }, ...change };
}

const CLASSES = ["network", "exec", "read", "write", "guard", "containers"] as const;

export const ENFORCED: Posture = {
  kernel: "6.12.0-1",
  flavour: "fmod_ret",
  classes: CLASSES.map((name): ClassPosture => ({ class: name, state: "enforced", needed: true, reason: "" })),
};

const PARTS: ReportParts = {
  toolVersion: "0.1.0",
  mode: "enforce",
  started: "2026-11-20T14:00:00.000Z",
  ended: "2026-11-20T14:03:00.000Z",
  posture: ENFORCED,
  postureAtEnd: ENFORCED,
  workflow: { name: "CI", job: "build", path: ".github/workflows/ci.yml", matrix: null },
  steps: { __run: { path: ".github/workflows/ci.yml", startLine: 12, endLine: 14, name: "Install" } },
  packages: { "left-pad": { path: "package-lock.json", startLine: 120, endLine: 126 } },
  rules: { 3: { file: ".github/warden.toml", line: 9, column: 9, text: "~/.ssh/**" } },
  findings: findingsOf([]),
  counts: { total: 100, emitted: 100, lost: 0, denied: 0 },
  tampering: [],
  warnings: [],
};

/** A report with these events; its counts fit them unless they are given. */
export function sampleReport(events: readonly Event[] = [], change: Partial<ReportParts> = {}): Report {
  const denied = events.filter((event) => event.verdict !== "allow").length;
  return buildReport({ ...PARTS, findings: findingsOf(events), counts: { ...PARTS.counts, denied }, ...change });
}

/** What a hostile job would call its files. */
const NASTY = [
  "a|b",
  "a\n::error::forged",
  "::set-output name=x::y",
  "##[add-path]/evil",
  "<script>alert(1)</script>",
  "<!-- ",
  "`code` **bold** _it_ ~~x~~",
  "[link](https://evil.example) ![image](//evil.example/x.png)",
  "https://evil.example www.evil.example @admin #1 :tada:",
  "\\|",
  "\\",
  "&lt;b&gt;&#124;",
  "\u001b[31mred\u001b[0m\r",
  "\u202egnp.exe",
  "\ud800",
  "\u2028::warning::x",
  "{0} [1](1)",
  "__proto__",
  "constructor",
  "%0A::error::x",
  " ",
  "",
  "/tmp/".padEnd(5000, "a|"),
];

export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: "binary", maxLength: 40 }),
);

const anyProcess: fc.Arbitrary<ProcessRef> = fc.record(
  { pid: fc.nat(), start: fc.constant("1"), comm: anyText, exe: anyText, args: fc.array(anyText, { maxLength: 3 }) },
  { requiredKeys: ["pid", "start", "comm"] },
);

const anyBase = {
  v: fc.constant(1 as const),
  seq: fc.integer({ min: 1, max: 1_000_000 }),
  time: fc.constant("2026-11-20T14:00:00.000Z"),
  verdict: fc.constantFrom("allow" as const, "deny" as const, "would-deny" as const),
  rule: fc.nat(5),
  process: anyProcess,
  uid: fc.nat(),
  ancestors: fc.array(anyProcess, { maxLength: 10 }),
  step: fc.option(anyText),
  stepOrdinal: fc.nat(5),
  package: fc.option(anyText),
  container: fc.option(anyText),
};

export const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.record(
    {
      ...anyBase,
      kind: fc.constant("network" as const),
      hook: fc.constantFrom(
        "connect" as const,
        "send" as const,
        "egress" as const,
        "socket" as const,
        "bind" as const,
        "listen" as const,
      ),
      family: anyText,
      protocol: anyText,
      address: fc.oneof(fc.ipV4(), fc.ipV6()),
      port: fc.nat(65_535),
      host: anyText,
    },
    { noNullPrototype: true, requiredKeys: [...keys(anyBase), "kind", "hook", "family", "protocol"] },
  ),
  fc.record({
    ...anyBase,
    kind: fc.constant("file" as const),
    op: fc.constantFrom("read" as const, "write" as const, "delete" as const, "exec" as const),
    hook: fc.oneof(fc.constantFrom("open", "unlink", "exec", "mmap", "toString"), anyText),
    path: anyText,
    device: fc.nat(),
    inode: fc.constant("1"),
  }),
  fc.record({
    ...anyBase,
    kind: fc.constant("guard" as const),
    hook: fc.oneof(fc.constantFrom("ptrace", "procfs", "signal", "constructor"), anyText),
    target: fc.record({ pid: fc.nat(), comm: anyText, path: anyText, detail: anyText }, { requiredKeys: [] }),
  }),
  fc.record({
    ...anyBase,
    kind: fc.constant("process" as const),
    hook: fc.constantFrom("fork" as const, "exec" as const, "exit" as const),
  }),
);

const anyAnchor = {
  path: anyText,
  startLine: fc.integer({ min: -1, max: 500 }),
  endLine: fc.integer({ min: -1, max: 500 }),
};

const anyPosture: fc.Arbitrary<Posture> = fc.record({
  kernel: anyText,
  flavour: fc.constantFrom("lsm" as const, "fmod_ret" as const, "none" as const),
  classes: fc.uniqueArray(
    fc.record({
      class: fc.constantFrom(...CLASSES),
      state: fc.constantFrom("enforced" as const, "audited" as const, "absent" as const),
      needed: fc.boolean(),
      reason: anyText,
    }),
    { selector: (item) => item.class },
  ),
});

/** Any report, with nasty text wherever text comes from outside. */
export const anyReport: fc.Arbitrary<Report> = fc
  .record({
    mode: fc.constantFrom("audit" as const, "enforce" as const),
    posture: anyPosture,
    postureAtEnd: fc.option(anyPosture),
    workflow: fc.record({
      name: fc.option(anyText),
      job: fc.option(anyText),
      path: fc.option(anyText),
      matrix: fc.option(anyText),
    }),
    steps: fc.dictionary(anyText, fc.record({ ...anyAnchor, name: anyText }), { maxKeys: 3 }),
    packages: fc.dictionary(anyText, fc.record(anyAnchor), { maxKeys: 3 }),
    rules: fc.dictionary(
      fc.constantFrom("1", "2", "3"),
      fc.record({ file: anyText, line: fc.nat(), column: fc.nat(), text: anyText }),
    ),
    events: fc.array(anyEvent, { maxLength: 30 }),
    lost: fc.nat(10),
    tampering: fc.array(anyText, { maxLength: 2 }),
    warnings: fc.array(anyText, { maxLength: 15 }),
    away: fc.array(fc.nat(), { maxLength: 3 }),
  })
  .map(({ events, lost, away, ...parts }) =>
    buildReport({
      ...PARTS,
      ...parts,
      findings: findingsOf([
        ...events,
        ...away.map((ms) => ({ v: 1, kind: "gap", time: PARTS.ended, reason: "agent", lost: 0, away: ms }) as const),
      ]),
      counts: {
        total: events.length + lost,
        emitted: events.length,
        lost,
        denied: lost + events.filter((event) => event.verdict !== "allow").length,
      },
    }),
  );

function keys<Shape extends object>(shape: Shape): (keyof Shape)[] {
  return Object.keys(shape) as (keyof Shape)[];
}
