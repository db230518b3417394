import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";

const action: unknown = parse(readFileSync("action.yml", "utf8"));

test("action.yml runs the bundles of dist/ on Node 24, and its post always", () => {
  expect(action).toMatchObject({
    runs: {
      using: "node24",
      pre: "dist/pre.mjs",
      main: "dist/main.mjs",
      post: "dist/post.mjs",
      "post-if": "always()",
    },
  });
});

test("every input has a default and none is required, so that a job can start with `uses:` alone", () => {
  const inputs = Object.entries((action as { inputs: Record<string, { required: boolean; default: string }> }).inputs);
  expect(inputs.map(([name]) => name)).toEqual([
    "policy",
    "policy-file",
    "mode",
    "fail-on",
    "sarif-file",
    "annotations",
    "summary",
    "egress-policy",
    "allowed-endpoints",
    "matrix",
  ]);
  for (const [, input] of inputs) expect(input).toMatchObject({ required: false, default: expect.any(String) });
});

test("every output is described", () => {
  const { outputs } = action as { outputs: Record<string, { description: string }> };
  expect(Object.keys(outputs)).toEqual(["violations", "report-dir", "sarif-file", "posture"]);
});
