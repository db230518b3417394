import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv } from "ajv";
import fc from "fast-check";
import type { Log, Result, Run } from "sarif";
import { describe, expect, test } from "vitest";
import { automationId } from "./automation.ts";
import type { Event } from "./event.ts";
import { findingsOf } from "./findings.ts";
import { fingerprint } from "./fingerprint.ts";
import { KINDS } from "./kinds.ts";
import type { Report, Violation } from "./report.ts";
import { anyReport, fileEvent, guardEvent, networkEvent, sampleReport } from "./samples.ts";
import { MAX_RESULTS, renderSarif, toSarif, uploadBytes } from "./sarif.ts";
import { actOf } from "./violations.ts";

// The OASIS schema is draft-04, whose `id` and `$schema` ajv does not take; the rest of it means the same.
const schemaFile = createRequire(import.meta.url).resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
const { id: _id, $schema: _schema, ...schema } = JSON.parse(readFileSync(schemaFile, "utf8"));
const ajv = new Ajv({ strict: false, validateSchema: false, validateFormats: false, unicodeRegExp: false });
const matchesSchema = ajv.compile(schema);

/** Parses, checks the schema and everything GitHub asks of a file that it shall display. */
function checked(text: Buffer): Run {
  const log: Log = JSON.parse(text.toString());
  expect(matchesSchema(log), ajv.errorsText(matchesSchema.errors)).toBe(true);
  expect(uploadBytes(text)).toBeLessThanOrEqual(10_000_000);
  const [run, ...more] = log.runs;
  expect(more).toEqual([]);
  if (!run) throw new Error("no run");
  const rules = run.tool.driver.rules ?? [];
  expect(rules.length).toBeLessThanOrEqual(25_000);
  expect(new Set(rules.map((rule) => rule.id)).size).toBe(rules.length);
  for (const rule of rules) {
    expect(rule.shortDescription?.text).toMatch(/^.{1,1023}$/);
    expect(rule.fullDescription?.text).toMatch(/^.{1,1023}$/);
    expect(rule.help?.text).toBeTruthy();
    expect(Number(rule.properties?.["security-severity"])).toBeGreaterThan(0);
    expect(Number(rule.properties?.["security-severity"])).toBeLessThanOrEqual(10);
    expect(rule.properties?.tags?.length).toBeLessThanOrEqual(10);
    expect(rule.properties?.tags).toContain("security");
  }
  expect(run.results?.length).toBeLessThanOrEqual(25_000);
  for (const result of run.results ?? []) checkResult(result, run);
  expect(run.automationDetails?.id).toMatch(/^warden\/[^/]+(\/[^/]+)*$/);
  return run;
}

function checkResult(result: Result, run: Run): void {
  expect(run.tool.driver.rules?.[result.ruleIndex ?? -1]?.id).toBe(result.ruleId);
  expect(result.message.text).toMatch(/^[^\p{Cc}\p{Surrogate}\u2028\u2029]+$/u);
  // No links: every bracket is escaped.
  expect(result.message.text?.replace(/\\./g, "")).not.toMatch(/[[\]]/);
  const place = result.locations?.[0]?.physicalLocation;
  expect(result.locations?.length).toBe(1);
  expect(place?.artifactLocation?.uri).toMatch(/^[A-Za-z0-9._~!*'()%-]+(\/[A-Za-z0-9._~!*'()%-]+)*$/);
  expect(place?.artifactLocation?.uri).not.toMatch(/(^|\/)\.\.?(\/|$)/);
  expect(place?.region?.startLine).toBeGreaterThanOrEqual(1);
  expect(place?.region?.endLine).toBeGreaterThanOrEqual(place?.region?.startLine ?? 0);
  expect(result.partialFingerprints?.primaryLocationLineHash).toMatch(/^[0-9a-f]{64}:1$/);
}

test("any report gives a log that the schema and GitHub take", () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      const run = checked(renderSarif(report));
      expect(run.results).toHaveLength(report.violations.length);
    }),
    { numRuns: 150 },
  );
});

test("the schema is really asked: a broken log is refused", () => {
  expect(matchesSchema({ version: "2.1.0", runs: [{ results: [] }] })).toBe(false);
});

