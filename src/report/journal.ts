/** Reads the journal, `events.jsonl`: one JournalRecord per line, as docs/events.md describes it. */
import * as v from "valibot";
import { EVENT_VERSION, type JournalRecord } from "../events/event.ts";

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
};

/** Keys that this version does not know are dropped: a later Warden may add some without a new version. */
export const journalRecord = v.variant("kind", [
  v.object({
    ...base,
    kind: v.literal("network"),
    hook: v.picklist(["connect", "send", "egress", "socket"]),
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

/** A line of the journal that is no record of this version. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  /** 1-based. */
  readonly line: number;

  constructor(line: number, what: string) {
    super(`events.jsonl line ${line}: ${what}`);
    this.line = line;
  }
}

/**
 * The records of a journal's text, in order; empty lines are passed over.
 * @param onError what to do with a bad line, e.g. one torn by a crash; without it the line's JournalError is thrown
 */
export function* parseJournal(text: string, onError?: (error: JournalError) => void): Generator<JournalRecord> {
  let number = 0;
  for (const line of text.split("\n")) {
    number++;
    if (line.trim() === "") continue;
    const record = readLine(line, number, onError);
    if (record) yield record;
  }
}

function readLine(line: string, number: number, onError?: (error: JournalError) => void): JournalRecord | null {
  try {
    return parseJournalLine(line, number);
  } catch (error) {
    if (!(error instanceof JournalError) || !onError) throw error;
    onError(error);
    return null;
  }
}

/** One line. @throws JournalError that names `line` and the key that is wrong. */
export function parseJournalLine(text: string, line: number): JournalRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new JournalError(line, `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const result = v.safeParse(journalRecord, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new JournalError(line, `${v.getDotPath(issue) ?? "record"}: ${issue.message}`);
}
