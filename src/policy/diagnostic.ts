/** What is wrong with a policy, as values: where, what, and what to do. Nothing in this room throws or prints. */

/** Line and column are 1-based; the column counts UTF-16 units, as editors and SARIF do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type Severity = "error" | "warning";

export interface Diagnostic extends Position {
  readonly severity: Severity;
  /** The policy file as the user named it, `inputs.policy`, or `preset:NAME`. */
  readonly file: string;
  readonly message: string;
  /** What to do about it: an instruction, never empty. */
  readonly fix: string;
}

/** A finding about one piece of text that does not know where it stands. */
export interface Note {
  readonly message: string;
  readonly fix: string;
}

/** Gathers what the stages of a load find. */
export class Findings {
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];

  error(file: string, at: Position, note: Note): void {
    this.errors.push(diagnostic("error", file, at, note));
  }

  warn(file: string, at: Position, note: Note): void {
    this.warnings.push(diagnostic("warning", file, at, note));
  }
}

function diagnostic(severity: Severity, file: string, at: Position, note: Note): Diagnostic {
  return { severity, file, line: at.line, column: at.column, message: note.message, fix: note.fix };
}

/**
 * One finding for a terminal or a log: `FILE:LINE:COLUMN: error: MESSAGE`, then `  fix: FIX` on a line of its own.
 * Control characters are escaped, so a policy cannot write escape sequences or workflow commands into a log.
 */
export function formatDiagnostic(d: Diagnostic, options: { readonly color: boolean }): string {
  const paint = (code: string, text: string) => (options.color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const where = paint("1", `${plain(d.file)}:${d.line}:${d.column}:`);
  const severity = paint(d.severity === "error" ? "1;31" : "1;33", `${d.severity}:`);
  return `${where} ${severity} ${plain(d.message)}\n  ${paint("36", "fix:")} ${plain(d.fix)}`;
}

const SHOWN = 120;

/** Text from a policy, quoted for a message: cut at 120 characters, with nothing a terminal would act on. */
export function show(text: string): string {
  const points = [...text];
  const cut = points.length > SHOWN ? `${points.slice(0, SHOWN).join("")}...` : text;
  return `"${plain(cut.replace(/["\\]/g, "\\$&"))}"`;
}

// Cc, Cf (bidirectional overrides among them), Cs, Co, Cn, and the line separators.
const INVISIBLE = /[\p{C}\u2028\u2029]/gu;

function plain(text: string): string {
  return text.replace(INVISIBLE, (c) => {
    const code = c.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
