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

/** The hooks of guard events, as the kernel programs name them; some are hooks of file events, too. */
function emittedAsGuard(): string[] {
  const sources = ["bpf", "bpf/lib"].flatMap((directory) =>
    readdirSync(directory)
      .filter((name) => /\.[ch]$/.test(name))
      .map((name) => readFileSync(path.join(directory, name), "utf8")),
  );
  const found = sources.flatMap((source) => [...source.matchAll(/\bemit_guard\(WARDEN_HOOK_([A-Z]+)/g)]);
  return [...new Set(found.map((match) => (match[1] ?? "").toLowerCase()))];
}

/** The hooks of the ABI whose numbers are kept for a kind (bpf/warden.h). */
function numbered(from: number, to: number): string[] {
  const within = Object.entries(WardenHookNames).filter(([number]) => Number(number) >= from && Number(number) <= to);
  return within.map(([, name]) => name?.toLowerCase() ?? "").sort();
}

describe("docs/events.md", () => {
  it("describes the hooks of the ABI, and no others", () => {
    expect(documented.network?.toSorted()).toEqual(numbered(1, 9));
    expect(documented.file?.toSorted()).toEqual(numbered(10, 29));
    expect(documented.guard).toEqual(expect.arrayContaining(numbered(30, 99)));
  });

  it("tells which hooks the kernel programs report as acts against the guard", () => {
    expect(documented.guard?.toSorted()).toEqual(emittedAsGuard().sort());
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
