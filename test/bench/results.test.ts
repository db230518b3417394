import { describe, expect, it } from "vitest";
import { columnOf } from "./record.ts";
import { parseResults, resultsOf, summary } from "./results.ts";
import { BOOTS, boot, COLUMN, MACHINE, subject, twice } from "./testing.ts";

describe("results", () => {
  const results = resultsOf(MACHINE, BOOTS);

  it("have every figure and every budget", () => {
    expect(results.figures).toHaveLength(6);
    expect(results.budgets.map(({ name, ok }) => [name, ok])).toEqual([
      ["ungoverned open, 5 deep, p50", false],
      ["ungoverned open, 5 deep, p99", false],
      ["governed warm allow open, 5 deep, p50", false],
      ["governed warm allow open, 5 deep, p99", false],
    ]);
  });

  it("give back what was measured", () => {
    expect(columnOf(parseResults(JSON.stringify(results), "6.12-stock.json"))).toEqual(COLUMN);
  });

  it("say that they are not repeatable", () => {
    expect(summary(results).at(-1)).toBe("not repeatable: 3 of 18 figures, by 0.06% at most");
    expect(summary(resultsOf(MACHINE, [boot(twice(subject("none"), 7614))])).at(-1)).toMatch(/^repeatable: all 3/);
  });

  it("are of one kernel", () => {
    const other = { ...boot(twice(subject("none"), 1)), release: "6.1.0-amd64" };
    expect(() => resultsOf(MACHINE, [...BOOTS, other])).toThrow("not of one kernel");
    expect(() => resultsOf(MACHINE, [])).toThrow("not of one kernel");
  });
});
