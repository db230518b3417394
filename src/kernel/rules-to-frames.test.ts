import { describe, expect, test } from "vitest";
import { loadPolicy } from "../policy/load.ts";
import { WardenPolicyFlag, WardenPolicyFlagNames } from "./abi.gen.ts";
import { leaseKey, policyFrames, RULE_CANARY, RULE_SELF } from "./rules-to-frames.ts";

const context = { home: "/home/u", workspace: "/w", temp: "/t" };

/** Services outside the job have rules of their own: see doors.test.ts. */
const alone = (text: string) =>
  compile(text.includes("[privilege]") ? `${text}\nservices = "allow"` : `${text}\n[privilege]\nservices = "allow"`);

function compile(text: string) {
  const result = loadPolicy({ file: "p.toml", text: `version = 1\n${text}`, context });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return policyFrames(result.policy, { nameservers: ["192.0.2.53", "2001:db8::53"], hasDirectory: () => false });
}

const flagNames = (flags: number) =>
  Array.from({ length: 27 }, (_, bit) => 2 ** bit)
    .filter((flag) => flags & flag)
    .map((flag) => WardenPolicyFlagNames[flag]);

describe("flags", () => {
  test("an empty policy guards its own files, and memory", () => {
    expect(flagNames(alone("").flags)).toEqual(["DELETE_INHERITS", "DENY_MEMORY", "HAS_FILES", "NET_ANY"]);
    expect(flagNames(compile("").flags)).toEqual(expect.arrayContaining(["DENY_SERVICES", "HAS_NETWORK"]));
  });

  test("defaults and modes", () => {
    const { flags } = compile(`mode = "enforce"
[exec]
default = "deny"
[files.write]
default = "deny"
[files.delete]
default = "deny"`);
    expect(flagNames(flags)).toEqual(
      expect.arrayContaining(["ENFORCE", "DENY_EXEC", "DENY_WRITE", "DENY_DELETE", "DENY_MEMFD", "HAS_EXEC"]),
    );
    expect(flags & WardenPolicyFlag.DELETE_INHERITS).toBe(0);
  });

  test("a shape for each kind of network rule, and none else", () => {
    const shapes = (rule: string) =>
      flagNames(alone(`[network]\ndeny = ["${rule}"]`).flags).filter((name) => name?.startsWith("NET_"));
    expect(shapes("192.0.2.1")).toEqual(["NET_ANY"]);
    expect(shapes("192.0.2.1:53")).toEqual(["NET_PORT", "NET_ANY"]);
    expect(shapes("192.0.2.1:53/udp")).toEqual(["NET_PORT_PROTO", "NET_ANY"]);
    expect(shapes("name.example:53/udp")).toEqual(["NET_PORT_PROTO", "NET_ANY"]);
  });

  test("a rule on a name", () => {
    expect(flagNames(compile('[files.read]\ndeny = ["**/.env"]').flags)).toContain("HAS_NAMES");
  });
});

test("paths go out as they are, with the monitor's numbers", () => {
  const { paths } = compile('[files.read]\ndeny = ["~/.ssh/**", "**/.env"]\n[exec]\ndeny = ["/usr/bin/nc"]');
  expect([...paths].map(({ frame }) => [[...frame.subarray(12, 15)], frame.toString("utf8", 16)])).toEqual([
    [[8, 1, 0], "/usr/bin/nc\0"],
    [[1, 1, 1], "/home/u/.ssh\0"],
    [[1, 1, 2], ".env\0"],
  ]);
});

test("an allow inside a deny of the same shape is not sent; another shape's is", () => {
  const { addresses } = compile(
    '[network]\ndefault = "deny"\nallow = ["10.1.2.3", "10.1.2.3:443", "10.2.0.0/16"]\ndeny = ["10.1.0.0/16"]',
  );
  const sent = addresses.map(({ rule }) => `${rule.effect} ${rule.addr.join(".")}/${rule.prefix}:${rule.port}`);
  expect(sent.filter((text) => text.includes(" 10."))).toEqual([
    "1 10.1.0.0/16:0",
    "0 10.1.2.3/32:443",
    "0 10.2.0.0/16:0",
  ]);
});

test("every address at once is denied when one is, and allowed when all are", () => {
  const text = (rule: string) =>
    alone(`[network.listen]\n${rule}`)
      .addresses.filter(({ rule }) => rule.port !== 0)
      .map(({ rule }) => `${rule.direction} ${rule.effect} ${rule.addr.join(".")}/${rule.prefix}:${rule.port}`);
  expect(text('allow = ["192.0.2.1:80"]')).toEqual(["1 0 192.0.2.1/32:80"]);
  expect(text('deny = ["192.0.2.1:80"]')).toEqual(["1 1 192.0.2.1/32:80", "2 1 0.0.0.0/0:80"]);
  expect(text('allow = ["0.0.0.0:80"]')).toEqual(["1 0 0.0.0.0/0:80", "2 0 0.0.0.0/0:80"]);
  expect(text('allow = ["*:80"]\ndeny = ["192.0.2.1:80"]')).toEqual([
    "1 1 192.0.2.1/32:80",
    "2 1 0.0.0.0/0:80",
    "1 0 0.0.0.0/0:80",
    "1 0 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0/0:80",
    "2 0 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0/0:80",
  ]);
});

test("rights that root is not given", () => {
  expect(flagNames(alone('[privilege]\nsudo = "deny"').flags)).toEqual(expect.arrayContaining(["DENY_SUDO"]));
  const configure = (text: string) => flagNames(alone(text).flags).includes("DENY_NET_ADMIN");
  expect(configure("[network]\nallow = []")).toBe(true);
  expect(configure('[network]\nconfigure = "deny"')).toBe(true);
  expect(configure('[network]\nallow = []\nconfigure = "allow"')).toBe(false);
  expect(configure("")).toBe(false);
});

describe("names", () => {
  test("need the resolvers, when the rest is denied", () => {
    const { addresses, rules, hosts } = compile('[network]\ndefault = "deny"\nallow = ["Registry.Example:443"]');
    expect(hosts).toEqual([{ host: "registry.example", rule: 1, effect: "allow", port: 443, protocol: 0 }]);
    const dns = addresses.filter(({ rule }) => rule.port === 53).map(({ rule }) => rule);
    expect(dns.map(({ family, protocol }) => [family, protocol])).toEqual([
      [4, 6],
      [4, 17],
      [6, 6],
      [6, 17],
    ]);
    expect(rules[dns[0]?.rule ?? 0]?.text).toBe("implicit: resolver");
  });

  test("do not, when nothing is", () => {
    const { addresses } = alone('[network]\ndeny = ["evil.example"]');
    expect(addresses).toEqual([]);
  });

  test("lease one address each", () => {
    const rule = { host: "a.example", rule: 1, effect: "allow", port: 443, protocol: 6 } as const;
    expect(leaseKey("192.0.2.1", rule)).toMatchObject({ family: 4, prefix: 32, port: 443, protocol: 6 });
    expect(leaseKey("2001:db8::1", rule)).toMatchObject({ family: 6, prefix: 128 });
    expect(leaseKey("nonsense", rule)).toBeNull();
  });
});

test("rules can be told by id, the guard's own too", () => {
  const { rules } = compile('[files.read]\ndeny = ["/a"]');
  expect(rules[1]).toEqual({ file: "p.toml", line: 3, column: 9, text: "/a" });
  expect(rules[RULE_SELF]?.text).toBe("the guard's own files");
  expect(rules[RULE_CANARY]?.text).toBe("the guard's canary");
});
