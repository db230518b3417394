/** From what an act saw and what the journal says to a finding. Pure. */
import type { Verdict } from "../../src/events/event.ts";
import type { JournalEvent, JournalLine } from "./journal.ts";
import type { ActResult, EventPattern, Finding, Scenario } from "./scenario.ts";

function tookPart(event: JournalEvent, { pids, container }: ActResult): boolean {
  // process ids in a container are its own
  if (container !== undefined) return event.container !== null && container.startsWith(event.container);
  return [event.process, ...event.ancestors].some((process) => pids.includes(process.pid));
}

function answers(event: JournalEvent, pattern: EventPattern, act: ActResult): boolean {
  if (event.kind !== pattern.kind) return false;
  if (pattern.hooks !== undefined && !pattern.hooks.includes(event.hook)) return false;
  return pattern.anyProcess === true || tookPart(event, act);
}

function eventsOf(records: readonly JournalLine[], verdict: Verdict): readonly JournalEvent[] {
  return records.filter((record): record is JournalEvent => record.kind !== "gap" && record.verdict === verdict);
}

/** A short name of an event, for notes. */
function name({ kind, hook, path }: JournalEvent): string {
  return path == null ? `${kind}/${hook}` : `${kind}/${hook} of ${path}`;
}

/** What the guard did with the act, by the act itself and the journal together. */
function verdictOf(
  scenario: Scenario,
  act: ActResult,
  records: readonly JournalLine[],
): { verdict: string; note: string } {
  const note = act.note === "" ? "" : `act: ${act.note}`;
  if (act.result === "trouble") return { verdict: "none", note };
  if (scenario.withoutMeans?.includes(act.result) === true)
    return { verdict: scenario.expected, note: "it has not even the means on this kernel" };
  const refused = act.result !== "ok";
  if (refused && !(scenario.errnos ?? ["EPERM"]).includes(act.result))
    return { verdict: "none", note: `the act got ${act.result}` };
  const kind: Verdict = refused ? "deny" : scenario.expected === "would-deny" ? "would-deny" : "allow";
  if (kind === "allow") {
    const denied = eventsOf(records, "deny").filter((event) => tookPart(event, act));
    return {
      verdict: kind,
      note: denied.length === 0 ? note : `let through, but the journal has ${denied.map(name).join(", ")}`,
    };
  }
  const found = eventsOf(records, kind);
  if (found.some((event) => scenario.events.some((pattern) => answers(event, pattern, act))))
    return { verdict: kind, note };
  const near = found.filter((event) => tookPart(event, act)).map(name);
  return {
    verdict: refused ? "deny" : "allow",
    note: near.length === 0 ? "the journal does not have it" : `the journal has ${near.join(", ")} instead`,
  };
}

/**
 * @param control how the act ended without the guard
 * @param guarded how it ended under it; undefined when only controls are wanted
 * @param records the session's journal
 */
export function judge(
  scenario: Scenario,
  control: ActResult,
  guarded: ActResult | undefined,
  records: readonly JournalLine[],
): Finding {
  const base = { id: scenario.id, control: control.result, expected: scenario.expected };
  if (scenario.absentWhen?.includes(control.result) === true) {
    return { ...base, verdict: "none", ok: true, absent: true, note: `not in this kernel (${control.result})` };
  }
  if (control.result !== "ok") {
    const why = control.note === "" ? "" : `: ${control.note}`;
    return { ...base, verdict: "none", ok: false, note: `the control does not succeed, so this proves nothing${why}` };
  }
  if (guarded === undefined) return { ...base, verdict: "none", ok: true };
  const { verdict, note } = verdictOf(scenario, guarded, records);
  const wrongJournal = /^(the journal|let through, but)/.test(note);
  return { ...base, verdict, ok: verdict === scenario.expected && !wrongJournal, ...(note === "" ? {} : { note }) };
}
