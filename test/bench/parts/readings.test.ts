import { describe, expect, it } from "vitest";
import { parsePartBoot, parsePartResults, partResultsOf, Readings, spreadOf } from "./readings.ts";
import { BOOT, RESULTS } from "./testing.ts";

describe("readings", () => {
  it("are kept by name, in their order", () => {
    const readings = new Readings();
    for (const value of [3, 1]) readings.add("main", value);
    expect(readings.all).toEqual({ main: [3, 1] });
    readings.clear();
    expect(readings.all).toEqual({});
  });

  it("are told as least, lower median and most", () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual([1, 2, 4, 4]);
    expect(spreadOf([7])).toEqual([7, 7, 7, 1]);
    expect(() => spreadOf([])).toThrow("of nothing");
  });

  it("of several boots are of one kernel", () => {
    const { readings, boots } = partResultsOf(RESULTS, [BOOT, BOOT]);
    expect([boots, readings.main]).toEqual([2, [10, 11, 10, 11]]);
    expect(() => partResultsOf(RESULTS, [BOOT, { ...BOOT, release: "6.1.0-amd64" }])).toThrow("not of one kernel");
    expect(() => partResultsOf(RESULTS, [])).toThrow("not of one kernel");
  });

  it("are read as they were written", () => {
    expect(parsePartBoot(JSON.stringify(BOOT), "boot.json")).toEqual(BOOT);
    expect(parsePartResults(JSON.stringify({ ...RESULTS, budgets: [] }), "6.12-stock.json")).toEqual(RESULTS);
    expect(() => parsePartResults('{"part": "sesion"}', "6.12-stock.json")).toThrow("6.12-stock.json: ");
  });
});