test("a clean run is a log without results", () => {
  const run = checked(renderSarif(sampleReport()));
  expect(run.results).toEqual([]);
  expect(run.invocations?.[0]?.executionSuccessful).toBe(true);
  expect(run.invocations?.[0]?.toolExecutionNotifications?.every((item) => item.level === "note")).toBe(true);
});

test("every kind is a rule", () => {
  expect(checked(renderSarif(sampleReport())).tool.driver.rules?.map((rule) => rule.id)).toEqual(
    KINDS.map((kind) => kind.id),
  );
});

test("one refusal, in full", () => {
  const report = sampleReport([fileEvent({ rule: 3 }), fileEvent({ rule: 3, seq: 2 })]);
  const [result] = checked(renderSarif(report)).results ?? [];
  expect(result).toMatchObject({
    ruleId: "file/read",
    level: "error",
    message: {
      text: "Refused: read /home/runner/.ssh/id_rsa. Package: left-pad. Step: Install. Processes: bash → npm → node. Rule: ~/.ssh/** (.github/warden.toml:9). Seen 2 times.",
    },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: "package-lock.json" }, region: { startLine: 120, endLine: 126 } },
      },
    ],
    occurrenceCount: 2,
  });
});

test("the most severe first, and what audit mode let through is a warning", () => {
  const report = sampleReport([fileEvent({ op: "delete", verdict: "would-deny" }), networkEvent(), guardEvent()], {
    mode: "audit",
  });
  const results = checked(renderSarif(report)).results ?? [];
  expect(results.map((result) => [result.ruleId, result.level])).toEqual([
    ["guard/ptrace", "error"],
    ["network/connect", "error"],
    ["file/delete", "warning"],
  ]);
});

describe("where a result points", () => {
  const uri = (report: Report) => {
    const place = checked(renderSarif(report)).results?.[0]?.locations?.[0]?.physicalLocation;
    return `${place?.artifactLocation?.uri}:${place?.region?.startLine}`;
  };
  test("the package's line", () => expect(uri(sampleReport([networkEvent()]))).toBe("package-lock.json:120"));
  test("else the step's line", () =>
    expect(uri(sampleReport([networkEvent({ package: null })]))).toBe(".github/workflows/ci.yml:12"));
  test("else line 1 of the workflow", () =>
    expect(uri(sampleReport([networkEvent({ package: "constructor", step: "toString" })]))).toBe(
      ".github/workflows/ci.yml:1",
    ));
  test("else where a policy would be", () => {
    const workflow = { name: null, job: null, path: null, matrix: null };
    expect(uri(sampleReport([networkEvent({ package: null, step: null })], { workflow }))).toBe(
      ".github/warden.toml:1",
    );
  });
  test.each(["/etc/passwd", "../x", "a//b", "a\\b", "", "./a"])("never %j", (path) => {
    const packages = { "left-pad": { path, startLine: 1, endLine: 1 } };
    expect(uri(sampleReport([networkEvent()], { packages }))).toBe(".github/workflows/ci.yml:12");
  });
});

describe("a fingerprint", () => {
  const of = (event: Event, change = {}) => {
    const [violation] = sampleReport([event], change).violations;
    return violation && fingerprint(violation);
  };
  const first = of(guardEvent({ hook: "procfs", target: { pid: 900, comm: "Runner.Worker", path: "/proc/900/mem" } }));

  test("does not know process ids, times, sequence numbers and lines", () => {
    const event = guardEvent({
      hook: "procfs",
      target: { pid: 17, comm: "Runner.Worker", path: "/proc/17/mem" },
      seq: 99,
      time: "2027-01-01T00:00:00.000Z",
      uid: 0,
      process: { pid: 5, start: "1", comm: "x" },
      ancestors: [],
    });
    expect(of(event, { packages: {}, steps: {} })).toBe(first);
  });

  test("does not know temporary paths", () => {
    const read = (path: string) => of(fileEvent({ path }));
    expect(read("/home/runner/work/_temp/0a0ff3c1-8a27-4a53-a4b1-9f3d2c111111.sh")).toBe(
      read("/home/runner/work/_temp/7b1ff3c1-8a27-4a53-a4b1-9f3d2c222222.sh"),
    );
    expect(read("/tmp/npm-a7Bx2Q/evil")).toBe(read("/tmp/npm-Zk20Qx/evil"));
    expect(read("/tmp/a")).not.toBe(read("/tmp/b"));
  });

  test("knows kind, step, target and package", () => {
    const others = [
      fileEvent(),
      fileEvent({ op: "write" }),
      fileEvent({ step: "x" }),
      fileEvent({ path: "/x" }),
      fileEvent({ package: null }),
    ];
    expect(new Set(others.map((event) => of(event))).size).toBe(others.length);
  });
});

