import { describe, expect, test } from "vitest";
import type { WardenAbsenceName } from "./abi.gen.ts";
import { errnoName, toPosture, unenforced } from "./posture.ts";
import { CLASSES, type MeasuredClass, type PostureFrame } from "./posture-frame.ts";

const measured = (change: Partial<MeasuredClass>): MeasuredClass => ({
  class: "network",
  state: "absent",
  absence: "NONE",
  error: 0,
  hook: "",
  ...change,
});

const frame = (classes: readonly MeasuredClass[], flavour: PostureFrame["flavour"] = "fmod_ret") => ({
  flavour,
  classes,
});

test("what is enforced needs no reason", () => {
  const posture = toPosture(frame([measured({ state: "enforced" })]), ["network"], "6.12.0");
  expect(posture).toEqual({
    kernel: "6.12.0",
    flavour: "fmod_ret",
    classes: [{ class: "network", state: "enforced", needed: true, reason: "" }],
  });
  expect(unenforced(posture)).toEqual([]);
});

test("a kernel that refuses tracing says so once, in words", () => {
  const classes = CLASSES.map((name) => measured({ class: name, absence: "LOAD", error: 1, hook: "file_open" }));
  const posture = toPosture(frame(classes, "none"), ["read", "guard"], "6.12.0");
  expect(posture.classes[2]?.reason).toMatch(/^this kernel refuses tracing and LSM programs \(EPERM\): network only; /);
  expect(unenforced(posture)).toEqual([
    expect.stringMatching(/^the policy needs read, guard to be enforced, and they are absent: this kernel refuses /),
  ]);
});

describe("each absence has a reason with what and why", () => {
  const absences: [WardenAbsenceName, RegExp][] = [
    ["NO_FUNCTION", /kernel 6.12.0 has no function for `file_open`/],
    ["LOAD", /refused the program for `file_open` \(EACCES\)/],
    ["ATTACH", /would not attach the program for `file_open` \(EACCES\)/],
    ["CONTROL", /`file_open` fails without a guard, too \(EACCES\)/],
    ["NOT_DENIED", /`file_open` was not refused but failed otherwise \(EACCES\)/],
    ["CANARY", /`file_open` could not be tried \(EACCES\)/],
  ];
  test.each(absences)("%s", (absence, reason) => {
    const [item] = toPosture(frame([measured({ absence, error: 13, hook: "file_open" })]), [], "6.12.0").classes;
    expect(item?.reason).toMatch(reason);
    expect(item?.reason).toContain("; ");
  });
});

test("lsm programs that never fire point at the boot parameter", () => {
  const [item] = toPosture(frame([measured({ absence: "NOT_DENIED", hook: "bpf" })], "lsm"), [], "6.12.0").classes;
  expect(item?.reason).toMatch(/`bpf` was let through; .*lsm=/);
});

test("errno in words, and any number", () => {
  expect(errnoName(1)).toBe("EPERM");
  expect(errnoName(12)).toBe("ENOMEM");
  expect(errnoName(28)).toBe("ENOSPC");
  expect(errnoName(4_000_000_000)).toBe("error 4000000000");
  expect(errnoName(0)).toBe("error 0");
});
