import { expect, test } from "vitest";
import { fromHardenRunner } from "./harden-runner.ts";
import { formatEndpoint } from "./testing.ts";

const context = { home: "/home/runner", workspace: "/w/app", temp: "/w/_temp" };

function load(egressPolicy: string, allowedEndpoints: string, mode?: "audit" | "enforce") {
  const result = fromHardenRunner({ egressPolicy, allowedEndpoints, context, mode });
  const all = [...(result.ok ? [] : result.errors), ...result.warnings];
  return {
    mode: result.ok ? result.policy.mode : null,
    defaults: result.ok ? result.policy.defaults : null,
    rules: result.ok ? result.policy.rules.flatMap((r) => (r.kind === "network" ? [formatEndpoint(r)] : [])) : [],
    messages: all.map((d) => `${d.file}:${d.line}:${d.column} ${d.severity}: ${d.message}`),
  };
}

const LOOPBACK = ["127.0.0.0/8", "::1"];

test("block enforces, audit and nothing audit", () => {
  expect(load("block", "").mode).toBe("enforce");
  expect(load("audit", "").mode).toBe("audit");
  expect(load("", "").mode).toBe("audit");
  expect(load("audit", "", "enforce").mode).toBe("enforce");
});

test("only the endpoints are allowed, and nothing else is limited", () => {
  const { rules, defaults, messages } = load("block", "\n  github.com:443\n  10.0.0.1:22 api.github.com\n");
  expect(rules).toEqual(["github.com:443", "10.0.0.1:22", "api.github.com:443", ...LOOPBACK]);
  expect(defaults).toEqual({
    network: "deny",
    listen: "allow",
    exec: "allow",
    read: "allow",
    write: "allow",
    delete: "inherit",
  });
  expect(messages).toEqual([]);
  expect(load("block", "").rules).toEqual(LOOPBACK);
});

test("findings point into the input", () => {
  expect(load("block", "a.example:443\n  b.example:70000").messages).toEqual([
    "inputs.allowed-endpoints:2:3 error: port 70000 is out of range (1 to 65535)",
  ]);
  expect(load("block", "*.a.example:443").messages.join()).toContain(
    "inputs.allowed-endpoints:1:1 warning: the wildcard",
  );
  expect(load("blok", "").messages).toEqual([
    'inputs.egress-policy:1:1 error: egress-policy must be "audit" or "block", not "blok"',
  ]);
  expect(load("block", "$(id):443 a;b").messages).toHaveLength(2);
});
