import { describe, expect, it } from "vitest";
import { DEFAULTS, parseArguments, UsageError } from "./arguments.mjs";

describe("the rig's command line", () => {
  it("leaves the command's words alone", () => {
    const words = ["sh", "-c", "echo 'a b'\n", "--kernel", "--", ""];
    expect(
      parseArguments(["--kernel", "6.1", "--arch", "aarch64", "--lsm=bpf", "--timeout", "5", "--", ...words]),
    ).toEqual({
      ...DEFAULTS,
      kernel: "6.1",
      arch: "aarch64",
      lsm: "bpf",
      timeout: 5,
      command: words,
    });
  });

  it("counts instructions on one processor only", () => {
    expect(parseArguments(["--cpus", "4", "--icount", "--", "true"])).toMatchObject({ icount: true, cpus: 1 });
  });

  it.each([
    [["true"], "after --"],
    [[], "no command"],
    [["--"], "no command"],
    [["--kernel"], "wants a value"],
    [["--kernel", "../6.1", "--", "x"], "X.Y or newest"],
    [["--arch", "arm64", "--", "x"], "x86_64 or aarch64, not arm64"],
    [["--lsm", "none", "--", "x"], "stock or bpf"],
    [["--cpus", "0", "--", "x"], "from 1"],
    [["--timeout", "1e3", "--", "x"], "whole number"],
    [["--frobnicate", "--", "x"], "unknown argument"],
  ])("refuses %j", (argv, message) => {
    expect(() => parseArguments(argv)).toThrow(UsageError);
    expect(() => parseArguments(argv)).toThrow(message);
  });
});
