import { expect, it } from "vitest";
import { WardenPatience } from "../kernel/abi.gen.ts";
import { PATIENCE } from "./patience.ts";

it("whoever asks the monitor waits longer than the monitor does", () => {
  const { START, DRAIN, REPORT } = WardenPatience;
  expect(PATIENCE.start).toBeGreaterThan(START);
  expect(PATIENCE.stop).toBeGreaterThan(DRAIN + REPORT);
  expect(PATIENCE.rootPart).toBeGreaterThan(PATIENCE.start + PATIENCE.release);
});
