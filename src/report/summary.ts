/** The step summary in GitHub's Markdown, under 1 MiB: a larger one is dropped whole by the runner. */
import { anchorOf } from "./anchor.ts";
import { plural, processChain, ruleText, stepName } from "./describe.ts";
import { groupByCause } from "./groups.ts";
import { judge, notes, postureRows } from "./judgement.ts";
import { kindOf } from "./kinds.ts";
import type { Report, Violation } from "./report.ts";
import { scoreOf, severityWord } from "./severity.ts";
import { markdownCode, markdownText } from "./untrusted.ts";

/** GitHub's limit is 1 MiB in UTF-8; the rest is left to whatever else the step writes. */
export const MAX_SUMMARY_BYTES = 1_000_000;
/** Warnings and the like, at most. Violations get the rest. */
const MAX_NOTES = 200;

const TONES = { clean: "✅", "would-refuse": "⚠️", refused: "⛔", degraded: "❌" } as const;

/** The whole summary as Markdown, at most `maxBytes` long in UTF-8 (and never shorter than its head). */
export function renderSummary(report: Report, maxBytes = MAX_SUMMARY_BYTES): string {
  const head = [...heading(report), ...noteLines(report), ...postureTable(report)].join("\n");
  const tail = ["", ...countLines(report), ""].join("\n");
  const total = report.violations.length;
  const reserve = Buffer.byteLength(head + tail) + Buffer.byteLength(truncation(total, total)) + 2;

  const body: string[] = [];
  let left = maxBytes - reserve;
  let shown = 0;
  for (const line of violationLines(report)) {
    left -= Buffer.byteLength(line.text) + 1;
    if (left < 0) break;
    body.push(line.text);
    shown += line.violations;
  }
  const cut = shown < total ? [truncation(total - shown, total)] : [];
  return [head, ...body, ...cut, tail].join("\n");
}

function heading(report: Report): string[] {
  const { tone, headline } = judge(report);
  const { name, job, matrix } = report.workflow;
  const where = [name, job, matrix].filter((part) => part !== null).map((part) => markdownCode(part, 256));
  return [
    `## ${TONES[tone]} Warden: ${headline}`,
    "",
    `Mode **${report.mode}**${where.length > 0 ? `, ${where.join(" / ")}` : ""}, Warden ${markdownText(report.tool.version, 64)}.`,
  ];
}

function noteLines(report: Report): string[] {
  const all = notes(report);
  const lines = all
    .slice(0, MAX_NOTES)
    .map((note) => `- ${note.level === "error" ? "❌" : "⚠️"} ${markdownText(note.text)}`);
  if (all.length > MAX_NOTES) lines.push(`- and ${all.length - MAX_NOTES} more`);
  return lines.length > 0 ? ["", ...lines] : [];
}

function postureTable(report: Report): string[] {
  const rows = postureRows(report).map((row) => {
    const state =
      row.end === row.state
        ? row.state.toUpperCase()
        : `${row.state.toUpperCase()}, at the end ${row.end.toUpperCase()}`;
    return `| ${row.class} | ${state} | ${row.needed ? "yes" : "no"} | ${markdownText(row.reason)} |`;
  });
  const { kernel, flavour } = report.posture;
  return [
    "",
    "### What was guarded",
    "",
    `Proved by a refused probe per class, on Linux ${markdownText(kernel, 128)} (${flavour}).`,
    "",
    "| class | state | needed | why not |",
    "| --- | --- | --- | --- |",
    ...rows,
  ];
}

interface Line {
  readonly text: string;
  /** How many violations this line shows. */
  readonly violations: number;
}

function* violationLines(report: Report): Generator<Line> {
  if (report.violations.length === 0) return;
  yield { text: `\n### ${report.mode === "enforce" ? "What was refused" : "What would be refused"}`, violations: 0 };
  for (const { violations } of groupByCause(report.violations)) {
    const [first, ...rest] = violations;
    if (!first) continue;
    const table = [
      "",
      `#### ${cause(first, report)}`,
      "",
      "| severity | act | times | processes | rule |",
      "| --- | --- | ---: | --- | --- |",
    ];
    // A heading without a row tells nothing: they stay or go together.
    yield { text: [...table, row(first, report)].join("\n"), violations: 1 };
    for (const violation of rest) yield { text: row(violation, report), violations: 1 };
  }
}

function cause(violation: Violation, report: Report): string {
  const step = stepName(violation, report);
  const { path, startLine } = anchorOf(violation, report);
  const { package: name } = violation.event;
  const parts = [
    name === null ? "No package to blame" : `Package ${markdownCode(name, 214)}`,
    step === null ? "outside any step" : `step ${markdownCode(step, 256)}`,
  ];
  return `${parts.join(", ")} (${markdownCode(`${path}:${startLine}`, 512)})`;
}

function row(violation: Violation, report: Report): string {
  const rule = ruleText(violation, report);
  const cells = [
    severityWord(scoreOf(violation)),
    `${markdownCode(violation.act)}${violation.event.verdict === "deny" ? "" : " (let through)"}`,
    `${violation.count}`,
    markdownCode(processChain(violation).join(" → "), 256),
    rule
      ? `${markdownCode(rule.text, 256)} at ${markdownCode(rule.place, 256)}`
      : kindOf(violation.event).id.startsWith("guard/")
        ? "built in"
        : "default",
  ];
  return `| ${cells.join(" | ")} |`;
}

function countLines({ counts }: Report): string[] {
  return [
    "### Counts",
    "",
    `${plural(counts.total, "event")}: ${counts.emitted} emitted and ${counts.lost} lost. ${plural(counts.denied, "refusal")} counted in the kernel.`,
  ];
}

function truncation(cut: number, total: number): string {
  return `\n**${cut} of ${total} violations left out to keep this summary under GitHub's limit; all are in the journal.**`;
}
