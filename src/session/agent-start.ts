/** From a policy's text to a guard that was proved, or to the reasons why not; and how a second agent takes over. */
import { statSync } from "node:fs";
import { release } from "node:os";
import { codeOf } from "../common/errors.ts";
import { systemNameservers } from "../egress/resolve.ts";
import { bootClockOffset } from "../events/clock.ts";
import { toPosture, unenforced } from "../kernel/posture.ts";
import { type Machine, type PolicyFrames, policyFrames } from "../kernel/rules-to-frames.ts";
import type { CompiledPolicy } from "../policy/rules.ts";
import type { Posture } from "../report/report.ts";
import { Egress } from "./agent-egress.ts";
import { type AgentFiles, readStatus, writeStatus } from "./agent-files.ts";
import type { MonitorLink } from "./agent-link.ts";
import { diagnosticLine, loadSessionPolicy } from "./agent-policy.ts";
import { sendRules } from "./agent-rules.ts";
import type { SessionSpec } from "./spec.ts";
import type { SessionStatus } from "./status.ts";

/** A session with its rules in force. Of a large policy it keeps what events and reports say of a rule, no more. */
export interface Guarded {
  readonly mode: CompiledPolicy["mode"];
  readonly needs: CompiledPolicy["needs"];
  readonly rules: PolicyFrames["rules"];
  readonly posture: Posture;
  readonly egress: Egress;
  readonly clockOffset: number;
  /** Grows while the session lasts. */
  readonly warnings: string[];
}

export type Start = { readonly ok: true; readonly guarded: Guarded } | { readonly ok: false };

/** Puts the policy in force and has it proved. Either way `status.json` says what came of it. @throws LinkError */
export async function start(spec: SessionSpec, files: AgentFiles, link: MonitorLink): Promise<Start> {
  const clockOffset = bootClockOffset();
  const loaded = loadSessionPolicy(spec);
  const warnings = loaded.warnings.map(diagnosticLine);
  const said = (status: Pick<SessionStatus, "ok" | "errors"> & Partial<SessionStatus>) =>
    writeStatus(files.status, { posture: null, mode: null, rules: 0, warnings, clockOffset, ...status });
  if (!loaded.ok) {
    said({ ok: false, errors: loaded.errors.map(diagnosticLine) });
    return { ok: false };
  }
  const { policy } = loaded;
  const frames = policyFrames(policy, thisMachine());

  link.begin();
  const { rules, hosts, table } = frames;
  const egress = new Egress({ link, rules, hosts, table, file: files.leases, warn: warnerOf(warnings) });
  const [sent] = await Promise.all([sendRules(link, frames), egress.start()]);
  warnings.push(...sent.warnings, ...egress.unresolved());
  const posture = toPosture(await link.commit(frames.flags), policy.needs, release());

  const errors = policy.mode === "enforce" ? [...unenforced(posture), ...sent.errors] : [];
  if (policy.mode === "audit") warnings.push(...sent.errors);
  const ok = errors.length === 0;
  said({ ok, posture, mode: policy.mode, rules: policy.rules.length, errors });
  if (!ok) egress.stop();
  if (!ok) return { ok };
  const { mode, needs } = policy;
  return { ok, guarded: { mode, needs, rules, posture, egress, clockOffset, warnings } };
}

/** Takes over from an agent that is gone: the rules are in force already. @throws when what it left cannot be read */
export async function resume(spec: SessionSpec, files: AgentFiles, link: MonitorLink): Promise<Guarded> {
  const status = readStatus(files.status);
  const loaded = loadSessionPolicy(spec);
  if (!loaded.ok || status.posture === null || loaded.policy.rules.length !== status.rules)
    throw new Error("the session's policy is not what the agent before this one put in force");
  const { mode, needs } = loaded.policy;
  const { rules, hosts, table } = policyFrames(loaded.policy, thisMachine());
  const warnings = [...status.warnings];
  const egress = new Egress({ link, rules, hosts, table, file: files.leases, warn: warnerOf(warnings) });
  egress.adopt();
  // names may take their time: events are waiting
  void egress.start();
  return { mode, needs, rules, posture: status.posture, egress, clockOffset: status.clockOffset, warnings };
}

/** The same sentence once, however often it is said in a long session. */
function warnerOf(warnings: string[]): (text: string) => void {
  return (text) => {
    if (!warnings.includes(text)) warnings.push(text);
  };
}

function thisMachine(): Machine {
  return { nameservers: systemNameservers(), hasDirectory };
}

/** One that may not be looked into is there, too. */
function hasDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error) ?? "")) return false;
    return true;
  }
}
