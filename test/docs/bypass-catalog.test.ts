import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseRecorded } from "../../build/compliance-table.mjs";
import { ids } from "../scenarios/all.ts";

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
const text = read("docs/bypass-catalog.md");

interface Row {
  readonly way: string;
  readonly who: string;
  readonly state: string;
  readonly cells: number;
}

function rowsOf(markdown: string): readonly Row[] {
  const lines = markdown.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) => {
    const cells = line.slice(1, -1).split("|");
    const [way = "", who = "", state = ""] = cells.map((cell) => cell.trim());
    return { way, who, state, cells: cells.length };
  });
}

/** What is wrong with a row; empty when nothing is. */
function faultOf({ way, who, state, cells }: Row): string {
  if (cells !== 3 || way === "" || who === "") return "a row is: way, who, state";
  if (/^(accepted|planned( \(.+\))?)$/.test(state)) return "";
  const list = /^mitigated: (`[\w/-]+`(, `[\w/-]+`)*)$/.exec(state)?.[1];
  if (list === undefined) return `"${state}" is not accepted, planned, planned (...) or mitigated: \`scenario\`, ...`;
  const unknown = list
    .replaceAll("`", "")
    .split(", ")
    .filter((id) => !ids.includes(id));
  return unknown.length === 0 ? "" : `no such scenario: ${unknown.join(", ")}`;
}

const rows = rowsOf(text);

test.each(rows.map((row) => [row.way, row] as const))("%s", (_, row) => {
  expect(faultOf(row)).toBe("");
});

test("all three states are there", () => {
  for (const state of ["accepted", "planned", "mitigated"]) {
    expect(rows.filter((row) => row.state.startsWith(state)).length).toBeGreaterThan(0);
  }
});

test("a way is told once", () => {
  const ways = rows.map((row) => row.way);
  expect(ways.filter((way, index) => ways.indexOf(way) !== index)).toEqual([]);
});

test("a wrong state, a scenario that is not there and a broken row are seen", () => {
  const row = { way: "A way.", who: "any step", state: "accepted", cells: 3 };
  expect(faultOf(row)).toBe("");
  expect(faultOf({ ...row, state: "mitigated: `read/exact`" })).toBe("");
  expect(faultOf({ ...row, state: "mitigated: `read/exact`, `read/nothing`" })).toBe("no such scenario: read/nothing");
  expect(faultOf({ ...row, state: "mitigated" })).toContain("is not accepted");
  expect(faultOf({ ...row, state: "fixed" })).toContain("is not accepted");
  expect(faultOf({ ...row, cells: 4 })).toContain("a row is");
});

const recorded = parseRecorded(read("test/scenarios/results.json"), "results.json");

test("what a way was mitigated by was held on some kernel", () => {
  const named = rows.flatMap(({ state }) => [...state.matchAll(/`([\w/-]+)`/g)].map(([, id = ""]) => id));
  expect(named.filter((id) => !recorded.scenarios[id]?.includes("o"))).toEqual([]);
});

test("a scenario that some kernel does not hold is in the catalogue", () => {
  const failed = Object.entries(recorded.scenarios).filter(([, letters]) => letters.includes("F"));
  expect(failed.map(([id]) => id).filter((id) => !text.includes(`\`${id}\``))).toEqual([]);
});
