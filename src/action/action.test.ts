import { readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ENFORCED, fileEvent, guardEvent, sampleReport } from "../report/samples.ts";
import { InputError, readInputs } from "./inputs.ts";
import { conclude } from "./judgement.ts";
import { postPath } from "./post-path.ts";
import { parseState } from "./state.ts";

function inputs(given: Readonly<Record<string, string>> = {}) {
  return readInputs((name) => given[name] ?? "");
}

describe("the inputs", () => {
  it("have the defaults that action.yml tells", () => {
    const action = v.parse(
      v.object({ inputs: v.record(v.string(), v.object({ default: v.string() })) }),
      parse(readFileSync("action.yml", "utf8")),
    );
    const told = Object.fromEntries(Object.entries(action.inputs).map(([name, input]) => [name, input.default]));
    // The runner makes JSON of it; outside of a matrix that is `null`.
    expect(told.matrix).toBe("${{ toJSON(matrix) }}");
    expect(inputs({ ...told, matrix: "null" })).toEqual(inputs());
    expect(inputs()).toEqual({
      policy: { from: "default" },
      mode: null,
      failOnViolation: true,
      sarifFile: null,
      annotations: true,
      summary: true,
      matrix: null,
    });
  });

  it.each([
    ['{"os":"linux","node":20,"fast":true,"none":null}', "fast=true, node=20, none=null, os=linux"],
    ['{"node":20,"os":"linux"}', "node=20, os=linux"],
    ['{"target":{"arch":"x64"},"flags":["a","b"]}', 'flags=["a","b"], target={"arch":"x64"}'],
    ["{}", null],
    ["null", null],
  ])("have the matrix %s in words", (matrix, words) => {
    expect(inputs({ matrix }).matrix).toBe(words);
  });

  it("name one policy", () => {
    expect(inputs({ policy: "version = 1" }).policy).toEqual({ from: "text", text: "version = 1" });
    expect(inputs({ "policy-file": "a b.toml" }).policy).toEqual({ from: "file", file: "a b.toml" });
    const hardened = { from: "harden-runner", egressPolicy: "", allowedEndpoints: "a.example:443" };
    expect(inputs({ "allowed-endpoints": "a.example:443" }).policy).toEqual(hardened);
  });

  it.each([
    [{ policy: "x", "policy-file": "y" }, "given 2 times (policy, policy-file)"],
    [{ policy: "x", "egress-policy": "block" }, "given 2 times"],
    [{ mode: "strict" }, "mode is audit or enforce"],
    [{ "fail-on": "$(id)" }, "fail-on is violation or never"],
    [{ annotations: "yes" }, "annotations is true or false"],
    [{ summary: "TRUE" }, "summary is true or false"],
    [{ matrix: "1" }, "matrix: "],
    [{ matrix: "${{ toJSON(matrix) }}" }, "matrix: not JSON"],
    [{ "sarif-file": "/etc/x" }, "inside the workspace"],
    [{ "sarif-file": "a/../../x" }, "inside the workspace"],
    [{ "sarif-file": "a/" }, "inside the workspace"],
  ])("%j are a mistake", (given, message) => {
    expect(() => inputs(given)).toThrow(InputError);
    expect(() => inputs(given)).toThrow(message);
  });

  it("are taken as they are: a name is a name, whatever a shell would make of it", () => {
    expect(inputs({ "sarif-file": "out/$(id); x.sarif" }).sarifFile).toBe("out/$(id); x.sarif");
  });
});

describe("the path of post", () => {
  it("is that of main with another name, to the byte", () => {
    expect(postPath(["node", "/w/_actions/o/r/v1/./dist/main.mjs"])).toBe("/w/_actions/o/r/v1/./dist/post.mjs");
  });

  it("is not guessed", () => {
    expect(() => postPath(["node"])).toThrow("not started as a runner");
    expect(() => postPath(["node", "dist/main.mjs"])).toThrow("not started as a runner");
    expect(() => postPath(["node", `/${"a".repeat(250)}/main.mjs`])).toThrow("too long");
  });
});

