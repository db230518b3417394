/** Which room of src/ may import which: dependencies point one way, and none goes round. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const SRC = new URL("../../src", import.meta.url).pathname;

/** A room may import itself, `common`, and what is named here; everything that is named stands above it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  common: [],
  policy: [],
  report: [],
  egress: [],
  github: ["report"],
  kernel: ["policy", "report"],
  events: ["policy", "report", "kernel"],
  session: ["policy", "report", "egress", "github", "kernel", "events"],
  action: ["policy", "report", "kernel", "session"],
  cli: ["policy", "report", "kernel", "session"],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every relative import, also of types alone and in tests. */
function importsOf(file: string, text: string): Import[] {
  const written = /(?:\bfrom\s+|^import\s+|\bimport\()["'](\.\.?\/[^"']+)["']/gm;
  return [...text.matchAll(written)].map((found) => ({
    from: file,
    to: path.join(path.dirname(file), found[1] ?? ""),
  }));
}

const roomOf = (file: string) => file.split("/")[0] ?? "";

function isAllowed({ from, to }: Import): boolean {
  const [room, other] = [roomOf(from), roomOf(to)];
  return room === other || other === "common" ? !to.startsWith("..") : (MAY_IMPORT[room]?.includes(other) ?? false);
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
const imports = files.flatMap((file) => importsOf(file, readFileSync(path.join(SRC, file), "utf8")));

describe("the rooms of src/", () => {
  it("are all known", () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it("import only what they may", () => {
    expect(imports.length).toBeGreaterThan(files.length);
    expect(imports.filter((one) => !isAllowed(one))).toEqual([]);
  });

  it("stand in one order", () => {
    const rooms = Object.keys(MAY_IMPORT);
    for (const [room, below] of Object.entries(MAY_IMPORT)) {
      for (const one of below) expect(rooms.indexOf(one), `${room} imports ${one}`).toBeLessThan(rooms.indexOf(room));
    }
  });
});

describe("an import", () => {
  const found = (text: string) => importsOf("report/a.ts", text).map(({ to }) => to);

  it("is found however it is written", () => {
    expect(found('import { a } from "./b.ts";\nimport type {\n  C,\n} from "../events/c.ts";\n')).toEqual([
      "report/b.ts",
      "events/c.ts",
    ]);
    expect(found('export * from "../d/e.ts";\nimport "../f.ts";\nawait import("../g/h.ts");\n')).toEqual([
      "d/e.ts",
      "f.ts",
      "g/h.ts",
    ]);
  });

  it("that goes the wrong way is seen", () => {
    expect(isAllowed({ from: "report/a.ts", to: "events/c.ts" })).toBe(false);
    expect(isAllowed({ from: "policy/a.ts", to: "../test/x.ts" })).toBe(false);
    expect(isAllowed({ from: "session/a.ts", to: "report/c.ts" })).toBe(true);
  });
});
