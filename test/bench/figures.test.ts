import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { figuresOf, measuredIn, PERCENTILES, percentile, subjectName } from "./figures.ts";
import { boot, subject, twice } from "./testing.ts";

describe("a percentile", () => {
  it("is the nearest rank", () => {
    const counts = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(PERCENTILES.map((which) => percentile(counts, which))).toEqual([50, 95, 99]);
    expect(percentile([7], "p99")).toBe(7);
  });

  it("is one of the counts, and as many of them are below it as it says", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), fc.constantFrom(...PERCENTILES), (counts, which) => {
        const found = percentile(counts, which);
        const share = { p50: 0.5, p95: 0.95, p99: 0.99 }[which];
        expect(counts).toContain(found);
        expect(counts.filter((count) => count <= found).length).toBeGreaterThanOrEqual(share * counts.length);
        expect(counts.filter((count) => count < found).length).toBeLessThan(share * counts.length);
      }),
    );
  });

  it("of nothing is no number", () => expect(() => percentile([], "p50")).toThrow("of nothing"));

  it("leaves the counts in their order", () => {
    const counts = [3, 1, 2];
    percentile(counts, "p50");
    expect(counts).toEqual([3, 1, 2]);
  });
});

describe("figures", () => {
  it("are ratios to the same act without a guard", () => {
    const boots = [boot(twice(subject("none"), 1000), twice(subject("governed"), 1040), twice(subject("floor"), 1020))];
    expect(figuresOf(measuredIn(boots)).map(({ kind, p50 }) => [kind, p50.instructions, p50.ratio])).toEqual([
      ["none", 1000, 1],
      ["governed", 1040, 1.04],
      ["floor", 1020, 1.02],
    ]);
  });

  it("have no ratio to another act, or to another target", () => {
    const others = [twice(subject("none", "stat-5"), 500), twice(subject("none", "open-5", "cold"), 500)];
    const [figure] = figuresOf(measuredIn([boot(twice(subject("governed"), 1040), ...others)]));
    expect(figure?.p50.ratio).toBeNull();
  });

  it("are repeatable when every run of every boot has the same digits", () => {
    const first = boot(twice(subject("none"), 1000), twice(subject("governed"), 1040));
    const again = boot(twice(subject("none"), 1000), twice(subject("governed"), 1040, 1050));
    const states = (boots: (typeof first)[]) => figuresOf(measuredIn(boots)).map(({ p50 }) => p50.repeatable);
    expect(states([first, first])).toEqual([true, true]);
    expect(states([first, again])).toEqual([true, false]);
  });

  it("that vary are the lower median, and say how far they are apart", () => {
    const boots = [boot(twice(subject("none"), 1000, 1010)), boot(twice(subject("none"), 1030, 1020))];
    const [figure] = figuresOf(measuredIn(boots));
    expect(figure?.p99).toEqual({ instructions: 1010, spread: 0.03, ratio: 1, repeatable: false });
  });

  it("are named by situation, operation and target", () => {
    expect(subjectName(subject("governed", "open-12", "cold"))).toBe("governed/1000 open-12 cold");
    expect(subjectName(subject("none"))).toBe("none open-5 warm");
  });
});
