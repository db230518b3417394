/** docs/events.md against the ABI and the kernel programs: a hook that is reported is a hook that is described. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { WardenHookNames, WardenKindNames } from "../../src/kernel/abi.gen.ts";

const text = readFileSync("docs/events.md", "utf8");

/** The code spans of the row that describes `key`, in the section of a kind. */
function described(kind: string, key: string): string[] {
  const section = text.split(`\n## \`${kind}\`\n`)[1]?.split("\n## ")[0] ?? "";
  const row = section.split("\n").find((line) => line.startsWith(`| \`${key}\` `)) ?? "";
  return [...(row.split("|")[3] ?? "").matchAll(/`([a-z]+)`/g)].map((match) => match[1] ?? "");
}

const documented = Object.fromEntries(
  ["network", "file", "guard", "process"].map((kind) => [kind, described(kind, "hook")]),
);

/** The hooks that the kernel programs name in calls of these functions. */
function emitted(...functions: string[]): string[] {
  const sources = ["bpf", "bpf/lib"].flatMap((directory) =>
    readdirSync(directory)
      .filter((name) => /\.[ch]$/.test(name))
      .map((name) => readFileSync(path.join(directory, name), "utf8")),
  );
  const call = new RegExp(`\\b(?:${functions.join("|")})\\(WARDEN_HOOK_([A-Z]+)`, "g");
  return [
    ...new Set(sources.flatMap((source) => [...source.matchAll(call)].map((match) => (match[1] ?? "").toLowerCase()))),
  ];
}

describe("docs/events.md", () => {
  it("describes the hooks of the ABI, and no others", () => {
    const { network = [], file = [], guard = [] } = documented;
    const known = Object.values(WardenHookNames).map((name) => name?.toLowerCase());
    expect([...new Set([...network, ...file, ...guard])].sort()).toEqual(
      known.filter((name) => name !== "none").sort(),
    );
  });

  it("tells for each kind what the kernel programs emit", () => {
    expect(documented.file?.toSorted()).toEqual(emitted("judge", "change", "attribute", "judge_code").sort());
    expect(documented.guard?.toSorted()).toEqual(emitted("emit_guard").sort());
  });

  it("has a place for every kind of the ABI", () => {
    const place: Readonly<Record<string, string>> = {
      FORK: "process",
      EXEC: "process",
      EXIT: "process",
      NET: "network",
      FILE: "file",
      GUARD: "guard",
      // not a record of its own: it adds the directory to the exec that follows
      CWD: "process",
    };
    for (const name of Object.values(WardenKindNames)) expect(text).toContain(`\n## \`${place[name ?? ""]}\`\n`);
    expect(documented.process).toEqual(["fork", "exec", "exit"]);
    const kinds = /^\| `kind` \| string \| ([^;]*);/m.exec(text)?.[1] ?? "";
    expect([...kinds.matchAll(/`([a-z]+)`/g)].map((match) => match[1])).toEqual([
      "network",
      "file",
      "guard",
      "process",
    ]);
  });
});
