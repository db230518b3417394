/** Annotations in the job's log and on the pull request, within GitHub's limits. */
import { anchorOf, PLACEHOLDER } from "./anchor.ts";
import { processChain, ruleText, stepName, verdictWord } from "./describe.ts";
import { type Note, notes } from "./judgement.ts";
import { kindOf } from "./kinds.ts";
import type { Anchor, Report, Violation } from "./report.ts";
import { levelOf, mostSevereFirst } from "./severity.ts";
import { commandData, commandProperty, cut, printable } from "./untrusted.ts";

/** Of each type, per step; the runner drops the rest silently (source: the runner's `ExecutionContext`). */
export const MAX_ANNOTATIONS = 10;
/** The runner cuts a message here. */
const MAX_MESSAGE = 4096;
const MAX_TITLE = 255;

export type AnnotationType = "error" | "warning" | "notice";

export interface Annotation {
  readonly type: AnnotationType;
  /** One line, 255 characters at most. */
  readonly title: string;
  /** One line, 4096 characters at most. */
  readonly message: string;
  /** Absent when the annotation is about the whole job. */
  readonly anchor: Anchor | null;
}

/**
 * The annotations of a report: refused acts as errors, acts that audit mode let through and other things to know as
 * warnings. The most severe first; what does not fit is counted in the last one of its type.
 * @param limit how many of each type the step may still make
 */
export function annotations(report: Report, limit = MAX_ANNOTATIONS): Annotation[] {
  const known = notes(report);
  const grave = known.filter(({ id }) => id !== "gap" && id !== "warning");
  const all = [
    ...grave.map(ofNote),
    ...mostSevereFirst(report.violations).map((violation) => ofViolation(violation, report)),
    ...known.filter((note) => !grave.includes(note)).map(ofNote),
  ];
  return (["error", "warning", "notice"] as const).flatMap((type) =>
    within(
      limit,
      all.filter((annotation) => annotation.type === type),
    ),
  );
}

/** The line that makes the runner show an annotation. `line` is absent for the whole job. Source: GitHub docs, "Workflow commands". */
export function renderAnnotation({ type, title, message, anchor }: Annotation): string {
  const place = anchor ? { file: anchor.path, line: `${anchor.startLine}`, endLine: `${anchor.endLine}` } : {};
  const properties = Object.entries({ ...place, title }).map(([key, value]) => `${key}=${commandProperty(value)}`);
  return `::${type} ${properties.join(",")}::${commandData(message)}`;
}

function within(limit: number, all: readonly Annotation[]): Annotation[] {
  const kept = all.slice(0, Math.max(0, limit));
  const last = kept.at(-1);
  if (last && all.length > kept.length) {
    const rest = ` (and ${all.length - kept.length} more, see the summary of the job)`;
    kept[kept.length - 1] = { ...last, message: cut(last.message, MAX_MESSAGE - rest.length) + rest };
  }
  return kept;
}

function ofNote(note: Note): Annotation {
  const title = {
    tampering: "Warden: tampered with",
    posture: "Warden: not fully guarded",
    loss: "Warden: events lost",
    limits: "Warden: not all listed",
    gap: "Warden: a gap",
    warning: "Warden",
  };
  return { type: note.level, title: title[note.id], message: printable(note.text, MAX_MESSAGE), anchor: null };
}

function ofViolation(violation: Violation, report: Report): Annotation {
  const { event, act, count } = violation;
  const step = stepName(violation, report);
  const rule = ruleText(violation, report);
  const parts = [
    `${verdictWord(violation)}: ${printable(act)}`,
    event.package === null ? "" : `by package ${printable(event.package, 214)}`,
    step === null ? "" : `in step "${printable(step, 256)}"`,
    `(${printable(processChain(violation).join(" → "), 256)})`,
    count > 1 ? `${count} times` : "",
    rule ? `by rule ${printable(rule.text, 512)} at ${printable(rule.place, 512)}` : "",
  ];
  const anchor = anchorOf(violation, report);
  return {
    type: levelOf(violation),
    title: cut(`Warden: ${kindOf(event).title}`, MAX_TITLE),
    message: cut(`${parts.filter((part) => part).join(" ")}.`, MAX_MESSAGE),
    // A file that may not exist is good enough for SARIF, not for an annotation.
    anchor: anchor === PLACEHOLDER ? null : anchor,
  };
}
