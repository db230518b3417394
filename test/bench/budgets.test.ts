import { describe, expect, it } from "vitest";
import { type Budget, budgetsOf, LIMITS, regressions } from "./budgets.ts";
import { figuresOf, measuredIn } from "./figures.ts";
import { OPERATIONS, targetsOf } from "./operations.ts";
import { boot, subject, twice } from "./testing.ts";

describe("budgets", () => {
  const boots = [
    boot(twice(subject("none"), 1000), twice(subject("floor"), 1030), twice(subject("governed"), 1050, 1051)),
  ];

  it("compare a ratio with its limit, beside the floor", () => {
    const common = { limit: 1.05, floor: 1.03, ok: true, ratio: 1.05, repeatable: false };
    expect(budgetsOf(figuresOf(measuredIn(boots)))).toEqual([
      { ...common, name: "governed warm allow open, 5 deep, p50" },
      { ...common, name: "governed warm allow open, 5 deep, p99" },
    ]);
  });

  it("are not met above the limit, by however little", () => {
    const [budget] = budgetsOf(
      figuresOf(measuredIn([boot(twice(subject("none"), 100_000), twice(subject("governed"), 105_001))])),
    );
    expect(budget).toMatchObject({ ok: false, floor: null });
  });

  it("are there for what was measured alone", () => {
    expect(budgetsOf(figuresOf(measuredIn([boot(twice(subject("governed"), 1050))])))).toEqual([]);
  });

  it("speak of what is measured", () => {
    for (const { name, subject: of } of LIMITS) {
      expect(OPERATIONS.find((one) => one.name === of.op)?.rounds[of.target], name).toBeGreaterThan(0);
      expect(targetsOf(of.kind), name).toContain(of.target);
    }
  });
});

describe("a regression", () => {
  const budget = (ratio: number, name = "open"): Budget => {
    return { name, ratio, limit: 1.05, ok: ratio <= 1.05, floor: 1.02, repeatable: true };
  };

  it("is more than a hundredth of the budget above what is held", () => {
    expect(regressions([budget(1.04)], [budget(1.0505)])).toEqual([]);
    expect(regressions([budget(1.04)], [budget(1.0506)])).toEqual(["open: 1.0506, and it was 1.0400"]);
  });

  it("is told of a budget that is not met, too: it is held at what it came to", () => {
    expect(regressions([budget(1.3)], [budget(1.31)])).toEqual([]);
    expect(regressions([budget(1.3)], [budget(1.32)])).toHaveLength(1);
  });

  it("is what was not measured", () => {
    expect(regressions([budget(1.04), budget(1.04, "stat")], [budget(1.04)])).toEqual(["stat: not measured"]);
  });

  it("is not what costs less, nor what is new", () => {
    expect(regressions([budget(1.3)], [budget(1.1), budget(1.4, "new")])).toEqual([]);
  });
});
