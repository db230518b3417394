import assert from "node:assert/strict";
import { normalise, slugOf } from "../src/slugs.js";

describe("slugs", () => {
  it("are short and unique", () => {
    const slugs = Array.from({ length: 2000 }, (_, number) => slugOf(number));
    assert.equal(new Set(slugs).size, slugs.length);
    assert.equal(slugOf(0).length, 1);
    assert.ok(slugs.every((slug) => slug.length <= 3));
  });

  it("stand only for web addresses", () => {
    assert.equal(normalise("http://example.com"), "http://example.com/");
    assert.equal(normalise("file:///etc/passwd"), null);
    assert.equal(normalise(undefined), null);
  });
});
