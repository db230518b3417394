/**
 * SARIF 2.1.0 for GitHub code scanning (OASIS SARIF 2.1.0; GitHub docs, "SARIF support for code scanning").
 * A clean run gives a log without results, so that uploading it closes the alerts of earlier runs.
 */
import { gzipSync } from "node:zlib";
import type { Invocation, Log, Notification, ReportingDescriptor, Result } from "sarif";
import { anchorOf } from "./anchor.ts";
import { automationId } from "./automation.ts";
import { processChain, ruleText, stepName, verdictWord } from "./describe.ts";
import { fingerprint } from "./fingerprint.ts";
import { type Note, notes } from "./judgement.ts";
import { KINDS, type Kind, kindOf } from "./kinds.ts";
import { longJson } from "./long-json.ts";
import type { Report, Violation } from "./report.ts";
import { levelOf, mostSevereFirst } from "./severity.ts";
import { printable, sarifText } from "./untrusted.ts";

/** GitHub refuses a run with more results. (It keeps the top 5,000 by severity.) */
export const MAX_RESULTS = 25_000;
/** GitHub refuses an upload that is larger than 10 MB, compressed with gzip and encoded as base64. */
const MAX_UPLOAD_BYTES = 10_000_000;
/** In the log, run and its results. */
const RESULT_DEPTH = 4;
const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

const RULE_INDEX = new Map(KINDS.map((kind, index) => [kind.id, index]));

/** The log as JSON, cut to GitHub's limits: the most severe results first, what is left out is counted in a notification. */
export function renderSarif(report: Report): Buffer {
  let limit = MAX_RESULTS;
  for (;;) {
    const shown = mostSevereFirst(report.violations).slice(0, limit);
    const bytes = longJson(logOf(report, shown.length, []), resultsOf(shown, report), 1, RESULT_DEPTH);
    // base64 makes 4 bytes of 3: most logs are known as small enough without compressing them
    if (limit === 0 || bytes.length * 4 < MAX_UPLOAD_BYTES * 3 || uploadBytes(bytes) <= MAX_UPLOAD_BYTES) return bytes;
    limit = Math.floor(Math.min(limit, report.violations.length) / 2);
  }
}

/** Size in bytes of an upload: gzip, then base64. */
export function uploadBytes(log: Buffer): number {
  return Math.ceil(gzipSync(log).length / 3) * 4;
}

/** The log as a value, with at most `limit` results. */
export function toSarif(report: Report, limit = MAX_RESULTS): Log {
  const shown = mostSevereFirst(report.violations).slice(0, limit);
  return logOf(report, shown.length, [...resultsOf(shown, report)]);
}

function* resultsOf(violations: readonly Violation[], report: Report): Generator<Result> {
  for (const violation of violations) yield toResult(violation, report);
}

function logOf(report: Report, shown: number, results: Result[]): Log {
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            version: report.tool.version,
            rules: KINDS.map(descriptor),
            notifications: NOTIFICATIONS,
          },
        },
        automationDetails: { id: automationId(report) },
        invocations: [invocation(report, report.violations.length - shown)],
        columnKind: "utf16CodeUnits",
        results,
      },
    ],
  };
}

function descriptor(kind: Kind): ReportingDescriptor {
  return {
    id: kind.id,
    // SARIF wants an opaque name in Pascal case, which must not be the id again: `ConnectionNotAllowed`.
    name: kind.title.replace(/(?:^|\W+)(\w)/g, (_match, letter: string) => letter.toUpperCase()).replace(/\W/g, ""),
    shortDescription: { text: `${kind.title}.` },
    fullDescription: { text: kind.meaning },
    help: { text: `${kind.meaning} ${kind.remedy}`, markdown: `${kind.meaning}\n\n**What to do.** ${kind.remedy}` },
    defaultConfiguration: { level: "error" },
    properties: { tags: [...kind.tags], "security-severity": kind.score.toFixed(1), precision: "very-high" },
  };
}

function toResult(violation: Violation, report: Report): Result {
  const { event, count } = violation;
  const kind = kindOf(event);
  const anchor = anchorOf(violation, report);
  const { startLine, endLine } = anchor;
  return {
    ruleId: kind.id,
    ruleIndex: RULE_INDEX.get(kind.id) ?? -1,
    level: levelOf(violation),
    message: { text: message(violation, report) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: anchor.path.split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" },
          region: { startLine, startColumn: 1, endLine },
        },
      },
    ],
    partialFingerprints: { primaryLocationLineHash: fingerprint(violation) },
    occurrenceCount: count,
    properties: {
      verdict: event.verdict,
      step: event.step,
      package: event.package,
      container: event.container,
      processes: processChain(violation).map((name) => printable(name, 256)),
      seq: event.seq,
    },
  };
}

function message(violation: Violation, report: Report): string {
  const { event, act, count } = violation;
  const step = stepName(violation, report);
  const rule = ruleText(violation, report);
  const sentences = [
    `${verdictWord(violation)}: ${sarifText(act)}`,
    event.package === null ? "" : `Package: ${sarifText(event.package)}`,
    step === null ? "" : `Step: ${sarifText(step)}`,
    `Processes: ${sarifText(processChain(violation).join(" → "))}`,
    rule ? `Rule: ${sarifText(rule.text)} (${sarifText(rule.place)})` : "",
    count > 1 ? `Seen ${count} times` : "",
  ];
  return `${sentences.filter((sentence) => sentence).join(". ")}.`;
}

function invocation(report: Report, cut: number): Invocation {
  const told = notes(report).map(notification);
  const text = `${cut} of ${report.violations.length} results left out to stay within GitHub's limits; the most severe are kept.`;
  if (cut > 0) told.push({ descriptor: { id: "limits" }, level: "warning", message: { text } });
  return {
    executionSuccessful: report.postureAtEnd !== null,
    startTimeUtc: report.started,
    endTimeUtc: report.ended,
    toolExecutionNotifications: [...posture(report), ...told],
  };
}

/** What was proved at the start, class by class, also when all is well. */
function posture(report: Report): Notification[] {
  return report.posture.classes.map((item) => ({
    descriptor: { id: "posture" },
    level: "note",
    message: {
      text: sarifText(
        `${item.class}: ${item.state}${item.needed ? "" : " (not needed)"}${item.reason && `: ${item.reason}`}`,
      ),
    },
  }));
}

function notification(note: Note): Notification {
  return { descriptor: { id: note.id }, level: note.level, message: { text: sarifText(note.text, 4096) } };
}

/** GitHub's rules ask of these what they ask of rules: two descriptions and a help. */
const NOTIFICATIONS = [
  about("tampering", "What was done to the guard's own reporting.", "A step kept the job's last word from being said."),
  about("posture", "What was proved to be enforced.", "Per class of hooks, whether a probe was really refused."),
  about(
    "loss",
    "Events that could not be recorded.",
    "Verdicts do not depend on events; the kernel counts both exactly.",
  ),
  about("gap", "Time without a recorder.", "The agent was restarted. The kernel went on refusing meanwhile."),
  about("warning", "Something to know.", "The policy or the machine is not quite what was asked for."),
  about("limits", "Results left out.", "Results are limited in number and size; the journal has all of them."),
];

function about(id: string, short: string, full: string): ReportingDescriptor {
  return { id, shortDescription: { text: short }, fullDescription: { text: full }, help: { text: `${short} ${full}` } };
}
