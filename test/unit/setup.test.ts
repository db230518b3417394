import { expect, test } from "vitest";
import { machineProblem } from "../../build/setup.mjs";

const machine = { platform: "linux", arch: "x64", node: "20.11.0" };

test("the set-up says at once on which machines it does not work, and on which it does", () => {
  expect(machineProblem(machine)).toBe("");
  expect(machineProblem({ ...machine, node: "24.0.0" })).toBe("");
  for (const [other, named] of [
    [{ arch: "arm64" }, "this machine is arm64: "],
    [{ platform: "darwin" }, "this machine runs darwin: "],
    [{ node: "18.20.4" }, "this is Node 18.20.4: "],
  ] as const)
    expect(machineProblem({ ...machine, ...other })).toBe(
      `${named}the set-up works on Debian and Ubuntu on x86-64, with Node 20 or newer`,
    );
});
