/** What fails, and what the guard does then: DESIGN's failure contract, with real signals from outside the session. */
import { existsSync } from "node:fs";
import { readJournal, readReport } from "../journal.ts";
import { READ } from "../places.ts";
import { runProgram } from "../program.ts";
import type { ActResult, LifecycleScenario } from "../scenario.ts";
import { guardPid, leftovers } from "../session-state.ts";
import { finding, type Guarded, inSession, pause, refusedWithoutGuard, soon } from "./session.ts";

const BACK_WITHIN_MS = 5000;
/** More events than any ring buffer of the guard holds. */
const FLOOD = 30_000;

function newPid(which: "monitor" | "agent", old: number): boolean {
  try {
    const pid = guardPid(which);
    return pid !== old && existsSync(`/proc/${pid}`);
  } catch {
    // The file is being written anew.
    return false;
  }
}

function allRefused(acts: readonly ActResult[]): string {
  const through = acts.filter((act) => act.result !== "EPERM");
  return through.length === 0 ? "" : `${through.length} of ${acts.length} acts not refused (${through[0]?.result})`;
}

function allWritten(report: string, acts: readonly ActResult[]): string {
  const pids = new Set(
    readJournal(report).flatMap((line) => (line.kind === "file" && line.verdict === "deny" ? [line.process.pid] : [])),
  );
  const missed = acts.filter((act) => !act.pids.some((pid) => pids.has(pid)));
  return missed.length === 0 ? "" : `${missed.length} of ${acts.length} refusals are not in the journal`;
}

async function killAgent(session: Guarded): Promise<readonly string[]> {
  const acts = [await session.refuse()];
  const old = guardPid("agent");
  process.kill(old, "SIGKILL");
  const back = soon(BACK_WITHIN_MS + 3000, () => newPid("agent", old));
  for (let i = 0; i < 20; i++) acts.push(await session.refuse());
  const after = await back;
  for (let i = 0; i < 5; i++) acts.push(await session.refuse());
  const { status } = await session.batch.end();
  const report = readReport(session.report);
  return [
    after === null || after > BACK_WITHIN_MS ? `the agent was back after ${after} ms` : "",
    allRefused(acts),
    allWritten(session.report, acts),
    report.gaps.some((gap) => gap.reason === "agent") ? "" : "no gap in the report",
    report.counts.denied === acts.length ? "" : `${report.counts.denied} refusals counted, ${acts.length} done`,
    status === 0 ? "" : `status ${status}`,
    leftovers(),
  ];
}

async function killMonitor(session: Guarded): Promise<readonly string[]> {
  const acts = [await session.refuse()];
  process.kill(guardPid("monitor"), "SIGKILL");
  for (let i = 0; i < 5; i++) acts.push(await session.refuse());
  await pause(1500);
  acts.push(await session.refuse());
  const end = await session.batch.end();
  const cleaned = await runProgram(["warden", "clean"]);
  return [
    allRefused(acts),
    end.status === 1 ? "" : `warden run ended with ${end.signal ?? `status ${end.status}`}, not 1`,
    cleaned.status === 0
      ? ""
      : `warden clean ended with status ${cleaned.status}: ${cleaned.stderr.trim().slice(-200)}`,
    leftovers(),
  ];
}

async function flooded(session: Guarded, which: "monitor" | "agent"): Promise<readonly string[]> {
  const pid = guardPid(which);
  process.kill(pid, "SIGSTOP");
  const flood = await session.batch
    .act("flood", ["flood", String(FLOOD), `${READ}/exact/key`])
    .finally(() => process.kill(pid, "SIGCONT"));
  const { status, stderr } = await session.batch.end();
  if (status !== 0) return [`status ${status}: ${stderr.trim().slice(-300)}`];
  const { counts } = readReport(session.report);
  const written = readJournal(session.report).filter((line) => line.kind === "file" && line.verdict === "deny").length;
  return [
    flood.result === "EPERM" ? "" : `the flood was answered with ${flood.result} (${flood.note})`,
    counts.denied === FLOOD ? "" : `${counts.denied} refusals counted, ${FLOOD} done`,
    counts.emitted + counts.lost === counts.total
      ? ""
      : `emitted ${counts.emitted} + lost ${counts.lost} is not total ${counts.total}`,
    written + counts.lost >= FLOOD
      ? ""
      : `${written} refusals written and ${counts.lost} events lost do not make ${FLOOD}`,
    leftovers(),
  ];
}

/** The control of each is the refused act without a guard. */
function scenario(name: string, act: (session: Guarded) => Promise<readonly string[]>): LifecycleScenario {
  return {
    id: `failure/${name}`,
    run: async () => finding(await refusedWithoutGuard(), "deny", await inSession(name, act)),
  };
}

export const failure: readonly LifecycleScenario[] = [
  { ...scenario("agent-killed", killAgent), smoke: true },
  scenario("monitor-killed", killMonitor),
  scenario("agent-stopped-under-flood", (session) => flooded(session, "agent")),
  scenario("monitor-stopped-under-flood", (session) => flooded(session, "monitor")),
];
