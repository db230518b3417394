/** A guarded batch for the scenarios about the guard's own life. */
import { Batch, unguarded } from "../batch.ts";
import { buildFixture } from "../fixture.ts";
import { runCommand } from "../guarded.ts";
import { ACTS, READ } from "../places.ts";
import { BASE } from "../policies.ts";
import type { ActResult, User } from "../scenario.ts";

/** An act that the policy refuses, and that works without a guard. */
export const REFUSED = ["open", "read", `${READ}/exact/key`] as const;

export interface Guarded {
  readonly batch: Batch;
  readonly report: string;
  /** REFUSED, once more. */
  readonly refuse: () => Promise<ActResult>;
}

/** The control of all of them: the refused act succeeds without the guard. */
export async function refusedWithoutGuard(): Promise<string> {
  buildFixture();
  const batch = unguarded("runner");
  const { result } = await batch.act("control", REFUSED);
  await batch.end();
  return result;
}

/**
 * Starts a session, under the base policy when none is given, waits until it stands, and hands it to `use`, which may end it itself.
 * It is over when this returns, also when `use` throws: no session may stand in the next one's way.
 * @throws when the session does not start, and what `use` throws
 */
export async function inSession<T>(
  name: string,
  use: (session: Guarded) => Promise<T>,
  { user = "runner", policy = BASE }: { readonly user?: User; readonly policy?: string } = {},
): Promise<T> {
  buildFixture();
  const run = runCommand({ name, policy, mode: "enforce", user }, [ACTS, "batch", "-"]);
  const batch = new Batch(run.command, { env: run.environment });
  let acts = 0;
  const refuse = () => {
    acts += 1;
    return batch.act(`refused-${acts}`, REFUSED);
  };
  try {
    await batch.act("ready", ["nothing"]);
    return await use({ batch, report: run.report, refuse });
  } finally {
    await batch.end();
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until `look` finds something, and says after how many milliseconds; null when it never does. */
export async function soon(limit: number, look: () => boolean): Promise<number | null> {
  const start = performance.now();
  while (performance.now() - start < limit) {
    if (look()) return Math.round(performance.now() - start);
    await pause(25);
  }
  return null;
}

/** The finding of a lifecycle scenario from its faults. */
export function finding(control: string, expected: string, faults: readonly string[], praise = "") {
  const wrong = faults.filter((fault) => fault !== "");
  const ok = control === "ok" && wrong.length === 0;
  const note = ok ? praise : wrong.join("; ");
  return { control, verdict: ok ? expected : "none", expected, ok, ...(note === "" ? {} : { note }) };
}
