import { describe, expect, test } from "vitest";
import { type LoadInput, loadPolicy } from "./load.ts";

const context = { home: "/home/runner", workspace: "/w/app", temp: "/w/_temp" };

/** `LINE:COLUMN severity: message / fix`, errors first. */
function findings(text: string, more: Partial<LoadInput> = {}): string[] {
  const result = loadPolicy({ text, file: "warden.toml", context, ...more });
  const all = [...(result.ok ? [] : result.errors), ...result.warnings];
  return all.map((d) => `${d.line}:${d.column} ${d.severity}: ${d.message} / ${d.fix}`);
}

describe("a load finds", () => {
  test.each([
    ["a syntax error", "version = 1\n[network\n", "2:9 error: not valid TOML"],
    ["an unfinished string", 'version = 1\nmode = "enf', "2:8 error: not valid TOML: unfinished string"],
    ["a key twice", "version = 1\nversion = 1", "2:1 error: not valid TOML: trying to redefine"],
    ["a NUL byte", 'version = 1\n[network]\nallow = ["a\0b"]', "3:12 error: not valid TOML: control characters"],
    ["an escaped NUL", 'version = 1\n[network]\nallow = ["a\\u0000.example"]', "3:10 error: the host"],
    ["an unknown section", "version = 1\n[networks]", '2:2 error: unknown key "networks" / write `network`'],
    [
      "an unknown key",
      "version = 1\n[network]\n alow = []",
      '3:2 error: unknown key "alow" in [network] / write `allow`',
    ],
    ["an unknown section", "version = 1\n[privileges]\nx = 1", '2:2 error: unknown key "privileges"'],
    [
      "a misplaced key",
      'version = 1\n[network]\nmode = "audit"',
      '3:1 error: unknown key "mode" in [network] / `mode` is a key of the whole policy',
    ],
    ["a key of a section at the top", "memfd = 'deny'", '1:1 error: unknown key "memfd" / `memfd` belongs in [exec]'],
    ["an inherited name", "version = 1\n[network]\ntoString = 1", '3:1 error: unknown key "toString"'],
    ["__proto__", "version = 1\n[__proto__]\nx = 1", '2:2 error: unknown key "__proto__"'],
    [
      "a wrong mode",
      'version = 1\nmode = "enforced"',
      '2:8 error: mode must be "audit" or "enforce", not "enforced" / write "enforce"',
    ],
    ["a wrong version", "version = 2", "1:11 error: version must be 1, not 2"],
    ["a missing version", "", "1:1 warning: the policy names no version"],
    [
      "a string for a list",
      'version = 1\n[exec]\ndeny = "/x"',
      '3:8 error: exec.deny must be a list, not "/x" / write ["/x"]',
    ],
    [
      "a number in a list",
      'version = 1\n[network]\nallow = ["a",\n 443]',
      "4:2 error: network.allow[1] must be a string, not 443",
    ],
    ["a value for a section", "version = 1\nnetwork = 1", "2:1 error: network must be a section, not 1"],
    ["a list for a section", "version = 1\nnetwork = []", "2:1 error: network must be a section, not a list"],
    [
      "a date for a section",
      "version = 1\nfiles.read = 2020-01-01",
      "2:7 error: files.read must be a section, not a date",
    ],
    ["a list of sections", "version = 1\n[[network]]", "2:3 error: network must be a section, not a list"],
    [
      "a bad port",
      'version = 1\n[network]\nallow = ["a.example:70000"]',
      "3:10 error: port 70000 is out of range (1 to 65535) / ",
    ],
    [
      "a bad path",
      'version = 1\n[files.read]\ndeny = [\n  "~/.ssh/*",\n]',
      '4:3 error: "~/.ssh/*": "*" is not part of the three path forms / write "~/.ssh/**"',
    ],
    ["host bits", 'version = 1\n[network]\nallow = ["10.1.2.3/16"]', "3:10 warning: "],
    [
      "a wildcard",
      'version = 1\n[network]\nallow = ["*.example.com"]',
      '3:10 warning: the wildcard "*.example.com" needs a resolver in the path, which is PLANNED',
    ],
    ["a denied wildcard in audit", 'version = 1\n[network]\ndeny = ["*.example.com"]', "3:9 warning: "],
    [
      "a denied wildcard in enforce",
      'version = 1\nmode = "enforce"\n[network]\ndeny = ["*.example.com"]',
      "4:9 error: ",
    ],
    ["a duplicate", 'version = 1\n[exec]\ndeny = ["/x", "/./x"]', '3:15 warning: "/./x" repeats line 3 / '],
    [
      "a contradiction",
      'version = 1\n[exec]\nallow = ["/x"]\ndeny = ["/x"]',
      '3:10 error: "/x" is both allowed and denied (line 4)',
    ],
    [
      "an allow below a deny",
      'version = 1\n[exec]\nallow = ["/x/y"]\ndeny = ["/x/**"]',
      '3:10 warning: "/x/y" is never allowed: "/x/**" (line 4)',
    ],
    [
      "an allow of a denied name",
      'version = 1\n[files.read]\nallow = ["/x/.env"]\ndeny = ["**/.env"]',
      "3:10 warning: ",
    ],
    [
      "an allow in a denied prefix",
      'version = 1\n[network]\nallow = ["10.1.2.3:80/tcp"]\ndeny = ["10.0.0.0/8:80"]',
      "3:10 warning: ",
    ],
    [
      "an allow under a denied wildcard",
      'version = 1\n[network]\nallow = ["a.b.example"]\ndeny = ["*.b.example"]',
      '3:10 warning: "a.b.example" is never',
    ],
    ["an exec allow by name", 'version = 1\n[exec]\nallow = ["**/node"]', "3:10 warning: "],
    ["an empty section", "version = 1\n[network]", "2:2 warning: [network] is empty"],
    [
      "a list without effect",
      'version = 1\n[exec]\ndefault = "allow"\nallow = ["/x"]',
      "4:1 warning: the allow list of [exec] changes nothing",
    ],
    [
      "per-step rules",
      'version = 1\n[steps.publish.network]\nallow = ["a.example"]',
      '2:8 error: rules for the step "publish" alone are PLANNED',
    ],
    ["errors in per-step rules", 'version = 1\n[steps.x.network]\nallow = ["a.example:0"]', "3:10 error: port 0"],
    [
      "unknown keys in per-step rules",
      "version = 1\n[steps.x.network]\nalow = []",
      '3:1 error: unknown key "alow" in [steps.x.network]',
    ],
  ])("%s", (_, text, expected) => {
    const found = findings(text);
    expect(found.filter((line) => line.startsWith(expected))).toHaveLength(1);
  });

  test("nothing in a deny narrower than the allow, or of another port or protocol", () => {
    const text =
      'version = 1\n[network]\nallow = ["10.0.0.0/8", "a.example:80"]\ndeny = ["10.1.0.0/16", "a.example:81", "a.example:80/tcp"]';
    expect(findings(text)).toEqual([]);
    expect(findings('version = 1\n[files.read]\nallow = ["/x/**"]\ndeny = ["/x/y/**", "/xy", "**/x"]')).toEqual([]);
  });

  test("everything at once, in order of place", () => {
    const text = 'version = 1\nmod = 1\n[network]\nallow = ["a.example:0"]\n[exec]\ndeny = ["x"]';
    expect(findings(text).map((line) => line.split(" ")[0])).toEqual(["2:1", "4:10", "6:9"]);
  });

  test("a policy too large, and too many rules", () => {
    expect(findings(`#${"x".repeat(16 * 1024 * 1024)}`)[0]).toContain("larger than 16 MiB");
    const many = Array.from({ length: 120_001 }, (_, i) => `"/x/${i}"`).join(",");
    expect(findings(`version = 1\n[exec]\ndeny = [${many}]`)[0]).toContain("has 120001 rules, more than 120000");
  });
});
