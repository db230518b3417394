import { expect, test } from "vitest";
import {
  columnName,
  faultsOf,
  parseRecorded,
  parseResults,
  type Recorded,
  type Result,
  record,
  render,
} from "../../build/compliance-table.mjs";
import { parseSelection, suitesOf } from "../../build/matrix.mjs";
import { ids as allIds } from "../scenarios/all.ts";

const nothing: Recorded = { columns: {}, scenarios: {}, reasons: {} };

function result(id: string, more: Partial<Result> = {}): Result {
  return { id, kernel: "6.12.107+deb13-amd64", flavour: "stock", verdict: "deny", expected: "deny", ok: true, ...more };
}

const old = { kernel: "5.10.0-32-amd64" };
const ids = ["read/one", "read/two"];
const suites = [
  [result("read/one"), result("read/two", { ok: false, verdict: "allow", note: "the journal\nhas a | b" })],
  [result("read/one", old), result("read/two", { ...old, absent: true, note: "not in this kernel (ENOSYS)" })],
];

test("each suite becomes a column, and what is not ok says why", () => {
  expect(record(nothing, suites, ids)).toEqual({
    columns: { "5.10 stock": "5.10.0-32-amd64", "6.12 stock": "6.12.107+deb13-amd64" },
    scenarios: { "read/one": "oo", "read/two": "aF" },
    reasons: {
      "read/two": {
        "5.10 stock": "not in this kernel (ENOSYS)",
        "6.12 stock": "allow, not deny: the journal has a | b",
      },
    },
  });
});

test("a part of a suite changes its cells alone", () => {
  const recorded = record(record(nothing, suites, ids), [[result("read/two")]], ids);
  expect(recorded.scenarios).toEqual({ "read/one": "oo", "read/two": "ao" });
  expect(recorded.reasons["read/two"]).toEqual({ "5.10 stock": "not in this kernel (ENOSYS)" });
});

test("another release begins its column anew, and no other", () => {
  const again = [result("read/two", { kernel: "6.12.108+deb13-amd64" })];
  const recorded = record(record(nothing, suites, ids), [again], ids);
  expect(recorded.columns).toEqual({ "5.10 stock": "5.10.0-32-amd64", "6.12 stock": "6.12.108+deb13-amd64" });
  expect(recorded.scenarios).toEqual({ "read/one": "o-", "read/two": "ao" });
  expect(recorded.reasons["read/two"]).toEqual({ "5.10 stock": "not in this kernel (ENOSYS)" });
});

test("a new scenario is not run, never passed, and one that is gone has no row", () => {
  const recorded = record(record(nothing, suites, ids), [], ["read/new", "read/one"]);
  expect(recorded.scenarios).toEqual({ "read/new": "--", "read/one": "oo" });
  expect(render(recorded)).toContain("| `read/new` | not run | not run |");
});

test("a suite whose machine broke down leaves the rest not run", () => {
  expect(record(nothing, [[result("read/one")]], ids).scenarios).toEqual({ "read/one": "o", "read/two": "-" });
});

test("columns are in the order of architecture, version and flavour", () => {
  const kernels = ["7.3.4+deb13-amd64", "6.12.107+deb13-arm64", "6.12.107+deb13-amd64", "6.1.0-50-amd64"];
  const both = kernels.flatMap((kernel) =>
    (["bpf", "stock"] as const).map((flavour) => [result("read/one", { kernel, flavour })]),
  );
  const order = "6.1 stock,6.1 bpf,6.12 stock,6.12 bpf,7.3 stock,7.3 bpf,6.12 arm64 stock,6.12 arm64 bpf";
  expect(Object.keys(record(nothing, both, ["read/one"]).columns).join()).toBe(order);
  expect(() => columnName("newest", "stock")).toThrow("no kernel release");
});

test("the check sees a scenario without a row, a row without a scenario, and a row that is too short", () => {
  const recorded = record(nothing, suites, ids);
  expect(faultsOf(recorded, ids)).toEqual([]);
  expect(faultsOf(recorded, ["read/one", "read/three"])).toEqual([
    "read/three is a scenario and has no row",
    "read/two has a row and is no scenario",
  ]);
  const short = { ...recorded, scenarios: { ...recorded.scenarios, "read/one": "o" } };
  expect(faultsOf(short, ids)).toEqual(['read/one has the results "o" for 2 columns']);
});

test("the table has every cell and every reason, and no cell ends early", () => {
  const text = render(record(nothing, suites, ids));
  expect(text).toContain("| scenario | 5.10 stock | 6.12 stock |");
  expect(text).toContain("| `read/one` | ok | ok |");
  expect(text).toContain("| `read/two` | not there | **failed** |");
  expect(text).toContain("- `read/two` on 5.10 stock: not in this kernel (ENOSYS)");
  expect(text).toContain("| 6.12 stock | 6.12.107+deb13-amd64 | 1 | 1 | 0 | 0 |");
});

test("what is not a result is told by its file", () => {
  expect(() => parseResults('[{"id": 1}]', "x.json")).toThrow(/^x\.json: /);
  expect(() => parseRecorded("{", "y.json")).toThrow(/^y\.json: /);
});

test("a part of the scenarios is no column of the table", () => {
  const files = (...argv: string[]) => suitesOf(parseSelection(argv)).map(({ json }) => json.replace(/.*\/out\//, ""));
  expect(files("--kernel", "6.17")).toEqual(["matrix/6.17-stock.json", "matrix/6.17-bpf.json"]);
  expect(files("--kernel", "6.17", "--lsm", "bpf", "--only", "read/*")).toEqual(["matrix/part/6.17-bpf.json"]);
  expect(files()).toHaveLength(16);
  expect(() => parseSelection(["--lsm", "none"])).toThrow("stock or bpf");
});

test("the matrix has two kernels for aarch64, and takes any other one where both are named", () => {
  const machines = (...argv: string[]) =>
    suitesOf(parseSelection([...argv, "--lsm", "stock"])).map(({ arch, kernel, json }) => [
      `${kernel} ${arch}`,
      json.replace(/.*\//, ""),
    ]);
  const [stock, arm] = [
    ["6.12 x86_64", "6.12-stock.json"] as const,
    ["6.12 aarch64", "6.12-aarch64-stock.json"] as const,
  ];
  expect(machines("--kernel", "6.12")).toEqual([stock, arm]);
  expect(machines("--kernel", "6.12", "--arch", "aarch64")).toEqual([arm]);
  expect(machines("--kernel", "6.1").map(([machine]) => machine)).toEqual(["6.1 x86_64"]);
  expect(machines("--kernel", "6.1", "--arch", "aarch64").map(([machine]) => machine)).toEqual(["6.1 aarch64"]);
  expect(machines("--arch", "aarch64").map(([machine]) => machine)).toEqual(["6.12 aarch64", "newest aarch64"]);
  expect(() => parseSelection(["--arch", "arm64"])).toThrow("x86_64 or aarch64");
});

test("scenarios are named once, and there are at least 150", () => {
  expect(new Set(allIds).size).toBe(allIds.length);
  expect(allIds.length).toBeGreaterThanOrEqual(150);
});
