import { describe, expect, it } from "vitest";
import { budgetLine, partBudgetsOf } from "./budgets.ts";
import { PARTS, QUANTITIES } from "./quantities.ts";
import { spreadsOf } from "./readings.ts";
import { RESULTS } from "./testing.ts";

describe("budgets of parts", () => {
  const budgets = partBudgetsOf("session", spreadsOf(RESULTS.readings));

  it("compare the median with the limit", () => {
    expect(budgets.map(({ value, limit, ok }) => [value, limit, ok])).toEqual([
      [79e6, 80e6, true],
      [81e6, 80e6, false],
    ]);
    expect(budgets.map(budgetLine)[1]).toMatch(/^NOT MET memory .*: 81000000 of 80000000 bytes$/);
  });

  it("are there for what was read alone", () => expect(partBudgetsOf("native", {})).toEqual([]));

  it("of whole jobs are ratios to no guard", () => {
    const spreads = { "tar none": [90, 100, 110, 3], "tar governed": [101, 103, 103, 3] } as const;
    expect(partBudgetsOf("jobs", spreads)).toMatchObject([{ value: 1.03, limit: 1.02, unit: "ratio", ok: false }]);
  });

  it("speak of what is measured", () => {
    for (const part of PARTS) {
      const spreads = Object.fromEntries(QUANTITIES[part].map(({ name }) => [name, [1, 1, 1, 1] as const]));
      const units = new Map(QUANTITIES[part].map(({ name, unit }) => [name, unit]));
      expect(units.size).toBe(QUANTITIES[part].length);
      expect(partBudgetsOf(part, spreads).length, part).toBeGreaterThan(0);
    }
  });
});
