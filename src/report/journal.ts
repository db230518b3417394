/** Reads the journal, `events.jsonl`: one JournalRecord per line, as docs/events.md describes it. */
import * as v from "valibot";
import { parseJson } from "../common/json.ts";
import { EVENT_VERSION, type JournalRecord } from "./event.ts";

const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const decimal = v.pipe(v.string(), v.regex(/^\d+$/, "not a decimal number"));
const version = v.literal(EVENT_VERSION);
const time = v.pipe(v.string(), v.isoTimestamp());

const process = v.object({
  pid: natural,
  start: decimal,
  comm: v.string(),
  exe: v.exactOptional(v.string()),
  args: v.exactOptional(v.array(v.string())),
  cwd: v.exactOptional(v.string()),
});

const base = {
  v: version,
  seq: v.pipe(natural, v.minValue(1)),
  time,
  verdict: v.picklist(["allow", "deny", "would-deny"]),
  rule: natural,
  process,
  uid: natural,
  ancestors: v.array(process),
  step: v.nullable(v.string()),
  stepOrdinal: natural,
  package: v.nullable(v.string()),
  // journals from before it was there have none
  container: v.optional(v.nullable(v.string()), null),
};

/** Keys that this version does not know are dropped: a later Warden may add some without a new version. */
export const journalRecord = v.variant("kind", [
  v.object({
    ...base,
    kind: v.literal("network"),
    hook: v.picklist(["connect", "send", "egress", "socket", "bind", "listen"]),
    family: v.string(),
    protocol: v.string(),
    address: v.exactOptional(v.string()),
    port: v.exactOptional(v.pipe(natural, v.maxValue(65_535))),
    host: v.exactOptional(v.string()),
  }),
  v.object({
    ...base,
    kind: v.literal("file"),
    op: v.picklist(["read", "write", "delete", "exec"]),
    hook: v.string(),
    path: v.string(),
    device: natural,
    inode: decimal,
  }),
  v.object({
    ...base,
    kind: v.literal("guard"),
    hook: v.string(),
    target: v.exactOptional(
      v.object({
        pid: v.exactOptional(natural),
        comm: v.exactOptional(v.string()),
        path: v.exactOptional(v.string()),
        detail: v.exactOptional(v.string()),
      }),
    ),
  }),
  v.object({ ...base, kind: v.literal("process"), hook: v.picklist(["fork", "exec", "exit"]) }),
  v.object({
    v: version,
    kind: v.literal("gap"),
    time,
    reason: v.picklist(["lost", "agent"]),
    lost: natural,
    away: v.exactOptional(v.pipe(v.number(), v.minValue(0))),
  }),
]);

/** One line, without its line end; `number` is 1-based. @throws JsonError that names the line and the key that is wrong */
export function parseJournalLine(text: string, number: number): JournalRecord {
  return parseJson(journalRecord, text, `events.jsonl line ${number}`);
}
