import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDiagnostic } from "./diagnostic.ts";
import { type LoadInput, loadPolicy } from "./load.ts";
import { formatPath } from "./path.ts";
import type { CompiledPolicy, RuleSource } from "./rules.ts";
import { formatEndpoint } from "./testing.ts";

const context = { home: "/home/runner", workspace: "/w/app", temp: "/w/_temp" };

function load(text: string, more: Partial<LoadInput> = {}) {
  return loadPolicy({ text, file: "warden.toml", context, ...more });
}

function compiled(text: string, more: Partial<LoadInput> = {}): CompiledPolicy {
  const result = load(text, more);
  if (!result.ok) throw new Error(result.errors.map((d) => formatDiagnostic(d, { color: false })).join("\n"));
  return result.policy;
}

/** `LINE:COLUMN message / fix`, errors first. */
function findings(text: string, more: Partial<LoadInput> = {}): string[] {
  const result = load(text, more);
  const all = [...(result.ok ? [] : result.errors), ...result.warnings];
  return all.map((d) => `${d.line}:${d.column} ${d.severity}: ${d.message} / ${d.fix}`);
}

function rules(policy: CompiledPolicy): string[] {
  return policy.rules.map((rule) =>
    rule.kind === "file"
      ? `${rule.id} ${rule.effect} ${rule.op} ${formatPath(rule.target)}`
      : `${rule.id} ${rule.effect} ${formatEndpoint(rule)}`,
  );
}

const sourceOf = (policy: CompiledPolicy, id: number): RuleSource | undefined =>
  policy.rules.find((rule) => rule.id === id)?.source;

describe("loadPolicy compiles", () => {
  test("an empty policy to one that allows all and guards the runner", () => {
    expect(compiled("version = 1")).toEqual({
      mode: "audit",
      rules: [],
      defaults: { network: "allow", listen: "allow", exec: "allow", read: "allow", write: "allow", delete: "inherit" },
      memfd: "allow",
      processMemory: "deny",
      signals: "allow",
      configureNetwork: "allow",
      sudo: "allow",
      services: "deny",
      containers: "govern",
      // cron's files and the metadata addresses of clouds are among the services
      needs: ["network", "write", "guard", "containers"],
    });
  });

  test("rules with dense ids and their places", () => {
    const policy = compiled(
      [
        "version = 1",
        'mode = "enforce"',
        "[network]",
        'allow = ["Example.com:443", "10.1.0.0/16:5432/tcp"]',
        'deny = ["10.1.2.3"]',
        "[exec]",
        'deny = ["/usr/bin/nc"]',
        "[files.read]",
        'deny = ["~/.ssh/**", "**/.env"]',
        "[files.write]",
        'default = "deny"',
        'allow = ["${workspace}/**"]',
        "[files.delete]",
        'deny = ["${workspace}/.git/**"]',
      ].join("\n"),
    );
    expect(rules(policy)).toEqual([
      "1 allow example.com:443",
      "2 allow 10.1.0.0/16:5432/tcp",
      "3 deny 10.1.2.3",
      "4 deny exec /usr/bin/nc",
      "5 deny read /home/runner/.ssh/**",
      "6 deny read **/.env",
      "7 allow write /w/app/**",
      "8 deny delete /w/app/.git/**",
      "9 allow 127.0.0.0/8",
      "10 allow ::1",
      "11 allow write /w/_temp/_runner_file_commands/**",
    ]);
    expect(policy.mode).toBe("enforce");
    expect(policy.defaults).toEqual({
      network: "deny",
      listen: "allow",
      exec: "allow",
      read: "allow",
      write: "deny",
      delete: "inherit",
    });
    expect(policy.needs).toEqual(["network", "exec", "read", "write", "guard", "containers"]);
    expect(sourceOf(policy, 2)).toEqual({ file: "warden.toml", line: 4, column: 29, text: "10.1.0.0/16:5432/tcp" });
    expect(sourceOf(policy, 9)).toEqual({ file: "warden", line: 1, column: 1, text: "implicit: loopback" });
    expect(sourceOf(policy, 11)?.text).toBe("implicit: runner command files");
  });

  test.each([
    ["[network]\nallow = []", { network: "deny" }, ["network", "guard"]],
    ['[network]\ndeny = ["192.0.2.1"]', { network: "allow" }, ["network", "guard"]],
    ['[network]\ndefault = "allow"\nallow = []', { network: "allow" }, ["guard"]],
    ["[network.listen]\nallow = []", { network: "allow", listen: "deny" }, ["network", "guard"]],
    ['[network.listen]\ndeny = ["*:80"]', { network: "allow", listen: "allow" }, ["network", "guard"]],
    ["[exec]\nallow = []", { exec: "deny" }, ["exec", "guard"]],
    ['[exec]\nmemfd = "deny"', { exec: "allow" }, ["exec", "guard"]],
    ['[files.read]\ndefault = "deny"', { read: "deny" }, ["read", "guard"]],
    ["[files.write]\nallow = []", { write: "deny", delete: "inherit" }, ["write", "guard"]],
    ['[files.delete]\ndeny = ["/x"]', { write: "allow", delete: "inherit" }, ["write", "guard"]],
    ["[files.delete]\nallow = []", { delete: "deny" }, ["write", "guard"]],
  ])("the defaults and needs of %s", (text, defaults, needs) => {
    const policy = compiled(`version = 1\n${text}\n[privilege]\nservices = "allow"`);
    expect(policy.defaults).toMatchObject(defaults);
    expect(policy.needs).toEqual([...needs, "containers"]);
  });

  test.each([
    ["", "govern"],
    ['[process]\nmemory = "allow"', "allow"],
    ['[process]\nmemory = "allow"\n[containers]\naccess = "govern"', "govern"],
    ['[containers]\naccess = "allow"', "allow"],
    ['[containers]\naccess = "deny"', "deny"],
  ])("what becomes of containers under %j: %s", (text, access) => {
    const policy = compiled(`version = 1\n${text}`);
    expect(policy.containers).toBe(access);
    expect(policy.needs.includes("containers")).toBe(access === "govern");
  });

  test("memfd with exec's default, unless it says otherwise", () => {
    expect(compiled("[exec]\nallow = []").memfd).toBe("deny");
    expect(compiled('[exec]\nallow = []\nmemfd = "allow"').memfd).toBe("allow");
    expect(compiled('[exec]\ndeny = ["/x"]').memfd).toBe("allow");
  });

  test("loopback as allowed, unless a rule denies all of it or says it already", () => {
    expect(rules(compiled("[network]\nallow = []"))).toEqual(["1 allow 127.0.0.0/8", "2 allow ::1"]);
    expect(rules(compiled('[network]\nallow = []\ndeny = ["127.0.0.0/8", "::/0"]'))).toEqual([
      "1 deny 127.0.0.0/8",
      "2 deny ::/0",
    ]);
    expect(rules(compiled('[network]\nallow = []\ndeny = ["127.0.0.1:80"]'))).toHaveLength(3);
    expect(rules(compiled('[network]\nallow = ["127.0.0.0/8", "::1"]'))).toHaveLength(2);
  });

  test("listening on loopback as allowed, too; what may be reached and where one listens are apart", () => {
    const policy = compiled('[network.listen]\nallow = ["*:80/tcp"]\n[network]\nallow = ["0.0.0.0/0"]');
    const said = policy.rules.map((rule) =>
      rule.kind === "network" ? `${rule.direction} ${formatEndpoint(rule)}` : "",
    );
    expect(said).toEqual([
      "out 0.0.0.0/0",
      "in 0.0.0.0/0:80/tcp",
      "in [::/0]:80/tcp",
      "out ::1",
      "in 127.0.0.0/8",
      "in ::1",
    ]);
  });

  test("with the mode of the caller before that of the policy", () => {
    expect(compiled('mode = "enforce"', { mode: "audit" }).mode).toBe("audit");
    expect(compiled("", { mode: "enforce" }).mode).toBe("enforce");
  });

  test("process.memory", () => expect(compiled('[process]\nmemory = "allow"').processMemory).toBe("allow"));

  test("without a runner's temp: allows are left out with a warning, denies are errors", () => {
    const here = { context: { ...context, temp: null } };
    expect(rules(compiled('[files.write]\nallow = ["${temp}/**"]', here))).toEqual([]);
    expect(findings('version = 1\n[files.write]\nallow = ["${temp}/**"]', here).join()).toContain("3:10 warning");
    expect(findings('version = 1\n[files.write]\ndeny = ["${temp}/**"]', here).join()).toContain("3:9 error");
  });
});

