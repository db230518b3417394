/** What a report comes down to: its headline, and everything a reader must know besides the violations. */
import { plural } from "./describe.ts";
import { MAX_GAPS } from "./findings.ts";
import type { ClassPosture, Omitted, Posture, Report } from "./report.ts";

export interface Judgement {
  /** degraded beats refused beats would-refuse beats clean: a guard that was not whole cannot call a job clean. */
  readonly tone: "clean" | "would-refuse" | "refused" | "degraded";
  readonly headline: string;
  /** Acts, not groups. Lost ones are in `report.counts.denied` only. */
  readonly refused: number;
  readonly wouldRefuse: number;
}

/** One thing to know. `text` may hold untrusted text. */
export interface Note {
  readonly id: "tampering" | "posture" | "loss" | "limits" | "gap" | "warning";
  readonly level: "error" | "warning";
  readonly text: string;
}

export function judge(report: Report): Judgement {
  const refused = acts(report, "deny");
  const wouldRefuse = acts(report, "would-deny");
  const parts = [
    ...(refused > 0 ? [`${plural(refused, "act")} refused`] : []),
    ...(wouldRefuse > 0 ? [`${plural(wouldRefuse, "act")} would be refused`] : []),
  ];
  const unseen = report.counts.denied > refused + wouldRefuse;
  const told = parts.join(", ") || (unseen ? "refusals whose events were lost" : "nothing refused");
  const weak = weakClasses(report).map((item) => item.class);
  if (report.tampering.length > 0)
    return { tone: "degraded", headline: `${told}, but the guard was tampered with`, refused, wouldRefuse };
  if (weak.length > 0 || report.postureAtEnd === null) {
    const why =
      weak.length > 0
        ? `not guarded as the policy needs: ${weak.join(", ")}`
        : "the guard could not be proved at the end";
    return { tone: "degraded", headline: `${told}, but ${why}`, refused, wouldRefuse };
  }
  const tone =
    refused > 0 || (unseen && report.mode === "enforce")
      ? "refused"
      : wouldRefuse > 0 || unseen
        ? "would-refuse"
        : "clean";
  return { tone, headline: told, refused, wouldRefuse };
}

/** With those that are left out of the list. */
function acts({ violations, omitted }: Report, verdict: Omitted["verdict"]): number {
  const listed = violations.reduce((total, { event, count }) => total + (event.verdict === verdict ? count : 0), 0);
  return omitted.reduce((total, each) => total + (each.verdict === verdict ? each.count : 0), listed);
}

/**
 * Does the job fail, when violations are to fail it? In audit mode never: `would be refused` is what audit mode is for,
 * and what the guard refuses there all the same, acts against itself (bpf(2), its pins and cgroups, signals to it), is
 * warned about: a harmless tool may have tried it, and nobody asked for a job to be stopped.
 * A refusal whose event was lost counts like any other.
 */
export function failsForViolations(report: Report): boolean {
  const { tampering, counts } = report;
  return report.mode === "enforce" && (judge(report).refused > 0 || counts.denied > 0 || tampering.length > 0);
}

/** Tampering, posture that fell short, losses, gaps, warnings: in this order. */
export function notes(report: Report): Note[] {
  const level = report.mode === "enforce" ? "error" : "warning";
  const result: Note[] = report.tampering.map((text) => ({
    id: "tampering",
    level: "error",
    text: `Tampering: ${text}`,
  }));
  for (const item of weakClasses(report)) result.push({ id: "posture", level, text: weakness(item) });
  if (report.postureAtEnd === null) {
    result.push({ id: "posture", level, text: "The guard could not be proved again at the end of the job." });
  }
  const { total, emitted, lost, denied } = report.counts;
  if (lost > 0) {
    const text = `${plural(lost, "event")} of ${total} lost (${emitted} emitted); every verdict stood, ${plural(denied, "refusal")} counted in the kernel.`;
    result.push({ id: "loss", level: "warning", text });
  }
  const known = acts(report, "deny") + acts(report, "would-deny");
  if (denied > known) {
    result.push({
      id: "loss",
      level: "warning",
      text: `${plural(denied - known, "refusal")} of ${denied} not listed: the events were lost.`,
    });
  }
  if (report.omitted.length > 0) result.push({ id: "limits", level: "warning", text: leftOut(report.omitted, known) });
  const absences = report.gaps.filter((gap) => gap.reason === "agent");
  if (absences.length > 0) {
    const away = absences.reduce((sum, gap) => sum + (gap.away ?? 0), 0);
    const times = `${plural(absences.length, "time")}${report.gaps.length < MAX_GAPS ? "" : " or more"}`;
    const text = `The agent was away ${times}, ${away} ms in all; the kernel went on refusing, and the agent caught up.`;
    result.push({ id: "gap", level: "warning", text });
  }
  for (const text of report.warnings) result.push({ id: "warning", level: "warning", text });
  return result;
}

/** Most first; the journal has each, and report.json tells the steps, too. */
function leftOut(omitted: readonly Omitted[], known: number): string {
  const kinds = new Map<string, number>();
  for (const { kind, count } of omitted) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  const each = [...kinds].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${kind} ${count}`);
  const sum = omitted.reduce((total, { count }) => total + count, 0);
  return `${plural(sum, "refusal")} of ${known} left out of the list, which was full, and counted: ${each.join(", ")}; the journal has each of them.`;
}

/** Rows of the posture table: a class's state at the start, and at the end when it changed. */
export function postureRows(report: Report): (ClassPosture & { readonly end: string })[] {
  const rows = report.posture.classes.map((item) => {
    const end = report.postureAtEnd && find(report.postureAtEnd, item.class);
    return { ...item, reason: item.reason || (end?.reason ?? ""), end: end?.state ?? "unknown" };
  });
  return reasonsOnce(rows);
}

/** The same classes; of several with the same state for the same reason, the later ones say `as` and the first one's name. */
export function reasonsOnce<Class extends ClassPosture>(classes: readonly Class[]): Class[] {
  return classes.map((item) => {
    const first = classes.find((one) => one.state === item.state && one.reason === item.reason);
    return item.reason === "" || first === undefined || first === item
      ? item
      : { ...item, reason: `as ${first.class}` };
  });
}

type WeakClass = ClassPosture & { readonly when: "start" | "end" };

/** Needed classes that do not hold what the mode promises, each once: at the start, or only at the end. */
function weakClasses(report: Report): WeakClass[] {
  const holds = (item: ClassPosture) =>
    !item.needed || item.state === "enforced" || (report.mode === "audit" && item.state === "audited");
  const weak: WeakClass[] = report.posture.classes
    .filter((item) => !holds(item))
    .map((item) => ({ ...item, when: "start" }));
  for (const item of report.postureAtEnd?.classes ?? []) {
    if (!holds(item) && !weak.some((known) => known.class === item.class)) weak.push({ ...item, when: "end" });
  }
  return weak;
}

function weakness(item: WeakClass): string {
  const reason = item.reason ? `: ${item.reason}` : ".";
  return `The policy needs ${item.class} to be guarded, but at the ${item.when} of the job it was ${item.state}${reason}`;
}

function find(posture: Posture, name: string): ClassPosture | undefined {
  return posture.classes.find((item) => item.class === name);
}
