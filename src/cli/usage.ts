/** What the command line says of itself. */

/** The command line is not one; the message says what is wrong with it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const USAGE = `Warden: the Linux kernel refuses what a job's policy does not allow.

  warden run [--policy FILE] [--mode audit|enforce] [--report DIR] [--fail-on violation] -- COMMAND [ARG...]
      Run a command under guard, as the user who called (also through sudo).
      --policy FILE         the policy; without it .github/warden.toml, when it is there
      --mode audit|enforce  in place of what the policy says
      --report DIR          keep report.json, warden.sarif, summary.md and events.jsonl there
      --fail-on violation   exit with 3 when something was refused (never in audit mode)
  warden doctor [--json]
      Tell what this machine can enforce, with a remedy for what it cannot.
  warden clean [--force]
      Remove what killed sessions left. --force also ends the processes that still run under them.
  warden help
  warden version

Exit status of run: the command's; 1 when the guard failed, 2 when the command line or the policy is wrong (nothing
is started), 3 with --fail-on violation. run, doctor and clean need root: sudo warden ...
`;
