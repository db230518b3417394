import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPath, parsePath } from "./path.ts";

const context = { home: "/home/runner", workspace: "/w/app/", temp: "/w/_temp" };

function summary(text: string, temp: string | null = context.temp): string {
  const result = parsePath(text, { ...context, temp });
  return result.ok ? formatPath(result.target) : `error: ${result.error.message} / ${result.error.fix}`;
}

describe("parsePath", () => {
  test.each([
    ["/usr/bin/nc", "/usr/bin/nc"],
    ["/", "/"],
    ["/**", "/**"],
    ["/usr/**", "/usr/**"],
    ["//usr/./bin//nc", "/usr/bin/nc"],
    ["~", "/home/runner"],
    ["~/.ssh/**", "/home/runner/.ssh/**"],
    ["${home}/**", "/home/runner/**"],
    ["${workspace}", "/w/app"],
    ["${workspace}/**", "/w/app/**"],
    ["${temp}/x y", "/w/_temp/x y"],
    ["**/.env", "**/.env"],
    [`**/${"n".repeat(62)}`, `**/${"n".repeat(62)}`],
    ["/a/$b", "/a/$b"],
  ])("reads %s", (text, expected) => expect(summary(text)).toBe(expected));

  test.each([
    ["src/**", 'write "${workspace}/src/**"'],
    ["./x", 'write "${workspace}/x"'],
    [".", 'write "${workspace}/**"'],
    ["src/*.js", 'write "${workspace}/src/**"'],
    ["lib/", 'write "${workspace}/lib/**"'],
    ["*", 'write "/**"'],
    ["**", 'write "/**"'],
    ["*.pem", '"**/NAME"'],
    ["/a/*", 'write "/a/**"'],
    ["/a/**/*", 'write "/a/**"'],
    ["/a/**/", 'write "/a/**"'],
    ["/a/*/b", 'write "/a/**"'],
    ["/a*", 'write "/**"'],
    ["~/.ssh/*", 'write "~/.ssh/**"'],
    ["/a/**/b.txt", 'write "**/b.txt" or "/a/**"'],
    ["/a/*/b/**", 'write "/a/**"'],
    ["/a/b?", 'write "/a/**"'],
    ["/a/{b,c}", 'write "/a/**"'],
    ["/a/[bc]", 'write "/a/**"'],
    ["/a/", 'write "/a/**" or "/a"'],
    ["**/*.pem", '"**/NAME"'],
    ["**/dir/**", 'write "**/dir" or "${workspace}/dir/**"'],
    ["**/dir/name", 'write "**/name"'],
    ["**/", 'write "/**"'],
    ["**/..", "names no file"],
    [`**/${"n".repeat(63)}`, "63 bytes long"],
    [`**/${"\u00fc".repeat(32)}`, "64 bytes long"],
    ["/a/../b", 'write "/b"'],
    ["${workspace}/../x/**", 'write "/w/x/**"'],
    ["~root/x", "only your own home"],
    ["${workspaec}/x", "write ${workspace}"],
    ["${nothing}/x", "one of ${workspace}"],
    ["${workspace", "unknown variable / write ${workspace}"],
    ["$HOME/x", "write ${home}"],
    ["$GITHUB_WORKSPACE/x", "write ${workspace}"],
    ["${{ github.workspace }}/x", "write one of ${workspace}"],
    ["/a/${temp}", "only at the start"],
    ["${home}x", "lacks a slash"],
    ["", "empty"],
    ["/a\0b", "NUL byte"],
    ["/a\nb", "control character"],
    ["/a\ud800", "control character"],
    [`/${"n".repeat(256)}`, "256 bytes long"],
    [`/${"n/".repeat(2100)}n`, "4202 bytes long"],
  ])("refuses %.40s", (text, part) => {
    const result = summary(text);
    expect(result).toMatch(/^error: /);
    expect(result).toContain(part);
  });

  test("a variable without a value is an error that says so", () => {
    expect(parsePath("${temp}/x", { ...context, temp: null })).toMatchObject({ ok: false, unset: true });
    expect(summary("${temp}/x", "relative")).toContain("not an absolute path");
  });

  test("never throws, reads back what it writes, and suggests only what it would take", () => {
    const piece = fc.constantFrom(
      "/",
      "**",
      "*",
      "a",
      "b.c",
      ".",
      "..",
      "~",
      "${home}",
      "${temp}",
      "$",
      "{x,y}",
      "[z]",
      "?",
      " ",
      "**/",
      "/**",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece, { maxLength: 8 }).map((p) => p.join("")),
    );
    fc.assert(
      fc.property(text, (input) => {
        const result = parsePath(input, context);
        if (result.ok) {
          expect(parsePath(formatPath(result.target), context)).toEqual(result);
          return;
        }
        expect(result.error.fix).not.toBe("");
        for (const [, quoted = ""] of result.error.fix.matchAll(/"((?:[^"\\]|\\.)*)"/g)) {
          const suggestion = quoted.replace(/\\(.)/g, "$1");
          if (["dir/**", "**/NAME", ".."].includes(suggestion)) continue;
          expect([suggestion, parsePath(suggestion, context).ok]).toEqual([suggestion, true]);
        }
      }),
      { numRuns: 1000 },
    );
  }, 60_000);
});