describe("no text makes loadPolicy throw", () => {
  const word = fc.constantFrom(
    "version = 1",
    "\n",
    "[network]",
    "[exec]",
    "[files.read]",
    "[steps.x.network]",
    "[containers]",
    "allow = ",
    "deny = ",
    "extends = ",
    "default = ",
    "access = ",
    '["',
    '"]',
    '"',
    "deny",
    "allow",
    "a.example:443",
    "*.x",
    "10.0.0.1/8",
    "${temp}/**",
    "**/x",
    "~",
    "..",
    "/",
    "./a.toml",
    "node",
    ",",
    "=",
    "{",
    "}",
    "[",
    "]",
    "1",
    ".",
    " ",
    "'",
    "#",
    "\\u0000",
    "__proto__",
    "\0",
    "\ud800",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(word, { maxLength: 20 }).map((words) => words.join("")),
    fc
      .array(word, { maxLength: 6 })
      .map((words) => `version = 1\n[network]\nallow = [${JSON.stringify(words.join(""))}]`),
    fc
      .array(word, { maxLength: 6 })
      .map((words) => `version = 1\n[files.read]\ndeny = [${JSON.stringify(words.join(""))}]`),
  );

  test("and each finding has a place in the text and a fix", () => {
    fc.assert(
      fc.property(text, text, (source, other) => {
        const result = load(source, { readFile: () => other });
        const lines = source.split("\n").length;
        for (const d of [...(result.ok ? [] : result.errors), ...result.warnings]) {
          if (d.line < 1 || d.column < 1 || (d.file === "warden.toml" && d.line > lines) || d.fix === "")
            throw new Error(`bad place or fix: ${JSON.stringify(d)}`);
          if (/[\u0000-\u0009\u000b-\u001f]/.test(formatDiagnostic(d, { color: false })))
            throw new Error("control character");
        }
        if (!result.ok && result.errors.length === 0) throw new Error("failed without an error");
      }),
      { numRuns: 1000 },
    );
  }, 60_000);
});
