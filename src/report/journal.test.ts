import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonError } from "../common/json.ts";
import { buildReport } from "./build.ts";
import { findingsOf } from "./findings.ts";
import { parseJournalLine } from "./journal.ts";
import { parseReport } from "./parse.ts";
import { anyEvent, anyReport, fileEvent, guardEvent, sampleReport } from "./samples.ts";

function parseJournal(text: string) {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line, index) => parseJournalLine(line, index + 1));
}

const json = (...records: readonly unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");

test("the example in docs/events.md is a journal of this version", () => {
  const doc = readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8");
  const example = /```jsonl\n([\s\S]*?)```/.exec(doc)?.[1] ?? "";
  const records = parseJournal(example);
  expect(new Set(records.map((record) => record.kind))).toEqual(
    new Set(["network", "file", "guard", "process", "gap"]),
  );
  // The document shows nothing that the schema drops.
  const lines = example.trim().split("\n");
  expect(records).toEqual(lines.map((line) => JSON.parse(line)));
});

test("docs/events.md names every key and every literal of the schema", () => {
  const doc = readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8");
  const words =
    "v seq time verdict rule process uid ancestors step stepOrdinal package kind hook family protocol address port host op path device inode target reason lost away pid start comm exe args cwd detail allow deny would-deny network file guard gap connect send egress socket read write delete exec fork exit agent";
  for (const word of words.split(" ")) expect(doc, word).toContain(`\`${word}\``);
});

test("what is written is what is read", () => {
  fc.assert(
    fc.property(fc.array(anyEvent), (events) => {
      const normal: unknown = JSON.parse(JSON.stringify(events));
      expect(parseJournal(json(...events))).toEqual(normal);
    }),
  );
});

test("keys of a later Warden are passed over, a later version is not", () => {
  expect(parseJournalLine(JSON.stringify({ ...fileEvent(), novelty: 1 }), 1)).toEqual(fileEvent());
  expect(() => parseJournalLine(JSON.stringify({ ...fileEvent(), v: 2 }), 1)).toThrow(/line 1: v: /);
});

describe("a bad line is named", () => {
  test.each([
    ["not JSON", "{", /line 3: not JSON/],
    ["no object", "1", /line 3: Invalid type/],
    ["no kind", "{}", /line 3: kind: /],
    ["another kind", '{"kind":"dance"}', /line 3: kind: /],
    ["a key missing", JSON.stringify({ ...fileEvent(), path: undefined }), /line 3: path: /],
    ["a wrong port", JSON.stringify({ ...sampleNetwork(), port: 70_000 }), /line 3: port: /],
    [
      "a deep key",
      JSON.stringify({ ...fileEvent(), process: { pid: "1", start: "1", comm: "" } }),
      /line 3: process.pid: /,
    ],
    ["a time without a zone", JSON.stringify({ ...fileEvent(), time: "now" }), /line 3: time: /],
  ])("%s", (_name, line, message) => {
    const text = `${json(fileEvent(), fileEvent())}${line}\n${json(guardEvent())}`;
    expect(() => parseJournal(text)).toThrow(JsonError);
    expect(() => parseJournal(text)).toThrow(message);
  });
});

function sampleNetwork() {
  return { ...fileEvent(), kind: "network", hook: "connect", family: "ipv4", protocol: "tcp" };
}

test("a report has the violations and the gaps of its journal", () => {
  const gap = { v: 1, kind: "gap", time: "2026-11-20T14:00:00.000Z", reason: "lost", lost: 3 } as const;
  const { v: _v, tool, violations: _violations, gaps: _gaps, ...parts } = sampleReport();
  const report = buildReport({
    ...parts,
    toolVersion: tool.version,
    findings: findingsOf([fileEvent(), gap, fileEvent()]),
  });
  expect(report).toMatchObject({ v: 1, tool: { name: "Warden", version: "0.1.0" }, gaps: [gap] });
  expect(report.violations).toEqual([{ event: fileEvent(), count: 2, act: "read /home/runner/.ssh/id_rsa" }]);
});

describe("report.json", () => {
  test("is read as it was written", () => {
    const report = sampleReport([fileEvent(), guardEvent()]);
    expect(parseReport(JSON.stringify(report))).toEqual(report);
  });

  test("any report that has lines", () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const known = JSON.stringify({ ...report, steps: {}, packages: {} });
        expect(parseReport(known)).toEqual(JSON.parse(known));
      }),
    );
  });

  test.each([
    ["{", /not JSON/],
    ["{}", /report.json: v: /],
    [JSON.stringify({ ...sampleReport(), mode: "off" }), /report.json: mode: /],
    [
      JSON.stringify({ ...sampleReport(), violations: [{ count: 1, act: "", event: { kind: "gap" } }] }),
      /violations.0.event/,
    ],
  ])("an error names the key %#", (text, message) => {
    expect(() => parseReport(text)).toThrow(JsonError);
    expect(() => parseReport(text)).toThrow(message);
  });
});
