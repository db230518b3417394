import { expect, test } from "vitest";
import { JsonError } from "../common/json.ts";
import { parseSpec } from "./spec.ts";
import { parseStatus } from "./status.ts";

const spec = {
  v: 1,
  id: "abcdefghij",
  version: "0.1.0",
  origin: "action",
  started: "2026-11-20T14:00:00.000Z",
  mode: "enforce",
  policy: { hardenRunner: { egressPolicy: "block", allowedEndpoints: "" } },
  context: { home: "/home/u", workspace: "/w", temp: "/t" },
  workflow: { name: "CI", job: "build", path: ".github/workflows/ci.yml", matrix: null, text: "jobs: {}" },
  lockfiles: [{ path: "package-lock.json", text: "{}" }],
};

test("a spec is read as it was written", () => {
  expect(parseSpec(JSON.stringify(spec))).toEqual(spec);
});

test.each([
  ["{", /spec.json: not JSON/],
  [{ ...spec, v: 2 }, /spec.json: v: /],
  [{ ...spec, id: "../../x" }, /spec.json: id: /],
  [{ ...spec, context: { ...spec.context, home: "home" } }, /spec.json: context.home: /],
  [{ ...spec, more: 1 }, /spec.json: more: /],
])("what is no spec is told %#", (value, message) => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  expect(() => parseSpec(text)).toThrow(JsonError);
  expect(() => parseSpec(text)).toThrow(message);
});

test("what is no status is told", () => {
  const status = { ok: true, posture: null, mode: null, warnings: [], errors: [], clockOffset: 1.5, rules: 0 };
  expect(parseStatus(JSON.stringify(status))).toEqual(status);
  expect(() => parseStatus("x")).toThrow(JsonError);
  expect(() => parseStatus(JSON.stringify({ ...status, errors: [1] }))).toThrow(/status.json: errors.0: /);
});
