import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Event, GapRecord } from "./event.ts";
import { Findings, findingsOf, MAX_GAPS, MAX_OMITTED, OF_EACH_KIND, SHARED } from "./findings.ts";
import { judge, notes } from "./judgement.ts";
import { KINDS } from "./kinds.ts";
import { longJson } from "./long-json.ts";
import { parseReport } from "./parse.ts";
import { anyEvent, anyReport, fileEvent, guardEvent, networkEvent, sampleReport } from "./samples.ts";

const address = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
const KEPT = SHARED.violations + OF_EACH_KIND.violations;
const sum = (counted: readonly { readonly count: number }[]) => counted.reduce((total, { count }) => total + count, 0);

function flood(count: number, change: (index: number) => Event): Findings {
  const findings = new Findings();
  for (let index = 0; index < count; index++) findings.add(change(index));
  return findings;
}

describe("a flood of different refusals", () => {
  test("keeps the first, and counts the others by kind, verdict and step", () => {
    const findings = flood(KEPT + 500, (index) =>
      networkEvent({
        address: address(index),
        seq: index + 1,
        step: index % 5 === 0 ? "other" : "__run",
        ancestors: [],
      }),
    );
    expect(findings.violations.map(({ event }) => event.seq)).toEqual(Array.from({ length: KEPT }, (_, i) => i + 1));
    expect(findings.omitted).toEqual([
      { kind: "network/connect", verdict: "deny", step: "other", count: 100 },
      { kind: "network/connect", verdict: "deny", step: "__run", count: 400 },
    ]);
    expect(findings.denied).toBe(KEPT + 500);
  });

  test("hides no other kind, and no repeat of what is listed", () => {
    const findings = flood(KEPT + 1, (index) => networkEvent({ address: address(index), ancestors: [] }));
    findings.add(guardEvent({ seq: 77 }));
    findings.add(networkEvent({ address: address(0), ancestors: [] }));
    expect(findings.violations.at(-1)?.event.seq).toBe(77);
    expect(findings.violations[0]?.count).toBe(2);
    expect(sum(findings.omitted)).toBe(1);
  });

  test("of huge events keeps no more than a size", () => {
    const huge = "é".repeat(40_000);
    const findings = flood(1000, (index) => fileEvent({ path: `/${index}/${huge}` }));
    const size = findings.violations.reduce((total, { event }) => total + JSON.stringify(event).length, 0);
    expect(size).toBeLessThanOrEqual(SHARED.size + OF_EACH_KIND.size);
    expect(findings.denied).toBe(1000);
    // one kind's first violation is listed whatever its size
    findings.add(guardEvent({ target: { path: huge.repeat(4) } }));
    expect(findings.violations.at(-1)?.event.kind).toBe("guard");
  });

  test("in as many steps is counted by kind", () => {
    const findings = flood(KEPT + 3 * MAX_OMITTED, (index) =>
      networkEvent({ address: address(index), step: `${index}`, ancestors: [] }),
    );
    expect(findings.omitted).toHaveLength(MAX_OMITTED + 1);
    expect(findings.omitted.at(-1)).toMatchObject({ step: null, count: 2 * MAX_OMITTED });
  });

  test("is told in every report, and judged as one that is listed", () => {
    const events = Array.from({ length: KEPT + 9 }, (_, index) =>
      networkEvent({ address: address(index), ancestors: [] }),
    );
    const report = sampleReport(events);
    expect(judge(report)).toMatchObject({ tone: "refused", refused: KEPT + 9 });
    expect(notes(report)).toEqual([
      {
        id: "limits",
        level: "warning",
        text: `9 refusals of ${KEPT + 9} left out of the list, which was full, and counted: network/connect 9; the journal has each of them.`,
      },
    ]);
    expect(parseReport(JSON.stringify(report))).toEqual(report);
  });
});

test("every refusal is counted once, and a report from before there was a limit is still read", () => {
  fc.assert(
    fc.property(fc.array(anyEvent), (events) => {
      const findings = findingsOf(events);
      expect(findings.denied).toBe(events.filter(({ verdict }) => verdict !== "allow").length);
      expect(findings.omitted).toEqual([]);
    }),
  );
  const { omitted, ...old } = sampleReport([fileEvent()]);
  expect(parseReport(JSON.stringify(old)).omitted).toEqual(omitted);
});

test("gaps that are too many are added up", () => {
  const findings = new Findings();
  const gap = { v: 1, kind: "gap", time: "2026-11-20T14:00:00.000Z" } as const;
  const lost: GapRecord = { ...gap, reason: "lost", lost: 2 };
  for (let index = 0; index < MAX_GAPS; index++) findings.add(lost);
  for (let index = 0; index < 10; index++) {
    findings.add(lost);
    findings.add({ ...gap, reason: "agent", lost: 0, away: 3 });
  }
  expect(findings.gaps).toHaveLength(MAX_GAPS + 1);
  expect(findings.gaps.reduce((total, each) => total + each.lost, 0)).toBe(2 * (MAX_GAPS + 10));
  expect(findings.gaps.at(-1)).toMatchObject({ reason: "agent", away: 30 });
});

test("long JSON is what JSON.stringify makes of it", () => {
  fc.assert(
    fc.property(anyReport, fc.constantFrom(0, 1, 2), ({ violations, ...rest }, indent) => {
      const text = longJson({ ...rest, violations: [] }, violations, indent, 2).toString();
      expect(text).toBe(`${Buffer.from(JSON.stringify({ ...rest, violations }, null, indent))}\n`);
    }),
    { numRuns: 50 },
  );
});

test("the rooms of all kinds together are what the agent's heap has for them", () => {
  expect(SHARED.size + KINDS.length * OF_EACH_KIND.size).toBeLessThan(8 << 20);
});