describe("the category", () => {
  const id = (change: Partial<Report["workflow"]>) =>
    automationId(sampleReport([], { workflow: { name: "CI", job: "build", path: null, matrix: null, ...change } }));
  test("holds workflow, job and matrix, then the run", () => {
    expect(id({ matrix: "node=20" })).toBe("warden/CI/build/node=20/2026-11-20T14:00:00.000Z");
    expect(id({})).toBe("warden/CI/build/2026-11-20T14:00:00.000Z");
  });
  test("keeps apart what looks alike, and makes no segments", () => {
    const ids = ["a/b", "a_b", "a\\b", "a\nb", `${"a".repeat(100)}1`, `${"a".repeat(100)}2`, ""].map((matrix) =>
      id({ matrix }),
    );
    expect(new Set(ids).size).toBe(ids.length);
    for (const one of ids) expect(one.split("/")).toHaveLength(5);
  });
});

/** More than findings.ts keeps. */
function byHand(events: readonly Event[]): Violation[] {
  return events.map((event) => ({ event, count: 1, act: actOf(event) }));
}

describe("GitHub's limits", () => {
  test("more results than a run may have are cut, and counted", () => {
    const events = Array.from({ length: MAX_RESULTS + 10 }, (_, i) =>
      fileEvent({ path: `/x/${String.fromCodePoint(0x4e00 + i)}`, seq: i + 1 }),
    );
    const many = byHand(events);
    const report = {
      ...sampleReport([]),
      violations: [...many, ...sampleReport([networkEvent(), guardEvent()]).violations],
    };
    const run = toSarif(report).runs[0];
    expect(run?.results).toHaveLength(MAX_RESULTS);
    expect(run?.results?.[0]?.ruleId).toBe("guard/ptrace");
    expect(run?.invocations?.[0]?.toolExecutionNotifications?.at(-1)).toMatchObject({
      descriptor: { id: "limits" },
      message: { text: expect.stringMatching(/^\d+ of \d+ results left out/) },
    });
  });

  test("an upload that is too large is cut, and counted", () => {
    const noise = (seed: number) => {
      const bytes = createHash("shake256", { outputLength: 1000 }).update(`${seed}`).digest();
      return Array.from({ length: 500 }, (_, i) =>
        String.fromCodePoint(0x4e00 + (bytes.readUInt16LE(i * 2) & 0x3fff)),
      ).join("");
    };
    const events = Array.from({ length: 12_000 }, (_, i) => fileEvent({ path: `/${noise(i)}` }));
    const run = checked(renderSarif({ ...sampleReport(), violations: byHand(events) }));
    const shown = run.results?.length ?? 0;
    expect(shown).toBeGreaterThan(1000);
    expect(shown).toBeLessThan(12_000);
    expect(run.invocations?.[0]?.toolExecutionNotifications?.at(-1)?.message.text).toContain(
      `${12_000 - shown} of 12000 results left out`,
    );
  });
});

test("posture, losses, gaps and warnings are notifications", () => {
  const report = sampleReport([], {
    postureAtEnd: null,
    counts: { total: 10, emitted: 7, lost: 3, denied: 2 },
    warnings: ["host [x] does not resolve"],
    findings: findingsOf([
      { v: 1, kind: "gap", time: "2026-11-20T14:00:00.000Z", reason: "agent", lost: 0, away: 1200 },
    ]),
  });
  const [invocation] = checked(renderSarif(report)).invocations ?? [];
  const told = invocation?.toolExecutionNotifications
    ?.filter((item) => item.level !== "note")
    .map((item) => [item.descriptor?.id, item.message.text]);
  expect(invocation?.executionSuccessful).toBe(false);
  expect(told).toEqual([
    ["posture", expect.stringContaining("could not be proved")],
    ["loss", "3 events of 10 lost (7 emitted); every verdict stood, 2 refusals counted in the kernel."],
    ["loss", "2 refusals of 2 not listed: the events were lost."],
    ["gap", expect.stringContaining("1200 ms")],
    ["warning", "host \\[x\\] does not resolve"],
  ]);
});
