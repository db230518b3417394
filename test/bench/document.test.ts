import { describe, expect, it } from "vitest";
import { render } from "./document.ts";
import { RECORDED } from "./testing.ts";

describe("the document", () => {
  const text = render(RECORDED);

  it("shows the floor beside a budget that is not met", () => {
    expect(text).toContain("| governed warm allow open, 5 deep, p50 | 1.050 | 1.3352 | 1.0257 | **not met** |");
  });

  it("marks what is not repeatable", () => {
    expect(text).toContain("| ungoverned open, 5 deep, p50 | 1.035 | 1.0369 ~ | 1.0257 | **not met** |");
  });

  it("has instructions without a guard, and ratios elsewhere", () => {
    expect(text).toContain("| open and close, 5 directories deep | 7,614 | 1.026 | 1.037 ~ | 1.335 |");
    expect(text).toContain("| open and close, 5 directories deep | 7,626 | 2.540 |");
  });

  it("has no empty tables", () => expect(text).not.toContain("another target each time"));
});
