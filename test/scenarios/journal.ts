/** Reads what a session left in its report directory, as far as scenarios judge by it. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import * as v from "valibot";

const processRef = v.object({ pid: v.number(), args: v.optional(v.array(v.string())) });
const line = v.variant("kind", [
  v.object({ v: v.literal(1), kind: v.literal("gap"), reason: v.picklist(["lost", "agent"]), lost: v.number() }),
  ...(["network", "file", "guard", "process"] as const).map((kind) =>
    v.object({
      v: v.literal(1),
      kind: v.literal(kind),
      hook: v.string(),
      path: v.optional(v.nullable(v.string())),
      seq: v.number(),
      verdict: v.picklist(["allow", "deny", "would-deny"]),
      process: processRef,
      container: v.nullable(v.string()),
      ancestors: v.array(processRef),
    }),
  ),
]);

export type JournalLine = v.InferOutput<typeof line>;
export type JournalEvent = Exclude<JournalLine, { kind: "gap" }>;

/**
 * All records of `events.jsonl`; none when the session did not get as far as writing it.
 * @throws ValiError for a line that is not a record of version 1 (src/events/event.ts)
 */
export function readJournal(report: string): readonly JournalLine[] {
  const file = path.join(report, "events.jsonl");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((text) => text !== "").map((text) => v.parse(line, JSON.parse(text)));
}

const posture = v.object({
  flavour: v.picklist(["lsm", "fmod_ret", "none"]),
  classes: v.array(
    v.object({
      class: v.string(),
      state: v.picklist(["enforced", "audited", "absent"]),
      needed: v.boolean(),
      reason: v.string(),
    }),
  ),
});

const report = v.object({
  posture,
  postureAtEnd: v.nullable(posture),
  counts: v.object({ total: v.number(), emitted: v.number(), lost: v.number(), denied: v.number() }),
  violations: v.array(v.object({ count: v.number() })),
  omitted: v.array(v.object({ kind: v.string(), count: v.number() })),
  warnings: v.array(v.string()),
  gaps: v.array(v.object({ reason: v.picklist(["lost", "agent"]), lost: v.number(), away: v.optional(v.number()) })),
});

export type ReportExtract = v.InferOutput<typeof report>;

/** @throws when report.json is not there or is not a report */
export function readReport(directory: string): ReportExtract {
  return v.parse(report, JSON.parse(readFileSync(path.join(directory, "report.json"), "utf8")));
}
