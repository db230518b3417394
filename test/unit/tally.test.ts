import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fail, runStages, type Stage, skip, summaryLine } from "../../build/testing/tally.mjs";
import { versionDifference } from "../../build/toolchain.mjs";

beforeEach(() => void vi.spyOn(process.stdout, "write").mockReturnValue(true));
afterEach(() => void vi.restoreAllMocks());

const stage = (name: string, run: Stage["run"], countsNothing = false): Stage => ({ name, run, countsNothing });

test("a stage that throws or runs nothing has failed, and those after it run", async () => {
  const tally = await runStages([
    stage("throws", () => Promise.reject(new Error("broken"))),
    stage("empty", async () => {}),
    stage("prepares", async () => {}, true),
    stage("counts", async (own) => {
      own.passed += 2;
      fail(own, "one", "wrong");
      skip(own, "other", "absent");
    }),
  ]);
  expect(tally.failed.map(({ name, why }) => `${name}: ${why}`)).toEqual([
    "throws: broken",
    "empty: it ran nothing",
    "one: wrong",
  ]);
  expect(summaryLine(tally)).toBe("2 passed, 3 failed, 1 skipped");
});

test("the last line names skipped tests only when there are any", () => {
  expect(summaryLine({ passed: 3, failed: [], skipped: [] })).toBe("3 passed, 0 failed");
});

test("toolchains are compared package by package", () => {
  expect(versionDifference({ a: "1" }, { a: "1" })).toBe("");
  expect(versionDifference({ a: "1", c: "1" }, { a: "2", b: "1" })).toBe(
    "a is 2, the manifest says 1; b is 1, the manifest says none; c is absent, the manifest says 1",
  );
  expect(versionDifference(undefined, {})).toBe("the manifest records no toolchain");
});
