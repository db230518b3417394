/** Much of everything: rules, files, processes, events. Each refusal holds, each is counted, and memory has a bound. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { unguarded } from "../batch.ts";
import { readJournal, readReport } from "../journal.ts";
import { ACTS, AT, LOAD, READ } from "../places.ts";
import { runProgram } from "../program.ts";
import type { ActResult, LifecycleScenario } from "../scenario.ts";
import { guardPid, leftovers } from "../session-state.ts";
import { absentFiles, loadPolicy, RULES, sampledActs } from "./load-policy.ts";
import { finding, type Guarded, inSession, refusedWithoutGuard } from "./session.ts";

/** Memory of monitor and agent together at its highest, the start included, MB: with a policy of common size, and with 100,000 rules. */
const MOST_MB = 96;
const MOST_MB_WITH_RULES = 280;

const LEAVES = { directory: `${LOAD}/leaves`, count: 10_000, each: 500 };
const CROWD = 1000;
const FLOOD = { processes: 16, opens: 6000 };
/** Acts that differ, each from the other: several times what a report lists. */
const DIFFERENT = 40_000;

/** What the acts here are refused; the rest of a journal is about the session itself. */
const REFUSED_ACTS: ReadonlySet<string> = new Set(["file", "network"]);

const LEAVES_POLICY = `version = 1
[files.read]
deny = ["${LEAVES.directory}/**"]
`;