it("the state is what main left, or nothing", () => {
  expect(parseState("")).toBeNull();
  expect(() => parseState("{}")).toThrow();
});

describe("the end of a job", () => {
  const enforce = { mode: "enforce", failOnViolation: true } as const;
  const audit = { mode: "audit", failOnViolation: true } as const;
  const clean = sampleReport([], { mode: "enforce" });
  const refused = sampleReport([fileEvent({ verdict: "deny" })], { mode: "enforce" });
  const weak = {
    ...ENFORCED,
    classes: ENFORCED.classes.map((one) => ({ ...one, needed: true, state: "absent" as const, reason: "gone" })),
  };

  it("is good when nothing was refused", () => {
    expect(conclude(enforce, "reported", clean)).toEqual({ failures: [], warnings: [], violations: 0 });
  });

  it("fails for a refusal, once, unless told not to", () => {
    expect(conclude(enforce, "reported", refused)).toMatchObject({ failures: ["1 act refused"], violations: 1 });
    expect(conclude({ ...enforce, failOnViolation: false }, "reported", refused).failures).toEqual([]);
  });

  it("does not fail for what audit mode let through", () => {
    const report = sampleReport([fileEvent({ verdict: "would-deny" })], { mode: "audit" });
    expect(conclude(audit, "reported", report)).toMatchObject({ failures: [], violations: 1 });
  });

  it("does not fail in audit mode for what the guard refuses in its own defence, but warns", () => {
    const report = sampleReport([guardEvent({ verdict: "deny", hook: "bpf" })], { mode: "audit" });
    const { failures, warnings, violations } = conclude(audit, "reported", report);
    expect([failures, violations]).toEqual([[], 1]);
    expect(warnings).toEqual([expect.stringContaining("1 act against the guard itself refused")]);
    expect(conclude(enforce, "reported", { ...report, mode: "enforce" }).failures).toHaveLength(1);
  });

  it("tells a monitor that is late from one that is gone", () => {
    expect(conclude(enforce, "late", clean).failures.join()).toContain("the monitor lives");
    expect(conclude(enforce, "gone", clean).failures.join()).toContain("the monitor is gone");
  });

  it("takes the mode from the report when main was ended before it knew, and else the stricter", () => {
    const unknown = { mode: null, failOnViolation: true };
    expect(conclude(unknown, "unreported", { ...clean, mode: "audit" }).failures).toEqual([]);
    expect(conclude(unknown, "unreported", clean).failures).toHaveLength(1);
    expect(conclude(unknown, "gone", "nobody wrote it").failures).toHaveLength(2);
  });

  it("fails for a refusal that was counted and lost", () => {
    const report = sampleReport([], { mode: "enforce", counts: { total: 2, emitted: 1, lost: 1, denied: 1 } });
    expect(conclude(enforce, "reported", report).failures).toHaveLength(1);
  });

  it.each(["gone", "late", "unreported"] as const)(
    "with a guard that is %s fails in enforce mode, warns in audit mode",
    (end) => {
      expect(conclude(enforce, end, "nobody wrote it").failures.length).toBeGreaterThan(0);
      expect(conclude(audit, end, "nobody wrote it")).toMatchObject({ failures: [] });
      expect(conclude(audit, end, "nobody wrote it").warnings.length).toBeGreaterThan(0);
      // Also when everything looks well: the reports are the agent's last, and nobody knows what came after.
      expect(conclude(enforce, end, clean).failures.length).toBeGreaterThan(0);
    },
  );

  it("fails in enforce mode when the guard was not whole at the end", () => {
    const report = sampleReport([], { mode: "enforce", postureAtEnd: weak });
    expect(conclude(enforce, "reported", report).failures[0]).toContain("not guarded as the policy needs");
    expect(conclude(audit, "reported", { ...report, mode: "audit" })).toMatchObject({ failures: [] });
  });
});
