/**
 * A kernel that preempts its own code leaves tracing programs out at times. There the guard promises nothing that it could
 * not hold: an enforcing session that needs such programs does not start, an audited one says what is absent, and the
 * network is held by other programs.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { unguarded } from "../batch.ts";
import { runCommand } from "../guarded.ts";
import { readReport } from "../journal.ts";
import { AT, DEBUGFS, PORTS } from "../places.ts";
import { BASE } from "../policies.ts";
import { ending, runProgram } from "../program.ts";
import type { LifecycleScenario } from "../scenario.ts";
import { leftovers } from "../session-state.ts";
import { finding, inSession } from "./session.ts";

const MODE = path.join(DEBUGFS, "sched/preempt");
const STARTED = "/tmp/started-by-scenario";
const CONNECT = ["connect", "tcp", AT.denied, PORTS.tcp] as const;
const NETWORK = `version = 1
[network]
default = "deny"
[process]
memory = "allow"
`;

/** Does this kernel, as it was booted, leave our programs out? Not those of a security module. */
function leavesOut(): boolean {
  const modules = readFileSync("/sys/kernel/security/lsm", "utf8").trim().split(",");
  if (modules.includes("bpf") || !existsSync(MODE)) return false;
  return !/\((none|voluntary)\)/.test(readFileSync(MODE, "utf8"));
}

async function connectedOutside(): Promise<string> {
  const batch = unguarded("runner");
  const { result } = await batch.act("control", CONNECT);
  await batch.end();
  return result;
}

async function enforced(): Promise<readonly string[]> {
  rmSync(STARTED, { force: true });
  const run = runCommand({ name: "preempting", policy: BASE, mode: "enforce", user: "runner" }, ["touch", STARTED]);
  const said = await runProgram(run.command, { env: run.environment });
  return [
    said.status === 0 ? "an enforcing session has started" : "",
    existsSync(STARTED) ? "the command was started" : "",
    /preempts its own code/.test(said.stderr) ? "" : `it does not say why: ${said.stderr.trim().slice(-200)}`,
    leftovers(),
  ];
}

async function audited(): Promise<readonly string[]> {
  const run = runCommand({ name: "preempting-audit", policy: BASE, mode: "audit", user: "runner" }, ["true"]);
  const said = await runProgram(run.command, { env: run.environment });
  const { classes } = readReport(run.report).posture;
  const absent = classes.filter(({ state }) => state === "absent").map((one) => one.class);
  return [
    said.status === 0 ? "" : `the audit ended with ${ending(said)}`,
    absent.includes("read") && absent.includes("guard") ? "" : `absent in the audit: ${absent.join(", ") || "nothing"}`,
    absent.includes("network") ? "the network is absent in the audit" : "",
    leftovers(),
  ];
}

async function network(): Promise<readonly string[]> {
  return inSession(
    "preempting-network",
    async ({ batch }) => {
      const { result } = await batch.act("connect", CONNECT);
      return [result === "EPERM" ? "" : `the denied connection was answered with ${result}`];
    },
    { policy: NETWORK },
  );
}

export const preempting: LifecycleScenario = {
  id: "run/preempting-kernel",
  smoke: true,
  run: async () => {
    if (!leavesOut()) {
      const note = "this kernel, as it was booted, leaves no program out";
      return { control: "-", verdict: "none", expected: "-", ok: true, absent: true, note };
    }
    const control = await connectedOutside();
    return finding(control, "network only", [...(await enforced()), ...(await audited()), ...(await network())]);
  },
};
