/** What the action says in the job's log. */
import * as core from "@actions/core";
import { messageOf } from "../common/errors.ts";
import { type Diagnostic, formatDiagnostic } from "../policy/diagnostic.ts";
import type { Mode } from "../policy/rules.ts";
import { reasonsOnce } from "../report/judgement.ts";
import type { Posture } from "../report/report.ts";
import { logLine, printable } from "../report/untrusted.ts";
import { GuardFailure } from "../session/failure.ts";
import { PolicyError } from "../session/policy-source.ts";
import { ReportPlaceError } from "../session/report-place.ts";
import { InputError } from "./inputs.ts";

/** Lines of the log that are no workflow commands, whatever they hold. */
export function logLines(lines: readonly string[]): void {
  for (const line of lines.flatMap((text) => text.split("\n"))) process.stdout.write(`${logLine(printable(line))}\n`);
}

/** In the log, and in a file of the repository also where they stand. */
export function tellDiagnostics(diagnostics: readonly Diagnostic[]): void {
  for (const diagnostic of diagnostics) {
    const tell = diagnostic.severity === "error" ? core.error : core.warning;
    if (/^(inputs\.|preset:)/.test(diagnostic.file)) {
      tell(formatDiagnostic(diagnostic, { color: false }), { title: "Warden policy" });
      continue;
    }
    const { file, line, column } = diagnostic;
    tell(`${diagnostic.message}\nfix: ${diagnostic.fix}`, {
      title: "Warden policy",
      file,
      startLine: line,
      startColumn: column,
    });
    logLines([formatDiagnostic(diagnostic, { color: false })]);
  }
}

/** One line per class of hooks. */
export function tellPosture(posture: Posture | null, mode: Mode): void {
  const lines = reasonsOnce(posture?.classes ?? []).map(
    ({ class: name, state, needed, reason }) =>
      `  ${name.padEnd(8)} ${state}${needed ? "" : ", not needed"}${reason === "" ? "" : ` (${reason})`}`,
  );
  const where = posture === null ? "" : `, Linux ${posture.kernel}, ${posture.flavour}`;
  logLines([`Warden guards this job: mode ${mode}${where}`, ...lines]);
}

/** Fails the step with what went wrong. */
export function explain(error: unknown): void {
  if (error instanceof PolicyError) tellDiagnostics(error.diagnostics);
  if (error instanceof PolicyError || error instanceof InputError || error instanceof ReportPlaceError) {
    core.setFailed(`Warden: ${error.message}; nothing was started`);
  } else if (error instanceof GuardFailure) {
    core.setFailed(`Warden: ${[error.message, error.remedy].filter((text) => text !== "").join("\n")}`);
  } else {
    core.setFailed(`Warden: ${messageOf(error)}\nThis is a defect of Warden's: please report it.`);
    // In the log of a run with debugging on, where the one who looks for the defect has it.
    if (error instanceof Error && error.stack !== undefined) core.debug(error.stack);
  }
}
