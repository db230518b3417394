import fc from "fast-check";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { pathKey, positionsIn, scanToml, type TomlPath } from "./scan.ts";

function place(text: string, path: TomlPath, what: "key" | "start" = "start"): string {
  const span = scanToml(text).get(pathKey(path));
  if (span === undefined) return "absent";
  const { line, column } = positionsIn(text)(span[what]);
  return `${line}:${column}`;
}

/** Every path of a parsed value, tables and lists included. */
function pathsOf(value: unknown, path: TomlPath = []): TomlPath[] {
  const own = path.length === 0 ? [] : [path];
  if (Array.isArray(value)) return [...own, ...value.flatMap((item, i) => pathsOf(item, [...path, i]))];
  if (typeof value === "object" && value !== null && !(value instanceof Date)) {
    return [...own, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))];
  }
  return own;
}

function valueAt(value: unknown, path: TomlPath): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}

/** The scanner and the parser agree: the same paths, and each value's text parses to that value. */
function expectAgreement(text: string): void {
  const parsed = parse(text);
  const spans = scanToml(text);
  expect(new Set(spans.keys())).toEqual(new Set(pathsOf(parsed).map(pathKey)));
  for (const path of pathsOf(parsed)) {
    const span = spans.get(pathKey(path));
    if (span === undefined) continue;
    const name = path.at(-1);
    if (span.kind === "value") {
      expect(parse(`v = ${text.slice(span.start, span.end)}`).v).toEqual(valueAt(parsed, path));
    }
    if (typeof name === "string") {
      const written = /^(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')/.exec(text.slice(span.key))?.[0] ?? "";
      expect(Object.keys(parse(`${written} = 1`))).toEqual([name]);
    }
  }
}

describe("scanToml", () => {
  const text = [
    "version = 1",
    "[network]",
    'allow = ["a", # "no"',
    "  'b',",
    "]",
    '  deny = [ "c" ]',
    "[files.read]",
    'deny = ["""x"""]',
    "[steps.publish.network]",
    "a.b = { c = [1, {d = 2}] }",
  ].join("\n");

  test("finds keys, values and items", () => {
    expect(place(text, ["version"])).toBe("1:11");
    expect(place(text, ["version"], "key")).toBe("1:1");
    expect(place(text, ["network", "allow", 0])).toBe("3:10");
    expect(place(text, ["network", "allow", 1])).toBe("4:3");
    expect(place(text, ["network", "deny"], "key")).toBe("6:3");
    expect(place(text, ["network", "deny", 0])).toBe("6:12");
    expect(place(text, ["files", "read"], "key")).toBe("7:8");
    expect(place(text, ["steps", "publish"], "key")).toBe("9:8");
    expect(place(text, ["steps", "publish", "network", "a", "b", "c", 1, "d"])).toBe("10:22");
    expect(place(text, ["absent"])).toBe("absent");
    expectAgreement(text);
  });

  test.each([
    ["arrays of tables", "[[a]]\nx = 1\n[a.b]\ny = 2\n[[a]]\nx = 3\n[[a.c]]\nz = 1\n[[a.c]]\nz = 2"],
    ["CRLF and comments", "# one\r\na = 1 # two\r\n[b] # three\r\nc = [ # four\r\n1,\r\n]\r\n"],
    ["quotes at the end of a multi-line string", `a = """x"""""\nb = '''y'''''\nc = """\n\\""" \n"""`],
    ["brackets and hashes in strings", `a = ["]", '#', "\\"]"]\n"b ] = [" = '}'\n'c.d'."e" = 1`],
    ["dates with a blank", "a = 1979-05-27 07:32:00\nb = [1979-05-27 07:32:00, 07:32:00]"],
    ["odd keys", '"__proto__" = 1\nconstructor = 2\n"" = 3\n"\\u0041" = 4'],
    ["headers with blanks", "[ a . b ]\nc = 1\n[[ d ]]\ne . f = 2"],
  ])("agrees with the parser on %s", (_, toml) => expectAgreement(toml));

  const key = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9_-]{1,4}$/),
    fc.string({ maxLength: 4 }).map((s) => JSON.stringify(s).replace(/\u007f/g, "")),
    fc.stringMatching(/^[a-z \]#="[{},.]{0,4}$/).map((s) => `'${s}'`),
  );
  const blank = fc.constantFrom("", " ", "\t ");
  const line = fc.constantFrom("\n", "\r\n", " # x ] \" '\n", "\n\n");
  const scalar = fc.oneof(
    fc.constantFrom("1", "-2.5e3", "true", "inf", "0x1f", "1979-05-27 07:32:00", "07:32:00", '""', "''"),
    fc.string({ maxLength: 8 }).map((s) => JSON.stringify(s).replace(/\u007f/g, "")),
    fc.stringMatching(/^[a-z \]#="[{},.\\\n]{0,8}$/).map((s) => `'''${s}'''`),
    fc.stringMatching(/^[a-z \]#='[{},.\n]{0,8}$/).map((s) => `"""${s}"""`),
  );
  const value = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc
        .array(fc.tuple(fc.oneof(blank, line), tie("value"), fc.oneof(blank, line)), { maxLength: 3 })
        .map((items) => `[${items.map((parts) => parts.join("")).join(",")}]`),
      fc
        .array(fc.tuple(key, tie("value")), { maxLength: 3 })
        .map((pairs) => `{${pairs.map(([k, v]) => `${k} = ${v}`).join(", ")}}`),
    ),
  })).value;
  const dotted = fc
    .tuple(fc.array(key, { minLength: 1, maxLength: 3 }), blank)
    .map(([keys, b]) => keys.join(`${b}.${b}`));
  const item = fc.oneof(
    fc.tuple(blank, dotted, blank, value, line).map(([b, k, c, v, l]) => `${b}${k}${c}=${b}${v}${l}`),
    fc.tuple(dotted, blank, line).map(([k, b, l]) => `[${b}${k}${b}]${l}`),
    fc.tuple(dotted, blank, line).map(([k, b, l]) => `[[${k}${b}]]${l}`),
  );

  test("agrees with the parser on generated documents", () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 6 }), (items) => {
        const toml = items.join("");
        try {
          parse(toml);
        } catch {
          fc.pre(false);
        }
        expectAgreement(toml);
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  test("ends on any text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a=["'{}\],.#\n ]{0,30}$/)), (text) => {
        expect(scanToml(text).size).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

test("positionsIn counts lines and columns from 1", () => {
  const at = positionsIn("ab\n\ncd");
  expect([0, 2, 3, 4, 6].map(at).map((p) => `${p.line}:${p.column}`)).toEqual(["1:1", "1:3", "2:1", "3:1", "3:3"]);
});
