import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyReport, ENFORCED, fileEvent, guardEvent, networkEvent, sampleReport } from "./samples.ts";
import { MAX_SUMMARY_BYTES, renderSummary } from "./summary.ts";

/** Columns of a table row: pipes that a text brought along are character references. */
const columns = (line: string) => line.split("|").length - 2;

test("any report: no markup, no line and no command but ours", () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      const text = renderSummary(report);
      expect(text.replace(/\n/g, "")).not.toMatch(/[\p{Cc}\u2028\u2029\p{Surrogate}]/u);
      const bare = text.replace(/<\/?code>/g, "").replace(/&#\d+;/g, "");
      expect(bare).not.toMatch(/[<>`[\]~\\@&$^{}]|:\/\/|::|www\./i);
      for (const line of text.split("\n")) {
        expect(line).toMatch(/^($|#{2,4} |Mode \*\*|- |Proved by |\| |\d+ events?: |\*\*\d+ of )/);
        if (!line.startsWith("|")) expect(line).not.toContain("|");
        else expect([4, 5]).toContain(columns(line));
      }
    }),
  );
});

test("tells what happened, by package and step", () => {
  const text = renderSummary(
    sampleReport([networkEvent({ package: null }), fileEvent({ rule: 3 }), fileEvent({ rule: 3 }), guardEvent()]),
  );
  expect(text).toContain("## ⛔ Warden: 4 acts refused\n");
  expect(text.match(/^#### .*$/gm)).toEqual([
    "#### Package <code>left-pad</code>, step <code>Install</code> (<code>package-lock.json:120</code>)",
    "#### No package to blame, step <code>Install</code> (<code>.github/workflows/ci.yml:12</code>)",
  ]);
  expect(text).toContain(
    "| high | <code>read /home/runner/.ssh/id_rsa</code> | 2 | <code>bash → npm → node</code> | <code>&#126;/.ssh/&#42;&#42;</code> at <code>.github/warden.toml:9</code> |",
  );
  expect(text).toContain("100 events: 100 emitted and 0 lost. 4 refusals counted in the kernel.");
});

describe("the headline", () => {
  const headline = (...args: Parameters<typeof sampleReport>) => renderSummary(sampleReport(...args)).split("\n")[0];
  const weak = {
    ...ENFORCED,
    classes: ENFORCED.classes.map((item) => ({ ...item, state: "audited" as const, reason: "no LSM" })),
  };
  test("clean", () => expect(headline()).toBe("## ✅ Warden: nothing refused"));
  test("audit", () =>
    expect(headline([guardEvent({ verdict: "would-deny" })], { mode: "audit" })).toBe(
      "## ⚠️ Warden: 1 act would be refused",
    ));
  test("weak from the start", () =>
    expect(headline([], { posture: weak })).toBe(
      "## ❌ Warden: nothing refused, but not guarded as the policy needs: network, exec, read, write, guard, containers",
    ));
  test("weak at the end only", () => expect(headline([], { postureAtEnd: weak })).toContain("## ❌"));
  test("audited is enough for audit", () =>
    expect(headline([], { posture: weak, postureAtEnd: weak, mode: "audit" })).toContain("## ✅"));
  test("unproved at the end", () =>
    expect(headline([guardEvent()], { postureAtEnd: null })).toBe(
      "## ❌ Warden: 1 act refused, but the guard could not be proved at the end",
    ));
  test("lost refusals are refusals", () =>
    expect(headline([], { counts: { total: 9, emitted: 0, lost: 9, denied: 9 } })).toBe(
      "## ⛔ Warden: refusals whose events were lost",
    ));
});

test("posture shows what changed and why", () => {
  const end = {
    ...ENFORCED,
    classes: ENFORCED.classes.map((c) =>
      c.class === "read" ? { ...c, state: "absent" as const, reason: "hook gone" } : c,
    ),
  };
  expect(renderSummary(sampleReport([], { postureAtEnd: end }))).toContain(
    "| read | ENFORCED, at the end ABSENT | yes | hook gone |",
  );
});

test("stays under GitHub's limit, says what was cut, and keeps the counts", () => {
  const events = Array.from({ length: 4000 }, (_, i) =>
    fileEvent({ path: `/data/${String.fromCodePoint(0x4e00 + i)}/${"<".repeat(200)}` }),
  );
  const text = renderSummary(sampleReport([...events, guardEvent()]));
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_SUMMARY_BYTES);
  const shown = text.match(/^\| (critical|high) /gm)?.length ?? 0;
  expect(shown).toBeGreaterThan(500);
  expect(text).toContain(`**${4001 - shown} of 4001 violations left out`);
  expect(text).toContain("reach into Runner.Worker");
  expect(text.trimEnd()).toMatch(/4001 refusals counted in the kernel\.$/);
});

test("any limit is kept, as long as the head fits", () => {
  fc.assert(
    fc.property(anyReport, fc.integer({ min: 0, max: 20_000 }), (report, extra) => {
      const head = Buffer.byteLength(renderSummary(report, 0));
      expect(Buffer.byteLength(renderSummary(report, head + extra))).toBeLessThanOrEqual(head + extra);
    }),
    { numRuns: 50 },
  );
});
