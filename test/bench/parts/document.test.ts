import { describe, expect, it } from "vitest";
import { render } from "../document.ts";
import { parseRecord, printRecord } from "../record.ts";
import { partColumnOf } from "./record.ts";
import { RESULTS } from "./testing.ts";

describe("the parts in the document", () => {
  const recorded = { columns: {}, parts: { session: { "6.12 stock": partColumnOf(RESULTS) } } };

  it("are recorded as they were read", () => {
    expect(parseRecord(printRecord(recorded), "results.json")).toEqual(recorded);
  });

  it("have a table each, and their budgets", () => {
    const text = render(recorded);
    expect(text).toContain("| Node alone: `node -e 0` | 5 | 5 | 5 | 2 |");
    expect(text).toContain("| memory of monitor and agent, idle | 80.0 MB | 79.0 MB | met |");
    expect(text).toContain("| memory of monitor and agent, after 10,000 refusals | 80.0 MB | 81.0 MB | **not met** |");
  });

  it("are planned as long as nothing was read", () => {
    expect(render(recorded)).toMatch(/^PLANNED: whole jobs; events; times.$/m);
    expect(render({ columns: {} })).toMatch(/^PLANNED: start, stop and memory; whole jobs; events; times.$/m);
    expect(render({ columns: {} })).not.toContain("## Start");
  });
});
