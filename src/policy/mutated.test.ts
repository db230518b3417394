/** Good policies with something wrong: never an exception, always a place and a fix; and what is taken can be sent. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDiagnostic } from "./diagnostic.ts";
import { type LoadResult, loadPolicy } from "./load.ts";
import { formatPath } from "./path.ts";

const context = { home: "/home/runner", workspace: "/w/app", temp: "/w/_temp" };
const load = (text: string): LoadResult =>
  loadPolicy({ text, file: "warden.toml", context, readFile: () => "version = 1" });

/** The policies that the documents and the examples show, and one with every other section. */
const DOCUMENTS = [
  ...[...readFileSync("docs/policy.md", "utf8").matchAll(/```toml\n([\s\S]*?)```/g)].map((match) => match[1] ?? ""),
  readFileSync("workflows-examples/guarded-build/.github/warden.toml", "utf8"),
  `version = 1
mode = "enforce"
[network]
deny = ["192.0.2.0/24:25/tcp", "2001:db8::/32", "mail.example"]
[files]
read.deny = ["~/.ssh/**", "**/.env"]
delete = { deny = ["\${workspace}/.git/**"] }
[process]
memory = "deny"
[privilege]
sudo = "deny"
`,
];

const good = fc.constantFrom(...DOCUMENTS);

type Change = (text: string) => string;
const at = (text: string, place: number) => place % (text.length + 1);

/** One of the ways in which an editor, a merge or a script spoils a text. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat({ max: 30 })).map(([from, count]): Change => {
    return (text) => text.slice(0, at(text, from)) + text.slice(at(text, from) + count);
  }),
  fc.tuple(fc.nat(), fc.oneof(fc.string({ unit: "binary", maxLength: 6 }), fc.constantFrom(...'[]{}"=.,#\n\\*'))).map(
    ([from, more]): Change =>
      (text) =>
        text.slice(0, at(text, from)) + more + text.slice(at(text, from)),
  ),
  fc.tuple(fc.nat(), fc.nat()).map(([one, other]): Change => {
    return (text) => {
      const lines = text.split("\n");
      const [a, b] = [one % lines.length, other % lines.length];
      lines.splice(b, 0, lines[a] ?? "");
      return lines.join("\n");
    };
  }),
  fc.nat().map(
    (cut): Change =>
      (text) =>
        text.slice(0, at(text, cut)),
  ),
);

const spoiled = fc
  .tuple(good, fc.array(change, { minLength: 1, maxLength: 4 }))
  .map(([text, changes]) => changes.reduce((left, each) => each(left), text));

test("there are policies to spoil", () => {
  expect(DOCUMENTS.length).toBe(3);
});

describe("a spoiled policy", () => {
  test("is refused with places and fixes, or is taken", () => {
    fc.assert(
      fc.property(spoiled, (text) => {
        const result = load(text);
        if (!result.ok) expect(result.errors.length).toBeGreaterThan(0);
        const lines = text.split("\n").length;
        for (const each of [...(result.ok ? [] : result.errors), ...result.warnings]) {
          expect(each.fix).not.toBe("");
          expect(formatDiagnostic(each, { color: false })).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
          if (each.file === "warden.toml") expect(each.line).toBeLessThanOrEqual(lines);
        }
      }),
      { numRuns: 1500 },
    );
  }, 120_000);

  test("that is taken says the same when it is written out and read again", () => {
    fc.assert(
      fc.property(spoiled, (text) => {
        const result = load(text);
        if (!result.ok) return;
        for (const rule of result.policy.rules) {
          if (rule.kind !== "file" || rule.source.file !== "warden.toml") continue;
          const again = load(`version = 1\n[files.read]\ndeny = [${JSON.stringify(formatPath(rule.target))}]`);
          const found = again.ok ? again.policy.rules.find((each) => each.kind === "file") : undefined;
          expect(found?.target).toEqual(rule.target);
        }
      }),
      { numRuns: 300 },
    );
  }, 120_000);
});
