import { expect, test } from "vitest";
import { type Diagnostic, formatDiagnostic, show } from "./diagnostic.ts";

const base: Diagnostic = {
  severity: "error",
  file: "warden.toml",
  line: 3,
  column: 9,
  message: "port 70000 is out of range (1 to 65535)",
  fix: "write a port",
};

test("formatDiagnostic", () => {
  expect(formatDiagnostic(base, { color: false })).toBe(
    "warden.toml:3:9: error: port 70000 is out of range (1 to 65535)\n  fix: write a port",
  );
  expect(formatDiagnostic({ ...base, severity: "warning" }, { color: true })).toContain(
    "\u001b[1;33mwarning:\u001b[0m",
  );
});

test("nothing from a policy reaches the terminal raw", () => {
  const nasty = "a\u001b[2J\n::error::x\u202e";
  const text = formatDiagnostic({ ...base, file: nasty, message: nasty, fix: nasty }, { color: false });
  expect(text.split("\n")).toHaveLength(2);
  expect(text).not.toMatch(/[\u001b\u202e]/);
});

test("show quotes and cuts", () => {
  expect(show('a"b\0')).toBe('"a\\"b\\u0000"');
  expect(show("x".repeat(500))).toBe(`"${"x".repeat(120)}..."`);
});
