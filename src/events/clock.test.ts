import { expect, test } from "vitest";
import { bootClockOffset, wallTime } from "./clock.ts";

test("now is now", () => {
  const now = process.hrtime.bigint();
  expect(Math.abs(Date.parse(wallTime(now, bootClockOffset())) - Date.now())).toBeLessThan(100);
});

test("any number is some time", () => {
  expect(wallTime(2n ** 64n - 1n, 1e15)).toMatch(/^\+?\d+-\d\d-\d\dT/);
  expect(wallTime(0n, Number.MAX_VALUE)).toBe("1970-01-01T00:00:00.000Z");
});
