import { describe, expect, test } from "vitest";
import { loadPolicy } from "./load.ts";
import { presetNames, presetText } from "./presets.ts";

const context = { home: "/home/runner", workspace: "/w/app", temp: "/w/_temp" };

function load(files: Readonly<Record<string, string>>, file = ".github/warden.toml") {
  const readFile = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new Error("no such file");
    return text;
  };
  const result = loadPolicy({ text: files[file] ?? "", file, readFile, context });
  const all = [...(result.ok ? [] : result.errors), ...result.warnings];
  return {
    messages: all.map((d) => `${d.file}:${d.line}:${d.column} ${d.severity}: ${d.message} / ${d.fix}`),
    rules: result.ok
      ? result.policy.rules.map((r) => `${r.source.file}:${r.source.line} ${r.effect} ${r.source.text}`)
      : [],
    policy: result.ok ? result.policy : null,
  };
}

const root = (text: string) => ({ ".github/warden.toml": `version = 1\n${text}` });

describe("extends", () => {
  test("joins lists and lets the later value win", () => {
    const { policy, rules, messages } = load({
      ...root('mode = "audit"\nextends = ["./a.toml", "./sub/b.toml"]\n[exec]\ndeny = ["/r"]\nmemfd = "allow"'),
      ".github/a.toml": 'version = 1\nmode = "enforce"\n[exec]\ndeny = ["/a"]\nmemfd = "deny"',
      ".github/sub/b.toml": 'version = 1\nextends = ["./c.toml"]\n[exec]\ndefault = "deny"',
      ".github/sub/c.toml": 'version = 1\n[exec]\ndeny = ["/c", "/r"]\ndefault = "allow"',
    });
    expect(messages).toEqual([]);
    expect(policy).toMatchObject({ mode: "audit", memfd: "allow", defaults: { exec: "deny" } });
    expect(rules).toEqual([".github/a.toml:4 deny /a", ".github/sub/c.toml:3 deny /c", ".github/sub/c.toml:3 deny /r"]);
  });

  test("reads a file once, however often it is extended", () => {
    const { messages, rules } = load({
      ...root('extends = ["./a.toml", "./b.toml", "./a.toml"]'),
      ".github/a.toml": 'version = 1\nextends = ["./c.toml"]',
      ".github/b.toml": 'version = 1\nextends = ["./c.toml"]',
      ".github/c.toml": 'version = 1\n[exec]\ndeny = ["/c"]',
    });
    expect(messages).toEqual([]);
    expect(rules).toHaveLength(1);
  });

  test.each([
    ["itself", root('extends = ["./warden.toml"]'), '.github/warden.toml:2:12 error: "./warden.toml" extends itself'],
    [
      "a cycle",
      { ...root('extends = ["./a.toml"]'), ".github/a.toml": 'version = 1\nextends = ["./warden.toml"]' },
      '.github/a.toml:2:12 error: "./warden.toml" extends itself: .github/warden.toml -> .github/a.toml -> .github/warden.toml',
    ],
    [
      "a missing file",
      root('extends = ["node", "./a.toml"]'),
      '.github/warden.toml:2:20 error: cannot read "./a.toml": no such file',
    ],
    [
      "an unknown preset",
      root('extends = ["nodee"]'),
      '.github/warden.toml:2:12 error: unknown preset "nodee" / write "node"',
    ],
    [
      "a bare name",
      root('extends = ["base.toml"]'),
      '.github/warden.toml:2:12 error: "base.toml" does not begin with "./"',
    ],
    [
      "an absolute path",
      root('extends = ["/etc/x.toml"]'),
      '.github/warden.toml:2:12 error: "/etc/x.toml" does not begin',
    ],
    ["a path out", root('extends = ["./../x.toml"]'), '.github/warden.toml:2:12 error: "./../x.toml" leads out'],
    [
      "another file type",
      root('extends = ["./x.json"]'),
      '.github/warden.toml:2:12 error: "./x.json" is not a policy file',
    ],
    [
      "errors of the extended file, there",
      { ...root('extends = ["./a.toml"]'), ".github/a.toml": 'version = 1\n[network]\nallow = ["a.example:0"]' },
      ".github/a.toml:3:10 error: port 0 is out of range",
    ],
  ])("reports %s", (_, files, expected) => {
    expect(load(files).messages.filter((m) => m.startsWith(expected))).toHaveLength(1);
  });

  test("a chain that is too long is an error", () => {
    const files = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`.github/${i}.toml`, `version = 1\nextends = ["./${i + 1}.toml"]`]),
    );
    expect(load({ ...files, ...root('extends = ["./0.toml"]') }).messages.join()).toContain(
      "extends more than 32 files",
    );
  });

  test("a policy can take back what it extends without a warning, but not the other way round", () => {
    const base = 'version = 1\n[exec]\nallow = ["/x"]';
    expect(load({ ...root('extends = ["./a.toml"]\n[exec]\ndeny = ["/x"]'), ".github/a.toml": base }).messages).toEqual(
      [],
    );
    const denying = 'version = 1\n[exec]\ndeny = ["/x"]';
    const found = load({
      ...root('extends = ["./a.toml"]\n[exec]\nallow = ["/x"]'),
      ".github/a.toml": denying,
    }).messages;
    expect(found[0]).toContain('.github/warden.toml:4:10 warning: "/x" is never allowed: "/x" (.github/a.toml:3)');
  });

  test("needs a reader for files, not for presets", () => {
    const text = 'version = 1\nextends = ["node", "./a.toml"]';
    const result = loadPolicy({ text, file: "inputs.policy", context });
    expect(result.ok ? [] : result.errors.map((d) => d.message)).toEqual(['"./a.toml" cannot be extended from here']);
  });
});

describe("presets", () => {
  test.each(presetNames)("%s is clean, denies by default and names no wildcard", (name) => {
    const { messages, policy } = load(root(`extends = ["${name}"]`));
    expect(messages).toEqual([]);
    expect(policy?.defaults.network).toBe("deny");
    expect(policy?.needs).toEqual(["network", "write", "guard", "containers"]);
    expect(presetText(name)).not.toContain("*");
  });

  test("point to themselves", () => {
    const { rules } = load(root('extends = ["github-hosted"]'));
    expect(rules[0]).toBe("preset:github-hosted:8 allow github.com:443/tcp");
  });
});
