import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCommand } from "./commands.ts";
import { LineSplitter } from "./lines.ts";
import { SecretMasker } from "./mask.ts";
import { parsePairs } from "./pairs.ts";
import { resolveShell, splitArguments } from "./shell.ts";

function splitLines(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.write(chunk);
  splitter.end();
  return lines;
}

describe("lines of output", () => {
  it("end as .NET's do", () => {
    expect(splitLines([Buffer.from("a\nb\r\nc\rd")])).toEqual(["a", "b", "c", "d"]);
    expect(splitLines([Buffer.from("a\r"), Buffer.from("\nb\n\n")])).toEqual(["a", "b", ""]);
    expect(splitLines([])).toEqual([]);
  });

  it("do not depend on how the bytes arrive", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "é", "\r", "\n", "€") });
    fc.assert(
      fc.property(text, fc.array(fc.nat(20)), (whole, cuts) => {
        const bytes = Buffer.from(whole);
        const chunks: Buffer[] = [];
        let rest = bytes;
        for (const cut of cuts) {
          chunks.push(rest.subarray(0, cut));
          rest = rest.subarray(cut);
        }
        expect(splitLines([...chunks, rest])).toEqual(splitLines([bytes]));
      }),
    );
  });
});

describe("workflow commands", () => {
  const known = (name: string) => ["error", "group"].includes(name);

  it("have properties and data, unescaped", () => {
    const command = parseCommand("  ::error file=a%2Cb.txt,line=3,title=::50%25%0Aoff", known);
    expect(command?.data).toBe("50%\noff");
    expect(Object.fromEntries(command?.properties ?? [])).toEqual({ file: "a,b.txt", line: "3" });
  });

  it("have the older form anywhere in a line", () => {
    expect(parseCommand("x ##[group]name%5D", known)?.data).toBe("name]");
  });

  it("are only those that are known", () => {
    expect(parseCommand("::other::x", known)).toBeUndefined();
    expect(parseCommand("x ::error::x", known)).toBeUndefined();
    expect(parseCommand("::error", known)).toBeUndefined();
  });

  it("never throw", () => {
    fc.assert(fc.property(fc.string(), (line) => void parseCommand(line, () => true)));
  });
});

describe("pairs of a command file", () => {
  it("are lines and blocks", () => {
    expect(parsePairs("A=1\n\nB<<END\nx\ny=<<\nEND\nC=<<\nD<<E\nE")).toEqual([
      ["A", "1"],
      ["B", "x\ny=<<"],
      ["C", "<<"],
      ["D", ""],
    ]);
  });

  it("must have a form, a name and an end", () => {
    expect(() => parsePairs("A<<END\nx")).toThrow("Matching delimiter not found 'END'");
    expect(() => parsePairs("A")).toThrow("Invalid format 'A'");
    expect(() => parsePairs("<<END\nEND")).toThrow("must not be empty");
    expect(() => parsePairs("=x")).toThrow("must not be empty");
  });

  it("come back as they were written", () => {
    const name = fc.stringMatching(/^[A-Z]{1,8}$/);
    const value = fc.string({ unit: fc.constantFrom("a", "=", "<", "\n", "\r", " ") });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
        const text = pairs.map(([key, data]) => `${key}<<-end-\n${data}\n-end-\n`).join("");
        expect(parsePairs(text)).toEqual(pairs);
      }),
    );
  });
});

describe("masking", () => {
  it("hides a secret, its encodings and its lines", () => {
    const masker = new SecretMasker();
    masker.add("s3cret/value?");
    masker.add("first line\nsecond line");
    expect(masker.mask("a s3cret/value? b")).toBe("a *** b");
    expect(masker.mask(Buffer.from("s3cret/value?").toString("base64"))).toBe("***");
    expect(masker.mask(encodeURIComponent("s3cret/value?"))).toBe("***");
    expect(masker.mask("x second line y")).toBe("x *** y");
  });

  it("joins what touches and ignores what is blank", () => {
    const masker = new SecretMasker();
    masker.add("abcabc");
    masker.add("bcd");
    masker.add("  ");
    expect(masker.mask("-abcabcabcd-  -")).toBe("-***-  -");
  });
});

describe("shells", () => {
  const path = "/usr/bin:/bin";

  it("are resolved as the runner does", () => {
    expect(resolveShell(undefined, path).format).toBe("-e {0}");
    expect(resolveShell("bash", path).format).toBe("--noprofile --norc -e -o pipefail {0}");
    expect(resolveShell("sh", path).format).toBe("-e {0}");
    expect(resolveShell("env A=1 bash -u {0}", path)).toMatchObject({ format: "A=1 bash -u {0}", extension: "" });
  });

  it("must exist and take the script", () => {
    expect(() => resolveShell("no-such-shell {0}", path)).toThrow("no-such-shell: command not found");
    expect(() => resolveShell("cat -v", path)).toThrow("'{0}'");
    expect(() => resolveShell("cat", path)).toThrow("'{0}'");
  });

  it("split their arguments as .NET does", () => {
    expect(splitArguments(`a  "b c" d\\e "f\\"g" ""`)).toEqual(["a", "b c", "d\\e", 'f"g', ""]);
    expect(splitArguments(`a\\\\"b c"`)).toEqual(["a\\b c"]);
  });
});
