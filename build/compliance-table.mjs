/** From what the scenario suites wrote to the table of docs/compliance-suite.md. Pure: values in, values out. */
import * as v from "valibot";
import { compareVersions } from "../test/vm/kernels.mjs";

/** One line of a suite's result file, as far as the table needs it. */
const resultSchema = v.object({
  id: v.string(),
  kernel: v.string(),
  flavour: v.picklist(["stock", "bpf"]),
  verdict: v.string(),
  expected: v.string(),
  ok: v.boolean(),
  absent: v.optional(v.boolean()),
  note: v.optional(v.string()),
});

const recordSchema = v.object({
  /** A column's name -> the release that was booted. */
  columns: v.record(v.string(), v.string()),
  /** A scenario's id -> a letter per column, in their order. */
  scenarios: v.record(v.string(), v.string()),
  /** A scenario's id -> a column's name -> why it is not `ok` there. */
  reasons: v.record(v.string(), v.record(v.string(), v.string())),
});

/** @typedef {v.InferOutput<typeof resultSchema>} Result */
/** @typedef {v.InferOutput<typeof recordSchema>} Recorded what is committed: test/scenarios/results.json */

const WORDS = { o: "ok", F: "**failed**", a: "not there", "-": "not run" };
/** @typedef {keyof typeof WORDS} Letter */

const REASON_LENGTH = 240;