/** The highest resident memory so far, MB. */
function peak(which: "monitor" | "agent"): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${guardPid(which)}/status`, "utf8"))?.[1];
  return Math.round(Number(kilobytes) / 1000);
}

/** Files of a directory, once: the machine lasts for one suite. */
async function makeFiles({ directory, count, each }: typeof LEAVES): Promise<void> {
  mkdirSync(LOAD, { recursive: true });
  if (existsSync(directory)) return;
  const made = await runProgram([ACTS, "make-leaves", directory, String(count), String(each)]);
  if (made.status !== 0) throw new Error(`make-leaves: ${made.stdout}${made.stderr}`);
}

async function withoutGuard(words: readonly string[]): Promise<string> {
  const batch = unguarded("runner");
  const { result, note } = await batch.act("control", words);
  await batch.end();
  return result === "trouble" ? note : result;
}

/** What the end of the session must say when so many opens were refused; and its memory, looked at before. */
async function account(session: Guarded, denied: number, most: number): Promise<{ faults: string[]; figures: string }> {
  const memory = { monitor: peak("monitor"), agent: peak("agent") };
  const { status, stderr } = await session.batch.end();
  if (status !== 0) return { faults: [`status ${status}: ${stderr.trim().slice(-300)}`], figures: "" };
  const { counts, gaps } = readReport(session.report);
  const lines = readJournal(session.report);
  const refusals = lines.filter((line) => line.kind !== "gap" && line.verdict === "deny");
  const written = refusals.filter(({ kind }) => REFUSED_ACTS.has(kind)).length;
  const told = gaps.reduce((sum, gap) => sum + gap.lost, 0);
  const together = memory.monitor + memory.agent;
  const fault = (isOne: boolean, text: string) => (isOne ? [text] : []);
  return {
    faults: [
      ...fault(counts.denied !== denied, `${counts.denied} refusals counted, ${denied} done`),
      ...fault(
        counts.emitted + counts.lost !== counts.total,
        `emitted ${counts.emitted} + lost ${counts.lost} is not total ${counts.total}`,
      ),
      ...fault(told !== counts.lost, `${counts.lost} events lost, ${told} of them in gaps`),
      ...fault(written > denied, `${written} refusals written of ${denied}`),
      ...fault(written + counts.lost < denied, `${written} written and ${counts.lost} lost do not make ${denied}`),
      ...fault(counts.lost === 0 && written !== denied, `${written} refusals written of ${denied}, and none lost`),
      ...fault(together > most, `monitor and agent took ${together} MB, more than ${most}`),
      ...fault(leftovers() !== "", leftovers()),
    ],
    figures: `${counts.emitted} events emitted, ${counts.lost} lost; monitor ${memory.monitor} MB, agent ${memory.agent} MB`,
  };
}

function refusedFault(act: ActResult): string {
  return act.result === "EPERM" ? "" : `answered with ${act.result} (${act.note})`;
}

async function rules(): Promise<ReturnType<typeof finding>> {
  for (const files of RULES.files) await makeFiles(files);
  for (const file of absentFiles()) writeFileSync(file, "");
  const { refused, allowed } = sampledActs();
  const controls = await Promise.all([refused[0] ?? [], refused.at(-1) ?? [], allowed].map(withoutGuard));
  const control = controls.find((result) => result !== "ok") ?? "ok";
  for (const file of absentFiles()) await runProgram(["rm", file]);
  const began = performance.now();
  return inSession(
    "load-rules",
    async (session) => {
      const started = Math.round(performance.now() - began);
      const start = `monitor ${peak("monitor")} MB, agent ${peak("agent")} MB at the start`;
      for (const file of absentFiles()) writeFileSync(file, "");
      const acts: ActResult[] = [];
      for (const [index, words] of refused.entries()) acts.push(await session.batch.act(`sample-${index}`, words));
      const through = acts.filter((act) => act.result !== "EPERM");
      const pass = await session.batch.act("allowed", allowed);
      const { faults, figures } = await account(session, acts.length, MOST_MB_WITH_RULES);
      const wrong = [
        ...through.map((act) => `${act.act}: ${act.result} ${act.note}`).slice(0, 3),
        pass.result === "ok" ? "" : `the allowed file was answered with ${pass.result}`,
        ...faults,
      ];
      return finding(control, "deny", wrong, `${RULES.count} rules, started in ${started} ms; ${start}; ${figures}`);
    },
    { policy: loadPolicy() },
  );
}

async function leaves(): Promise<ReturnType<typeof finding>> {
  await makeFiles(LEAVES);
  const words = ["leaves", LEAVES.directory, String(LEAVES.count), String(LEAVES.each)];
  const control = await withoutGuard(words);
  return inSession(
    "load-leaves",
    async (session) => {
      const act = await session.batch.act("leaves", words);
      const { faults, figures } = await account(session, LEAVES.count, MOST_MB);
      return finding(control, "deny", [refusedFault(act), ...faults], `${act.note}; ${figures}`);
    },
    { policy: LEAVES_POLICY },
  );
}

/** Processes that open a refused file, all at once, so many times each. */
async function crowd(name: string, processes: number, opens: number): Promise<ReturnType<typeof finding>> {
  const words = ["crowd", String(processes), String(opens), `${READ}/exact/key`];
  const refused = await refusedWithoutGuard();
  const control =
    refused === "ok" ? await withoutGuard(["crowd", String(processes), "1", `${READ}/exact/key`]) : refused;
  return inSession(name, async (session) => {
    const act = await session.batch.act("crowd", words);
    const { faults, figures } = await account(session, processes * opens, MOST_MB);
    return finding(control, "deny", [refusedFault(act), ...faults], `${act.note}; ${figures}`);
  });
}

/** Refusals that are all different: the report lists the first ones, counts the others, and is there. */
async function differentActs(): Promise<ReturnType<typeof finding>> {
  const words = ["ports", AT.denied, String(DIFFERENT)];
  const works = await refusedWithoutGuard();
  const control = works === "ok" ? await withoutGuard(words) : works;
  return inSession("load-different-acts", async (session) => {
    const act = await session.batch.act("ports", words);
    const { faults, figures } = await account(session, DIFFERENT, MOST_MB);
    if (figures === "") return finding(control, "deny", [refusedFault(act), ...faults]);
    const { violations, omitted } = readReport(session.report);
    const written = readJournal(session.report).filter(({ kind }) => kind === "network").length;
    const left = omitted.reduce((sum, { count }) => sum + count, 0);
    const listed = violations.reduce((sum, { count }) => sum + count, 0);
    const wrong = [
      refusedFault(act),
      ...faults,
      listed + left === written ? "" : `${listed} listed and ${left} left out of ${written} in the journal`,
      left > 0 ? "" : "nothing was left out of the report",
    ];
    return finding(control, "deny", wrong, `${act.note}; ${listed} listed, ${left} counted; ${figures}`);
  });
}

export const load: readonly LifecycleScenario[] = [
  { id: "load/rules", slow: true, run: rules },
  { id: "load/leaves", run: leaves },
  { id: "load/processes", run: () => crowd("load-processes", CROWD, 1) },
  { id: "load/flood", run: () => crowd("load-flood", FLOOD.processes, FLOOD.opens) },
  { id: "load/different-acts", run: differentActs },
];
