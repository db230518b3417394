/** Reads `report.json`, the Report as the agent wrote it. */
import * as v from "valibot";
import { parseJson } from "../common/json.ts";
import { journalRecord } from "./journal.ts";
import { REPORT_VERSION, type Report } from "./report.ts";

const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const line = v.pipe(natural, v.minValue(1));
const anchor = { path: v.string(), startLine: line, endLine: line };

/** Also in `status.json`, which is why it stands alone. */
export const posture = v.object({
  kernel: v.string(),
  flavour: v.picklist(["lsm", "fmod_ret", "none"]),
  classes: v.pipe(
    v.array(
      v.object({
        class: v.picklist(["network", "exec", "read", "write", "guard", "containers"]),
        state: v.picklist(["enforced", "audited", "absent"]),
        needed: v.boolean(),
        reason: v.string(),
      }),
    ),
    v.readonly(),
  ),
});

const event = v.pipe(
  journalRecord,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    if (dataset.value.kind !== "gap") return dataset.value;
    addIssue({ message: "a gap is not an event" });
    return NEVER;
  }),
);
const gap = v.pipe(
  journalRecord,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    if (dataset.value.kind === "gap") return dataset.value;
    addIssue({ message: "not a gap" });
    return NEVER;
  }),
);

const report = v.object({
  v: v.literal(REPORT_VERSION),
  tool: v.object({ name: v.literal("Warden"), version: v.string() }),
  mode: v.picklist(["audit", "enforce"]),
  started: v.string(),
  ended: v.string(),
  posture,
  postureAtEnd: v.nullable(posture),
  workflow: v.object({
    name: v.nullable(v.string()),
    job: v.nullable(v.string()),
    path: v.nullable(v.string()),
    matrix: v.nullable(v.string()),
  }),
  steps: v.record(v.string(), v.object({ ...anchor, name: v.string() })),
  packages: v.record(v.string(), v.object(anchor)),
  rules: v.record(v.string(), v.object({ file: v.string(), line: natural, column: natural, text: v.string() })),
  violations: v.array(v.object({ event, count: line, act: v.string() })),
  // reports from before it was there left nothing out
  omitted: v.optional(
    v.array(
      v.object({
        kind: v.string(),
        verdict: v.picklist(["deny", "would-deny"]),
        step: v.nullable(v.string()),
        count: line,
      }),
    ),
    [],
  ),
  counts: v.object({ total: natural, emitted: natural, lost: natural, denied: natural }),
  gaps: v.array(gap),
  tampering: v.array(v.string()),
  warnings: v.array(v.string()),
});

/** @throws JsonError when the text is not a Report of this version */
export function parseReport(text: string): Report {
  return parseJson(report, text, "report.json");
}
