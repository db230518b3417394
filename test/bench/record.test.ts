import { describe, expect, it } from "vitest";
import { figuresOf, measuredIn } from "./figures.ts";
import { measuredOf, parseRecord, printRecord } from "./record.ts";
import { BOOTS, COLUMN, RECORDED } from "./testing.ts";

describe("the record", () => {
  it("is read as it was written", () => {
    expect(parseRecord(printRecord(RECORDED), "results.json")).toEqual(RECORDED);
  });

  it("gives the figures that were measured", () => {
    const again = figuresOf(measuredOf(COLUMN));
    const essence = ({ kind, op, target, p50 }: (typeof again)[number]) => [
      kind,
      op,
      target,
      p50.ratio,
      p50.repeatable,
    ];
    expect(again.map(essence)).toEqual(figuresOf(measuredIn(BOOTS)).map(essence));
  });

  it("has a line for each figure", () => {
    expect(printRecord(RECORDED)).toContain('        "governed/1000 open-5 warm": [10166, 10166, 10166],\n');
  });

  it("of another form is refused, by the file's name", () => {
    expect(() => parseRecord('{"columns": {"6.12 stock": {}}}', "results.json")).toThrow("results.json: ");
    const column = {
      ...COLUMN,
      figures: { "governd open-5 warm": [1, 1, 1] as [number, number, number] },
    };
    expect(() => measuredOf(column)).toThrow();
  });
});
