/** The agent as a process of its own, with a monitor that is a script. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { recordsOf } from "../events/journal.ts";
import { WardenFrameType as Type } from "../kernel/abi.gen.ts";
import {
  ALL_ENFORCED,
  cwdEvent,
  eventBytes,
  execEvent,
  fileEvent,
  netEvent,
  resultBytes,
  welcomeBytes,
} from "../kernel/samples.ts";
import type { JournalRecord } from "../report/event.ts";
import { parseReport } from "../report/parse.ts";
import { killAgents, ScriptedMonitor } from "./agent-testing.ts";
import { type SessionSpec, SPEC_VERSION } from "./spec.ts";
import { parseStatus } from "./status.ts";

let directory = "";

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "agent-"));
  for (const name of ["journal", "report"]) mkdirSync(path.join(directory, name));
});

afterEach(() => {
  killAgents();
  rmSync(directory, { recursive: true });
});

const inside = (...names: string[]) => path.join(directory, ...names);
const status = () => parseStatus(readFileSync(inside("journal", "status.json"), "utf8"));
const report = () => parseReport(readFileSync(inside("report", "report.json"), "utf8"));
const journal = (): JournalRecord[] => [...recordsOf(inside("journal", "events.jsonl"))];

function writeSpec(text: string, change: Partial<SessionSpec> = {}): void {
  const spec: SessionSpec = {
    v: SPEC_VERSION,
    id: "abcdefghij",
    version: "0.1.0",
    origin: "run",
    started: "2026-11-20T14:00:00.000Z",
    mode: null,
    // Services outside the job are shut by rules of their own: see doors.test.ts.
    policy: { file: "p.toml", text: `version = 1\n${text}\n[privilege]\nservices = "allow"`, extends: {} },
    context: { home: "/home/u", workspace: "/w", temp: null },
    workflow: { name: null, job: null, path: null, matrix: null, text: null },
    lockfiles: [],
    ...change,
  };
  writeFileSync(inside("spec.json"), JSON.stringify(spec));
}

const header = { tgid: 50, start: 50n, parent: 49, comm: "sh" };
const exec = (seq: number) => eventBytes(execEvent({ ...header, seq }, ["bin", "sh"], ["sh", "-c", "x"]));
const refusal = (seq: number, lost = 0) =>
  eventBytes(netEvent({ ...header, seq, lost, verdict: 1, hook: 1 }, [192, 0, 2, 7], 443));

const NETWORK = '[network]\ndefault = "deny"\nallow = ["192.0.2.1:443"]';

describe("a session", { timeout: 30_000 }, () => {
  test("from policy to reports", async () => {
    writeSpec(`mode = "enforce"\n${NETWORK}\n[files.read]\ndeny = ["~/.ssh/**"]`);
    const monitor = new ScriptedMonitor(inside("spec.json"));
    expect(await monitor.begin()).toBe(true);
    expect(monitor.rules).toEqual(["/home/u/.ssh", "+allow 192.0.2.1:443", "+allow 127.0.0.0:0", "+allow 0.0.0.0:0"]);
    expect(status()).toMatchObject({ ok: true, mode: "enforce", errors: [], posture: { flavour: "fmod_ret" } });
    monitor.send(exec(1), refusal(2));
    await monitor.acknowledged(2);
    expect(journal().map((record) => record.kind)).toEqual(["process", "network"]);
    expect(await monitor.finish(7, 5)).toBe(true);
    monitor.hangUp();
    expect(await monitor.ended()).toBe(0);
    expect(report()).toMatchObject({
      mode: "enforce",
      counts: { total: 7, emitted: 2, lost: 5, denied: 1 },
      violations: [{ count: 1, act: "connect to 192.0.2.7:443 (tcp)" }],
      gaps: [{ reason: "lost", lost: 5 }],
      warnings: ["2 processes outlived the job and were ended"],
    });
    expect(readdirSync(inside("report")).sort()).toEqual(["events.jsonl", "report.json", "summary.md", "warden.sarif"]);
  });

  test("steps and packages are found in the files of the spec", async () => {
    const text = "on: push\njobs:\n  build:\n    runs-on: x\n    steps:\n      - name: Install\n        run: npm ci\n";
    const file = ".github/workflows/ci.yml";
    writeSpec("", {
      workflow: { name: "CI", job: "build", path: file, matrix: null, text },
      lockfiles: [
        { path: "package-lock.json", text: '{"packages": {\n"node_modules/left-pad": {}}}' },
        { path: "x/package-lock.json", text: "[]" },
      ],
    });
    const monitor = new ScriptedMonitor(inside("spec.json"));
    await monitor.begin();
    const step = { ...header, step: 50 };
    monitor.send(
      eventBytes(cwdEvent({ ...step, seq: 1 }, ["w", "node_modules", "left-pad"])),
      eventBytes(execEvent({ ...step, seq: 2 }, ["bin", "sh"], ["sh"], "__run")),
      eventBytes(netEvent({ ...step, seq: 3, verdict: 2, hook: 1 }, [192, 0, 2, 7], 443)),
    );
    await monitor.acknowledged(3);
    expect(await monitor.finish(3)).toBe(true);
    expect(report()).toMatchObject({
      steps: { __run: { name: "Install", path: file, startLine: 6, endLine: 7 } },
      packages: { "left-pad": { path: "package-lock.json", startLine: 2 } },
      violations: [{ event: { step: "__run", stepOrdinal: 1, package: "left-pad", verdict: "would-deny" } }],
    });
    expect(report().warnings).toContainEqual(
      expect.stringContaining("x/package-lock.json is not a package-lock.json: "),
    );
  });

  test("names are leased before it starts, and known in events", async () => {
    writeSpec('mode = "enforce"\n[network]\ndefault = "deny"\nallow = ["localhost:443"]');
    const monitor = new ScriptedMonitor(inside("spec.json"));
    expect(await monitor.begin()).toBe(true);
    expect(monitor.rules).toContain("+allow 127.0.0.1:443");
    expect(monitor.rules.filter((rule) => rule.endsWith(":53")).length).toBeGreaterThan(1);
    monitor.send(eventBytes(netEvent({ ...header, seq: 1, hook: 1 }, [127, 0, 0, 1], 443)));
    await monitor.acknowledged(1);
    expect(journal()).toMatchObject([{ host: "localhost", address: "127.0.0.1" }]);
  });

  test("losses are told where they were", async () => {
    writeSpec("");
    const monitor = new ScriptedMonitor(inside("spec.json"));
    await monitor.begin();
    monitor.send(refusal(1), refusal(2, 3), refusal(3, 2), refusal(4, 4));
    await monitor.acknowledged(4);
    expect(journal().map((record) => (record.kind === "gap" ? -record.lost : record.seq))).toEqual([
      1, -3, 2, 3, -1, 4,
    ]);
  });
});

describe("a start that fails says why", { timeout: 30_000 }, () => {
  test("a policy that does not load", async () => {
    writeSpec('[network]\ndefault = "maybe"');
    const monitor = new ScriptedMonitor(inside("spec.json"));
    await monitor.next(Type.HELLO);
    monitor.send(welcomeBytes());
    expect((await monitor.next(Type.STARTED)).readUInt32LE(8)).toBe(0);
    expect(status()).toMatchObject({ ok: false, posture: null, errors: [expect.stringMatching(/^p.toml:3:11: .*; /)] });
    monitor.hangUp();
    expect(await monitor.ended()).toBe(0);
  });

  test("a class that enforce mode needs and does not have", async () => {
    writeSpec(`mode = "enforce"\n${NETWORK}`);
    const monitor = new ScriptedMonitor(inside("spec.json"));
    const absent = { state: 0, absence: 5, hook: "connect" };
    expect(await monitor.begin([absent, ...ALL_ENFORCED.slice(1)])).toBe(false);
    expect(status()).toMatchObject({
      ok: false,
      errors: [expect.stringMatching(/needs network .* `connect` was let/)],
    });
  });

  test("the same in audit mode starts, degraded", async () => {
    writeSpec(NETWORK);
    const monitor = new ScriptedMonitor(inside("spec.json"));
    expect(await monitor.begin([{ state: 0, absence: 5 }, ...ALL_ENFORCED.slice(1)])).toBe(true);
  });

  test("a rule that cannot be put in force", async () => {
    writeSpec('mode = "enforce"\n[files.read]\ndeny = ["/a", "/b"]');
    const monitor = new ScriptedMonitor(inside("spec.json"));
    expect(await monitor.begin(ALL_ENFORCED, (rule) => resultBytes(rule, rule === 2 ? 28 : 0))).toBe(false);
    expect(status().errors).toEqual(['p.toml:4:15: "/b" cannot be put in force: ENOSPC']);
  });

  test("a spec that is none", async () => {
    writeFileSync(inside("spec.json"), '{"v":1}');
    const monitor = new ScriptedMonitor(inside("spec.json"));
    await monitor.next(Type.HELLO);
    monitor.send(welcomeBytes());
    expect((await monitor.next(Type.STARTED)).readUInt32LE(8)).toBe(0);
    expect(status().errors).toEqual([expect.stringMatching(/^the agent could not start: spec.json: id: /)]);
  });
});

test("rules that are held otherwise than written are warned about", { timeout: 30_000 }, async () => {
  writeSpec('[files.write]\ndefault = "deny"\nallow = ["/a/b/c"]\ndeny = ["/d/e/f", "/g"]');
  const monitor = new ScriptedMonitor(inside("spec.json"));
  await monitor.begin(ALL_ENFORCED, (rule) => resultBytes(rule, 0, [3, 2, 1][rule - 1] ?? 0));
  expect(status().warnings).toEqual([
    expect.stringMatching(/^p.toml:4:10: "\/a\/b\/c" names directories .* not in force/),
    expect.stringMatching(/^p.toml:5:9: "\/d\/e\/f" names directories .* refused whole/),
  ]);
});

describe("when something dies", { timeout: 30_000 }, () => {
  test("the next agent takes up where the last one stopped", async () => {
    writeSpec('[network]\ndefault = "deny"\nallow = ["localhost:443"]\n[files.read]\ndeny = ["/a/b/c"]');
    const first = new ScriptedMonitor(inside("spec.json"));
    await first.begin(ALL_ENFORCED, (rule) => resultBytes(rule, 0, 2));
    first.send(exec(1), refusal(2));
    await first.acknowledged(2);
    first.agent.kill("SIGKILL");
    await first.ended();

    const second = new ScriptedMonitor(inside("spec.json"));
    await second.next(Type.HELLO);
    // what was not acknowledged in time comes again
    second.send(refusal(2), welcomeBytes(true, 1234), refusal(3));
    await second.acknowledged(2);
    expect(await second.finish(3)).toBe(true);
    expect(second.rules).toContain("+allow 127.0.0.1:443");
    expect(journal()).toMatchObject([
      { seq: 1 },
      { seq: 2 },
      { kind: "gap", reason: "agent", lost: 0, away: 1234 },
      { seq: 3, process: { exe: "/bin/sh" } },
    ]);
    expect(report()).toMatchObject({ violations: [{ count: 2 }], gaps: [{ reason: "agent" }] });
    expect(report().warnings).toEqual([expect.stringMatching(/refused whole/), expect.stringMatching(/outlived/)]);
  });

  test("the agent that is asked twice for its reports writes them twice", async () => {
    writeSpec("");
    const first = new ScriptedMonitor(inside("spec.json"));
    await first.begin();
    first.send(refusal(1, 4));
    await first.acknowledged(1);
    expect(await first.finish(7, 6)).toBe(true);
    first.agent.kill("SIGKILL");
    const second = new ScriptedMonitor(inside("spec.json"));
    await second.next(Type.HELLO);
    second.send(welcomeBytes(true, 5));
    expect(await second.finish(7, 6)).toBe(true);
    expect(
      report()
        .gaps.filter((gap) => gap.reason === "lost")
        .map((gap) => gap.lost),
    ).toEqual([4, 2]);
  });

  test("the monitor's death leaves reports that say so", async () => {
    writeSpec(NETWORK);
    const monitor = new ScriptedMonitor(inside("spec.json"));
    await monitor.begin();
    monitor.send(refusal(1));
    await monitor.acknowledged(1);
    monitor.hangUp();
    expect(await monitor.ended()).toBe(0);
    expect(report()).toMatchObject({
      postureAtEnd: null,
      counts: { total: 1, emitted: 1, lost: 0, denied: 1 },
      violations: [{ count: 1 }],
      warnings: [expect.stringMatching(/^the monitor died; the kernel goes on refusing; counts after .* are unknown$/)],
    });
  });
});

describe("in the heap that it has", { timeout: 120_000 }, () => {
  /** As bpf/monitor/agent.c has them. */
  const BOUNDS = ["--max-old-space-size=64", "--max-semi-space-size=1", "--expose-gc", "--no-opt", "--no-maglev"];

  /** Sends refusals in batches, each of which is acknowledged before the next. */
  async function flood(monitor: ScriptedMonitor, first: number, count: number, event: (seq: number) => Buffer) {
    const batch = 2000;
    for (let done = 0; done < count; done += batch) {
      const size = Math.min(batch, count - done);
      monitor.send(...Array.from({ length: size }, (_, index) => event(first + done + index)));
      await monitor.acknowledged(first - 1 + done + size);
    }
  }

  test("200,000 refusals of different addresses are reported, by the next agent too", async () => {
    const count = 200_000;
    writeSpec(NETWORK);
    const first = new ScriptedMonitor(inside("spec.json"), BOUNDS);
    await first.begin();
    await flood(first, 1, count, (seq) =>
      eventBytes(netEvent({ ...header, seq, verdict: 1, hook: 1 }, [10, seq >> 16, (seq >> 8) & 255, seq & 255], 443)),
    );
    expect(await first.finish(count)).toBe(true);
    const told = report();
    const listed = told.violations.reduce((sum, violation) => sum + violation.count, 0);
    expect(told.omitted).toEqual([{ kind: "network/connect", verdict: "deny", step: null, count: count - listed }]);
    expect(listed).toBeGreaterThanOrEqual(4000);
    first.agent.kill("SIGKILL");
    await first.ended();

    const second = new ScriptedMonitor(inside("spec.json"), BOUNDS);
    await second.next(Type.HELLO);
    second.send(welcomeBytes(true, 5));
    expect(await second.finish(count)).toBe(true);
    expect(report().omitted).toEqual(told.omitted);
    expect(JSON.stringify(report().violations) === JSON.stringify(told.violations)).toBe(true);
  });

  test("so are refusals with the longest paths, of a process with the longest ancestry", async () => {
    const long = (name: string) => Array.from({ length: 5 }, (_, index) => `${name}${"\u{1f4a3}".repeat(50)}${index}`);
    const ancestors = 64;
    const count = 2000;
    writeSpec('[files.read]\ndeny = ["**/x"]');
    const monitor = new ScriptedMonitor(inside("spec.json"), BOUNDS);
    await monitor.begin();
    const of = (pid: number) => ({ tgid: pid, start: BigInt(pid), parent: pid - 1, parent_start: BigInt(pid - 1) });
    await flood(monitor, 1, ancestors, (seq) =>
      eventBytes(execEvent({ ...of(1000 + seq), seq }, long(`program${seq}`), [])),
    );
    const last = of(1001 + ancestors);
    await flood(monitor, ancestors + 1, count, (seq) =>
      eventBytes(fileEvent({ ...last, seq, verdict: 1, hook: 1, op: 1 }, long(`${seq}`))),
    );
    expect(await monitor.finish(ancestors + count)).toBe(true);
    const { violations, omitted } = report();
    expect(violations.length).toBeGreaterThan(10);
    expect([...violations, ...omitted].reduce((sum, each) => sum + each.count, 0)).toBe(count);
    expect(violations[0]?.event.ancestors).toHaveLength(ancestors);
  });
});
