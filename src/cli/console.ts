/** What Warden itself says, on standard error: standard output is the command's. */
import { type Diagnostic, formatDiagnostic } from "../policy/diagnostic.ts";
import type { TerminalOptions } from "../report/terminal.ts";
import { GuardFailure } from "../session/failure.ts";
import { PolicyError } from "../session/policy-source.ts";
import { ReportPlaceError } from "../session/report-place.ts";
import { UsageError } from "./usage.ts";

const DEFAULT_WIDTH = 100;

/** As wide as the terminal, in colour unless NO_COLOR says otherwise. */
export function terminalOptions(environment: NodeJS.ProcessEnv = process.env): TerminalOptions {
  const colour = process.stderr.isTTY === true && !environment.NO_COLOR && environment.TERM !== "dumb";
  return { colour, width: process.stderr.columns ?? DEFAULT_WIDTH };
}

export function say(text: string): void {
  process.stderr.write(`warden: ${text}\n`);
}

export function sayDiagnostics(diagnostics: readonly Diagnostic[]): void {
  const color = terminalOptions().colour;
  for (const diagnostic of diagnostics) process.stderr.write(`${formatDiagnostic(diagnostic, { color })}\n`);
}

/**
 * Tells what went wrong, and gives the exit status for it: 2 for what the user can put right on the command line or
 * in the policy, 1 when the guard cannot do its work.
 * @throws what is neither: a defect of Warden's
 */
export function explain(error: unknown): number {
  if (error instanceof UsageError) {
    say(error.message);
    process.stderr.write("`warden help` tells how it is used.\n");
    return 2;
  }
  if (error instanceof ReportPlaceError) {
    say(`${error.message}; nothing was started`);
    return 2;
  }
  if (error instanceof PolicyError) {
    sayDiagnostics(error.diagnostics);
    say(`${error.message}; nothing was started`);
    return 2;
  }
  if (error instanceof GuardFailure) {
    say(error.message);
    if (error.remedy !== "") process.stderr.write(`  ${error.remedy}\n`);
    return 1;
  }
  throw error;
}
