/** What the guard must say when one of its programs is missing. Pure. */
import type { Posture } from "../../src/report/report.ts";

/**
 * How a program comes to be missing: the kernel does not load it, does not attach it, has no such function, or its
 * verifier refuses it.
 */
export const WAYS = ["attach", "load", "function", "verifier"] as const;
export type Way = (typeof WAYS)[number];

export interface Planned {
  readonly program: string;
  readonly classes: readonly string[];
  readonly functions: { readonly lsm: string; readonly fmod_ret: string } | null;
}

export interface Ended {
  readonly status: number | null;
  readonly stderr: string;
  /** Whether the command ran. */
  readonly ran: boolean;
}

export interface Seen {
  /** What `warden doctor --json` measured; null when it did not come to that, and then `problem` says why. */
  readonly posture: Posture | null;
  readonly problem: string | null;
  readonly enforce: Ended;
  readonly audit: Ended;
  /** The posture of the audit run's report; null without a report. */
  readonly audited: Posture | null;
  /** What the sessions left behind. */
  readonly left: string;
}

function short(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(-300);
}

/** Classes that must be absent for want of the program, each with the program's name. */
function postureFaults({ program, classes }: Planned, posture: Posture, where: string): readonly string[] {
  return posture.classes.flatMap(({ class: name, state, reason }) => {
    if (!classes.includes(name)) {
      // Where tracing programs cannot be loaded at all, more is absent than this one's classes.
      return state === "absent" && posture.flavour !== "none" ? [`${where}: ${name} is absent, too: ${reason}`] : [];
    }
    if (state !== "absent") return [`${where}: ${name} is ${state}`];
    const named = reason.includes(`\`${program}\``) || posture.flavour === "none";
    return named ? [] : [`${where}: ${name} does not name it: ${reason}`];
  });
}

/** The contract: no enforcing job starts, an audited one runs and says what it lacks. @returns faults, none when it is kept */
export function judge(planned: Planned, seen: Seen): readonly string[] {
  const { program } = planned;
  const { posture, enforce, audit, audited } = seen;
  if (planned.classes.length === 0) return ["no class of hooks needs it: its loss would be silent"];
  return [
    ...(enforce.ran ? ["enforce: the command ran"] : []),
    ...(enforce.status === 0 ? ["enforce: status 0"] : []),
    ...(enforce.stderr.includes(program) || posture?.flavour === "none"
      ? []
      : [`enforce: standard error does not name it: ${short(enforce.stderr)}`]),
    ...(posture === null
      ? [`doctor: no posture: ${short(seen.problem ?? "")}`]
      : postureFaults(planned, posture, "doctor")),
    ...(audit.ran ? [] : [`audit: the command did not run: ${short(audit.stderr)}`]),
    ...(audited === null ? ["audit: no report"] : postureFaults(planned, audited, "audit")),
    ...(seen.left === "" ? [] : [`left behind: ${seen.left}`]),
  ];
}