/** @template T @param {v.GenericSchema<unknown, T>} schema @param {string} text @param {string} file @returns {T} @throws Error */
function parse(schema, text, file) {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param {string} text @param {string} file for the message @throws Error */
export const parseResults = (text, file) => parse(v.array(resultSchema), text, file);
/** @param {string} text @param {string} file for the message @returns {Recorded} @throws Error */
export const parseRecorded = (text, file) => parse(recordSchema, text, file);

/**
 * `6.12 stock`; with the architecture where it is not the first: `6.12 arm64 bpf`.
 * @param {string} release as `uname -r` says it, e.g. `6.12.107+deb13-amd64` @param {string} flavour
 */
export function columnName(release, flavour) {
  const version = /^\d+\.\d+/.exec(release)?.[0];
  if (version === undefined) throw new Error(`${release} is no kernel release`);
  return `${version}${/-arm64$/.test(release) ? " arm64" : ""} ${flavour}`;
}

/** x86-64 first, then by version, the flavour of hosted runners first. @param {string} left @param {string} right */
export function compareColumns(left, right) {
  const [a, b] = [left, right].map((name) => ({
    arm: name.includes(" arm64 "),
    version: name.split(" ")[0] ?? "",
    bpf: name.endsWith(" bpf"),
  }));
  if (a === undefined || b === undefined) return 0;
  return Number(a.arm) - Number(b.arm) || compareVersions(a.version, b.version) || Number(a.bpf) - Number(b.bpf);
}

/** @param {Result} result @returns {Letter} */
const letterOf = ({ ok, absent }) => (absent === true ? "a" : ok ? "o" : "F");

/** @param {Result} result @returns {string} empty when there is nothing to explain */
function reasonOf(result) {
  if (letterOf(result) === "o") return "";
  const { verdict, expected, absent, note } = result;
  const text =
    absent === true ? (note ?? "not in this kernel") : `${verdict}, not ${expected}${note ? `: ${note}` : ""}`;
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > REASON_LENGTH ? `${line.slice(0, REASON_LENGTH)}...` : line;
}

/**
 * Takes suites into the record. Of the same release each gives the cells that it ran, and the others stay; another release
 * begins its column anew. Scenarios that are no more leave the record, new ones get a row.
 * @param {Recorded} recorded
 * @param {readonly (readonly Result[])[]} suites each of one kernel and flavour, the latest last
 * @param {readonly string[]} ids of all scenarios, in the order of the rows
 * @returns {Recorded}
 */
export function record(recorded, suites, ids) {
  /** @type {Map<string, { release: string, cells: Map<string, { letter: string, reason: string }> }>} */
  const columns = new Map();
  Object.entries(recorded.columns).forEach(([name, release], index) => {
    const cells = Object.entries(recorded.scenarios).map(([id, letters]) => {
      const cell = { letter: letters[index] ?? "-", reason: recorded.reasons[id]?.[name] ?? "" };
      return /** @type {const} */ ([id, cell]);
    });
    columns.set(name, { release, cells: new Map(cells) });
  });
  for (const suite of suites) {
    const [first] = suite;
    if (first === undefined) continue;
    const cells = suite.map((result) => {
      return /** @type {const} */ ([result.id, { letter: letterOf(result), reason: reasonOf(result) }]);
    });
    const name = columnName(first.kernel, first.flavour);
    const before = columns.get(name);
    const kept = before?.release === first.kernel ? before.cells : new Map();
    columns.set(name, { release: first.kernel, cells: new Map([...kept, ...cells]) });
  }
  const names = [...columns.keys()].sort(compareColumns);
  const cell = (/** @type {string} */ id, /** @type {string} */ name) => columns.get(name)?.cells.get(id);
  const reasons = ids.map((id) => {
    const own = names.map((name) => [name, cell(id, name)?.reason ?? ""]).filter(([, reason]) => reason !== "");
    return /** @type {const} */ ([id, Object.fromEntries(own)]);
  });
  return {
    columns: Object.fromEntries(names.map((name) => [name, columns.get(name)?.release ?? ""])),
    scenarios: Object.fromEntries(ids.map((id) => [id, names.map((name) => cell(id, name)?.letter ?? "-").join("")])),
    reasons: Object.fromEntries(reasons.filter(([, own]) => Object.keys(own).length > 0)),
  };
}

/** What is wrong with a record, a line each; empty when it is whole. @param {Recorded} recorded @param {readonly string[]} ids */
export function faultsOf(recorded, ids) {
  const width = Object.keys(recorded.columns).length;
  const rows = Object.keys(recorded.scenarios);
  return [
    ...ids.filter((id) => !rows.includes(id)).map((id) => `${id} is a scenario and has no row`),
    ...rows.filter((id) => !ids.includes(id)).map((id) => `${id} has a row and is no scenario`),
    ...Object.entries(recorded.scenarios)
      .filter(([, letters]) => letters.length !== width || !/^[oFa-]*$/.test(letters))
      .map(([id, letters]) => `${id} has the results "${letters}" for ${width} columns`),
  ];
}

/** A cell must not end early. @param {string} text */
const cellText = (text) => text.replaceAll("\\", "\\\\").replaceAll("|", "\\|");

/** @param {readonly (readonly string[])[]} rows the first is the head */
function markdownTable(rows) {
  const [head = [], ...body] = rows;
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.map(cellText).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}

/** @param {Recorded} recorded */
function overview(recorded) {
  const rows = Object.entries(recorded.columns).map(([name, release], index) => {
    const letters = Object.values(recorded.scenarios).map((row) => row[index]);
    const count = (/** @type {string} */ letter) => String(letters.filter((one) => one === letter).length);
    return [name, release, count("o"), count("F"), count("a"), count("-")];
  });
  return markdownTable([["column", "kernel", "ok", "failed", "not there", "not run"], ...rows]);
}

/** Each reason once, with where it was given. @param {Recorded} recorded */
function reasonsList(recorded) {
  /** @type {Map<string, string>} */
  const lines = new Map();
  for (const [id, own] of Object.entries(recorded.reasons)) {
    /** @type {Map<string, string[]>} */
    const columnsBy = new Map();
    for (const [name, reason] of Object.entries(own)) columnsBy.set(reason, [...(columnsBy.get(reason) ?? []), name]);
    for (const [reason, names] of columnsBy) lines.set(`- \`${id}\` on ${names.join(", ")}: ${reason}`, "");
  }
  return lines.size === 0 ? "Every scenario is held on every kernel." : [...lines.keys()].join("\n");
}

/** docs/compliance-suite.md. @param {Recorded} recorded */
export function render(recorded) {
  const words = Object.entries(recorded.scenarios).map(([id, letters]) => [
    `\`${id}\``,
    ...[...letters].map((letter) => WORDS[/** @type {Letter} */ (letter)]),
  ]);
  return `<!-- Generated by build/compliance.mjs from test/scenarios/results.json: do not edit. -->

# Compliance suite

What every scenario of \`test/scenarios/\` came to, on every kernel it was run on. A scenario does one act twice: without the
guard it must succeed (its control), under the guard the answer and the journal must be what the scenario expects.
${Object.keys(recorded.scenarios).length} scenarios, ${Object.keys(recorded.columns).length} columns.

- \`stock\`: booted with \`lsm=landlock,lockdown,yama,apparmor preempt=voluntary\`, as hosted runners are; \`bpf\`: with
  \`,bpf\` added, and the kernel's own choice of preemption.
- **ok**: held. **failed**: not held, and the reason is below. **not there**: this kernel cannot do the act, guarded or
  not; the reason is below. **not run**: not yet run on that kernel.

To do it again: \`npm run test:matrix\` (all of it; \`-- --kernel 6.12 --lsm bpf\` for one column), then
\`node build/compliance.mjs\`, which takes the results of \`out/matrix/\` into \`test/scenarios/results.json\` and writes
this file. \`node build/compliance.mjs --check\`, a part of \`npm test\`, fails when a scenario has no row here.

## Columns

${overview(recorded)}

## Results

${markdownTable([["scenario", ...Object.keys(recorded.columns)], ...words])}

## Reasons

${reasonsList(recorded)}
`;
}
