/** `warden doctor`: what this machine can enforce, proved by a session of its own that guards nobody. */
import { release } from "node:os";
import { reasonsOnce } from "../report/judgement.ts";
import type { Posture } from "../report/report.ts";
import { GuardFailure } from "../session/failure.ts";
import { checkPolicyText } from "../session/policy-source.ts";
import { NotStarted, type Session, StartRefused, startSession } from "../session/start.ts";
import { VERSION } from "../session/version.ts";
import { say } from "./console.ts";
import { readOptions } from "./options.ts";
import { requireRoot } from "./root.ts";

/** Needs every class of hooks. */
const POLICY = `version = 1
mode = "enforce"
[network]
default = "deny"
[exec]
deny = ["**/.warden-doctor"]
[files.read]
deny = ["**/.warden-doctor"]
[files.write]
deny = ["**/.warden-doctor"]
[process]
memory = "deny"
`;

/** What `--json` prints. */
export interface Diagnosis {
  readonly v: 1;
  readonly version: string;
  readonly kernel: string;
  /** Everything can be enforced. */
  readonly ok: boolean;
  /** Classes of hooks that can be enforced, e.g. `["network"]`. */
  readonly enforced: readonly string[];
  /** null when it did not come to the proof; then `problem` says why. */
  readonly posture: Posture | null;
  readonly problem: string | null;
}

/** @returns 0 when everything can be enforced, else 1. @throws UsageError */
export async function doctor(argv: readonly string[]): Promise<number> {
  const { json } = readOptions(argv, { json: { type: "boolean" } });
  requireRoot("doctor");
  const diagnosis = await diagnose();
  process.stdout.write(json ? `${JSON.stringify(diagnosis, null, 2)}\n` : inWords(diagnosis));
  return diagnosis.ok ? 0 : 1;
}

async function diagnose(): Promise<Diagnosis> {
  const context = { home: "/root", workspace: "/", temp: null };
  const { source } = checkPolicyText(POLICY, "doctor", context, null);
  const workflow = { name: null, job: null, path: null, matrix: null, text: null };
  try {
    const session = await startSession(
      { origin: "run", mode: null, policy: source, context, workflow, lockfiles: [] },
      null,
    );
    await end(session);
    return diagnosisOf(session.status.posture, null);
  } catch (error) {
    if (!(error instanceof GuardFailure)) throw error;
    const posture = error instanceof StartRefused ? error.status.posture : null;
    return diagnosisOf(posture, posture === null ? problemOf(error) : null);
  }
}

/** The remedy for a guard that did not start is to ask the doctor: that is us. */
export function problemOf(error: GuardFailure): string {
  return error instanceof NotStarted ? error.message : [error.message, error.remedy].join("\n").trim();
}

async function end(session: Session): Promise<void> {
  for (const note of session.notes) say(note);
  const ending = await session.stop();
  const released = (ending === "reported" || ending === "unreported") && (await session.release());
  if (ending !== "reported" || !released) say("the session that proved this did not end well");
}

function diagnosisOf(posture: Posture | null, problem: string | null): Diagnosis {
  const classes = posture?.classes ?? [];
  const enforced = classes.filter(({ state }) => state === "enforced").map((one) => one.class);
  const ok = classes.length > 0 && enforced.length === classes.length;
  return { v: 1, version: VERSION, kernel: release(), ok, enforced, posture, problem };
}

/** For a person; ends in a line end. */
export function inWords({ version, kernel, ok, enforced, posture, problem }: Diagnosis): string {
  const lines = [`Warden ${version}, Linux ${kernel}${posture === null ? "" : `, ${FLAVOURS[posture.flavour]}`}`];
  for (const { class: name, state, reason } of reasonsOnce(posture?.classes ?? [])) {
    lines.push(`  ${name.padEnd(8)} ${state}${reason === "" ? "" : `: ${reason}`}`);
  }
  if (problem !== null) lines.push(...problem.split("\n").map((line) => `  ${line}`));
  if (ok) lines.push("Everything can be enforced on this machine.");
  else if (enforced.length === 0) lines.push("Nothing can be enforced on this machine.");
  else lines.push(`What can be enforced on this machine: ${enforced.join(", ")} only.`);
  return `${lines.join("\n")}\n`;
}

const FLAVOURS = {
  lsm: "BPF is an active security module",
  fmod_ret: "BPF is not an active security module: the security functions are hooked directly",
  none: "neither security modules nor tracing programs work here",
} as const;
