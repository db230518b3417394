import fc from "fast-check";
import { expect, test } from "vitest";
import { annotations, renderAnnotation } from "./annotations.ts";
import { anyReport, fileEvent, guardEvent, networkEvent, sampleReport } from "./samples.ts";

test("a refusal is an error at the package's line", () => {
  const list = annotations(sampleReport([fileEvent({ rule: 3 })]));
  expect(list).toEqual([
    {
      type: "error",
      title: "Warden: Reading not allowed",
      message:
        'Refused: read /home/runner/.ssh/id_rsa by package left-pad in step "Install" (bash → npm → node) by rule ~/.ssh/** at .github/warden.toml:9.',
      anchor: { path: "package-lock.json", startLine: 120, endLine: 126 },
    },
  ]);
});

test("a clean report has none", () => {
  expect(annotations(sampleReport())).toEqual([]);
});

test("ten of each type, the most severe first, the rest counted in the last", () => {
  const files = Array.from({ length: 30 }, (_, i) => fileEvent({ path: `/secret/${String.fromCharCode(97 + i)}` }));
  const report = sampleReport([...files, guardEvent()], {
    warnings: Array.from({ length: 12 }, (_, i) => `warning ${i}`),
  });
  const list = annotations(report);
  const errors = list.filter(({ type }) => type === "error");
  const warnings = list.filter(({ type }) => type === "warning");
  expect(errors).toHaveLength(10);
  expect(errors[0]?.title).toContain("Reaching into another process");
  expect(errors[9]?.message).toMatch(/\(and 21 more, see the summary of the job\)$/);
  expect(warnings).toHaveLength(10);
  expect(warnings[9]?.message).toBe("warning 9 (and 2 more, see the summary of the job)");
});

test("what the step has used up already is not used again", () => {
  const report = sampleReport([guardEvent(), fileEvent(), networkEvent()]);
  expect(annotations(report, 2).map(({ message }) => /and (\d+) more/.exec(message)?.[1])).toEqual([undefined, "1"]);
  expect(annotations(report, 0)).toEqual([]);
});

test("a degraded guard comes before everything", () => {
  const [first] = annotations(sampleReport([guardEvent()], { postureAtEnd: null }));
  expect(first).toMatchObject({ type: "error", title: "Warden: not fully guarded", anchor: null });
});

test("outside a workflow an annotation has no place", () => {
  const workflow = { name: null, job: null, path: null, matrix: null };
  const [first] = annotations(sampleReport([guardEvent({ package: null, step: null })], { workflow }));
  expect(first?.anchor).toBeNull();
  expect(first && renderAnnotation(first)).toMatch(/^::error title=Warden%3A Reaching into another process::Refused: /);
});

test("any report: within the limits, one line each, and no command but its own", () => {
  fc.assert(
    fc.property(anyReport, fc.integer({ min: 0, max: 10 }), (report, limit) => {
      const list = annotations(report, limit);
      for (const type of ["error", "warning", "notice"]) {
        expect(list.filter((annotation) => annotation.type === type).length).toBeLessThanOrEqual(limit);
      }
      for (const annotation of list) {
        expect(annotation.message.length).toBeLessThanOrEqual(4096);
        expect(annotation.title.length).toBeLessThanOrEqual(255);
        const line = renderAnnotation(annotation);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        const [, properties = "", data = ""] = /^::(?:error|warning) (.*?)::(.*)$/.exec(line) ?? [];
        expect(properties.split(",").every((property) => /^(file|line|endLine|title)=[^:,]*$/.test(property))).toBe(
          true,
        );
        expect(data.replace(/%25/g, "%")).toBe(annotation.message);
      }
    }),
  );
});
