/** The summary for a terminal or a job's log. */
import { anchorOf } from "./anchor.ts";
import { plural, processChain, ruleText, stepName } from "./describe.ts";
import { groupByCause } from "./groups.ts";
import { judge, notes, postureRows } from "./judgement.ts";
import type { Report, Violation } from "./report.ts";
import { levelOf, scoreOf, severityWord } from "./severity.ts";
import { logLine, printable } from "./untrusted.ts";

export interface TerminalOptions {
  /** Columns; lines are wrapped to it. At least 40. */
  readonly width: number;
  /** Use ANSI colours. */
  readonly colour: boolean;
  /** Violations shown; the rest is counted. */
  readonly limit?: number;
}

const DEFAULT_LIMIT = 50;
const COLOURS = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const;
type Colour = keyof typeof COLOURS;

/** The text, ending in a line end. No line of it can be taken for a workflow command. */
export function renderTerminal(report: Report, options: TerminalOptions): string {
  const out = new Page(options);
  const { tone, headline } = judge(report);
  const colour = ({ clean: "green", "would-refuse": "yellow", refused: "red", degraded: "red" } as const)[tone];
  out.line(0, `Warden: ${headline}`, colour);
  out.line(0, `mode ${report.mode}, Linux ${report.posture.kernel}, ${report.posture.flavour}`, "dim");
  writePosture(out, report);
  for (const note of notes(report)) out.line(2, `! ${note.text}`, note.level === "error" ? "red" : "yellow");

  let left = options.limit ?? DEFAULT_LIMIT;
  for (const group of groupByCause(report.violations)) {
    const shown = group.violations.slice(0, left);
    left -= shown.length;
    const [first] = shown;
    if (!first) break;
    out.blank();
    out.line(0, cause(first, report), "bold");
    for (const violation of shown) writeViolation(out, violation, report);
  }
  const hidden = report.violations.length - Math.min(report.violations.length, options.limit ?? DEFAULT_LIMIT);
  if (hidden > 0) out.line(0, `and ${plural(hidden, "more violation")}, see the summary and the journal`, "yellow");

  const { total, emitted, lost, denied } = report.counts;
  out.blank();
  out.line(
    0,
    `${plural(total, "event")} (${emitted} emitted, ${lost} lost), ${plural(denied, "refusal")} counted in the kernel`,
    "dim",
  );
  return out.text();
}

function writePosture(out: Page, report: Report): void {
  for (const row of postureRows(report)) {
    const state = row.end === row.state ? row.state : `${row.state}, at the end ${row.end}`;
    const colour = row.state === "enforced" && row.end !== "absent" ? "green" : row.needed ? "red" : "dim";
    const why = row.reason ? ` (${row.reason})` : "";
    out.line(2, `${row.class.padEnd(10)} ${state}${row.needed ? "" : ", not needed"}${why}`, colour);
  }
}

function cause(violation: Violation, report: Report): string {
  const { path, startLine } = anchorOf(violation, report);
  const step = stepName(violation, report);
  const who = violation.event.package === null ? "no package to blame" : `package ${violation.event.package}`;
  return `${who}, ${step === null ? "outside any step" : `step "${step}"`} (${path}:${startLine})`;
}

function writeViolation(out: Page, violation: Violation, report: Report): void {
  const refused = levelOf(violation) === "error";
  const times = violation.count > 1 ? `, ${violation.count} times` : "";
  out.line(
    2,
    `${refused ? "refused" : "would refuse"} [${severityWord(scoreOf(violation))}] ${violation.act}${times}`,
    refused ? "red" : "yellow",
  );
  const rule = ruleText(violation, report);
  out.line(6, `${processChain(violation).join(" → ")}${rule ? `; rule ${rule.text} at ${rule.place}` : ""}`, "dim");
}

/** Lines of a given width. */
class Page {
  readonly #lines: string[] = [];
  readonly #width: number;
  readonly #colour: boolean;

  constructor({ width, colour }: TerminalOptions) {
    this.#width = Math.max(40, Math.floor(width));
    this.#colour = colour;
  }

  blank(): void {
    this.#lines.push("");
  }

  /** One paragraph, its first line indented by `indent` columns and the others by two more. */
  line(indent: number, text: string, colour: Colour): void {
    const paint = (line: string) => (this.#colour ? `\x1b[${COLOURS[colour]}m${line}\x1b[0m` : line);
    let margin = indent;
    for (const part of wrap(printable(text), this.#width - indent - 3)) {
      // Colour last: an escape sequence in front would not stop the runner from seeing a command behind it.
      this.#lines.push(paint(logLine(" ".repeat(margin) + part)));
      margin = indent + 2;
    }
  }

  text(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}

/** Breaks at spaces where it can, inside words where it must. Counts code points: close enough for a terminal. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = [...text];
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    const end = space > width / 2 ? space : width;
    lines.push(rest.slice(0, end).join(""));
    rest = rest.slice(end === space ? end + 1 : end);
  }
  return [...lines, rest.join("")];
}
