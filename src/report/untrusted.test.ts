import fc from "fast-check";
import { expect, test } from "vitest";
import { anyText } from "./samples.ts";
import { commandData, commandProperty, cut, logLine, markdownCode, printable, sarifText } from "./untrusted.ts";

test("printable text is one line without anything invisible", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 100 }), (text, max) => {
      const shown = printable(text, max);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u);
      expect(shown.length).toBeLessThanOrEqual(max);
    }),
  );
});

test.each([
  ["plain /path-1_x", "plain /path-1_x"],
  ["a\nb\r\t\0", "a\\nb\\x0d\\x09\\x00"],
  ["\u001b[31m", "\\x1b[31m"],
  ["\u202egnp.exe", "\\u{202e}gnp.exe"],
  ["a\u200bb", "a\\u{200b}b"],
  ["\ud800x", "\\u{d800}x"],
  ["é日本😀", "é日本😀"],
])("printable %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test("cut never leaves half a character", () => {
  expect(cut("ab😀cd", 4)).toBe("ab…");
  expect(cut("ab😀cd", 5)).toBe("ab😀…");
  expect(cut("abc", 3)).toBe("abc");
  expect(cut("abc", 0)).toBe("");
});

test("Markdown has nothing left of the text's own markup", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const inner = markdownCode(text)
        .replace(/^<code>/, "")
        .replace(/<\/code>$/, "");
      expect(inner.replace(/&#\d+;/g, "")).not.toMatch(/[\n\r|<>`*[\]~\\@#&!{}$^]|::|:\/|www\./i);
      // The reader sees exactly the printable text.
      const seen = inner.replace(/&#(\d+);/g, (_match, code) => String.fromCodePoint(Number(code)));
      expect(seen).toBe(printable(text));
    }),
  );
});

test("a SARIF message has no links and no placeholders", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const shown = sarifText(text).replace(/\\[\\[\]]/g, "");
      expect(shown).not.toMatch(/[[\]\n]/);
      expect(shown).not.toMatch(/(?<!\{)\{\d+\}(?!\})/);
    }),
  );
});

test("a log line is no command", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const line = logLine(printable(text));
      expect(line.trimStart().startsWith("::")).toBe(false);
      expect(line).not.toContain("##[");
    }),
  );
});

test("command escapes are what the runner undoes", () => {
  const undo = (text: string) =>
    text.replace(/%3A/g, ":").replace(/%2C/g, ",").replace(/%0D/g, "\r").replace(/%0A/g, "\n").replace(/%25/g, "%");
  fc.assert(
    fc.property(anyText, (text) => {
      expect(commandData(text)).not.toMatch(/[\r\n]/);
      expect(commandProperty(text)).not.toMatch(/[\r\n:,]/);
      expect(undo(commandProperty(text))).toBe(text);
      expect(undo(commandData(text))).toBe(text);
    }),
  );
});
