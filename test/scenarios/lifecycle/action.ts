/** The action in a job, from its first step to its post: the real bundles, started by the test runner. */
import { existsSync, lstatSync } from "node:fs";
import path from "node:path";
import { parseReport } from "../../../src/report/parse.ts";
import type { Report } from "../../../src/report/report.ts";
import { readText } from "../../../src/session/read-text.ts";
import { REPORT_FILES } from "../../../src/session/take-reports.ts";
import { runProgram } from "../program.ts";
import type { Finding, LifecycleScenario } from "../scenario.ts";
import { leftovers } from "../session-state.ts";
import { type Ran, WORKER_LOST } from "./action/job.ts";
import * as jobs from "./action/jobs.ts";
import { treeOf } from "./action/places.ts";
import { DENIED } from "./action/steps.ts";
import { finding, soon } from "./session.ts";

/** A monitor that ends a job by itself waits for its agent, and for the kernel to let go of the cgroup. */
const END_LIMIT_MS = 240_000;

const reportOf = (job: string): Report => parseReport(readText(path.join(treeOf(job).reports, "report.json")));

/** What is wrong with the files that the monitor delivers. */
function deliveryFaults(job: string): readonly string[] {
  return REPORT_FILES.flatMap((name) => {
    const file = path.join(treeOf(job).reports, name);
    if (!existsSync(file)) return [`no ${name}`];
    const { uid, mode } = lstatSync(file);
    return uid === 0 && (mode & 0o777) === 0o644
      ? []
      : [`${name} is of user ${uid}, mode ${(mode & 0o777).toString(8)}`];
  });
}

const isNot = (what: string, found: unknown, wanted: unknown): string =>
  found === wanted ? "" : `${what} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`;

function refused(ran: Ran, ...names: readonly string[]): readonly string[] {
  return names.map((name) => isNot(name, ran.record.get(name), "EPERM"));
}

/** The control's: `ok` when all of these acts worked without the action. */
async function worked(...names: readonly string[]): Promise<string> {
  const { record, tail } = (await jobs.unguarded()).ran;
  const faults = names.map((name) => isNot(name, record.get(name), "ok")).filter((fault) => fault !== "");
  return faults.length === 0 ? "ok" : `${faults.join("; ")}: ${tail}`;
}

/** Waits until nothing of the session is left, and tells what is after all that time. */
async function cleared(): Promise<string> {
  await soon(END_LIMIT_MS, () => leftovers() === "");
  return leftovers();
}

const hasViolation = (report: Report, kind: string, hook: string, verdict = "deny"): string =>
  report.violations.some(({ event }) => event.kind === kind && event.hook === hook && event.verdict === verdict)
    ? ""
    : `the report has no ${verdict} of ${kind}/${hook}`;

const messages = (ran: Ran, id: string, stage?: "main" | "post") =>
  ran.step(id, stage).annotations.map((one) => `${one.level}: ${one.message}`);

const says = (texts: readonly string[], wanted: RegExp): string =>
  texts.some((text) => wanted.test(text)) ? "" : `no annotation says ${wanted}: ${texts.join(" | ").slice(0, 300)}`;

type Judged = Omit<Finding, "id">;

async function honest(): Promise<Judged> {
  const control = await worked("honest");
  const ran = await jobs.clean();
  const report = reportOf("clean");
  return finding(control, "success, reported", [
    isNot("the status", ran.status, 0),
    isNot("honest", ran.record.get("honest"), "ok"),
    isNot("the outcome of the post", ran.step("warden", "post").conclusion, "success"),
    isNot("report-dir", ran.step("warden").outputs["report-dir"], treeOf("clean").reports),
    isNot("the mode", report.mode, "enforce"),
    ...report.tampering,
    ...report.violations.map(({ act }) => `violation: ${act}`),
    ...deliveryFaults("clean"),
    leftovers(),
    ran.status === 0 ? "" : ran.tail,
  ]);
}

async function workflowEnv(): Promise<Judged> {
  // The post of a job in which a step brought such a variable does not run: so these were looked at.
  const killed = (await jobs.preloaded()).ran.step("warden", "post").conclusion;
  const ran = await jobs.clean();
  return finding(killed === "failure" ? "ok" : killed, "post runs", [
    isNot("the outcome of the post", ran.step("warden", "post").conclusion, "success"),
    ...reportOf("clean").tampering,
  ]);
}

async function workflowCode(): Promise<Judged> {
  const good = (await jobs.clean()).step("warden").conclusion;
  const ran = await jobs.workflowCode();
  return finding(good === "success" ? "ok" : good, "main fails", [
    isNot("the outcome of main", ran.step("warden").conclusion, "failure"),
    says(messages(ran, "warden"), /NODE_COMPILE_CACHE of the workflow names files of code/),
    isNot("the status", ran.status, 1),
    leftovers(),
  ]);
}

async function refusal(): Promise<Judged> {
  const control = await worked("denied");
  const ran = await jobs.refusal();
  const post = ran.step("warden", "post");
  return finding(control, "deny, job fails", [
    ...refused(ran, "denied"),
    isNot("the outcome of the step", ran.step("denied").conclusion, "success"),
    isNot("the outcome of the post", post.conclusion, "failure"),
    isNot("the status", ran.status, 1),
    says(messages(ran, "warden", "post"), /^error: Warden: 1 act refused$/),
    post.annotations.some(({ message }) => message.includes(DENIED)) ? "" : "no annotation names the file",
    post.summaries.some((text) => text.includes(DENIED)) ? "" : "the step summary does not name the file",
    ...deliveryFaults("refusal"),
    hasViolation(reportOf("refusal"), "file", "open"),
    leftovers(),
  ]);
}

async function audit(): Promise<Judged> {
  const control = await worked("denied");
  const ran = await jobs.audit();
  return finding(control, "would-deny, job succeeds", [
    isNot("denied", ran.record.get("denied"), "ok"),
    isNot("the status", ran.status, 0),
    hasViolation(reportOf("audit"), "file", "open", "would-deny"),
    ...deliveryFaults("audit"),
    leftovers(),
  ]);
}

const codes = {
  preload: { unguarded: jobs.unguarded, guarded: jobs.preloaded },
  library: { unguarded: jobs.unguarded, guarded: jobs.linked },
  audited: jobs.audited,
  configured: jobs.configured,
} as const;

async function codeInPost(name: keyof typeof codes): Promise<Judged> {
  const library = name === "library" ? "library" : "preload";
  const control = (await codes[name].unguarded()).codeRan[library] ? "ok" : "the code did not run";
  const { ran, codeRan } = await codes[name].guarded();
  const left = await cleared();
  const report = reportOf(`code-${name}`);
  return finding(control, "post fails, code did not run", [
    codeRan[library] ? "the code ran in the post" : "",
    isNot("the outcome of the post", ran.step("warden", "post").conclusion, "failure"),
    isNot("the status", ran.status, 1),
    report.tampering.length > 0 ? "" : "the report tells of no tampering",
    name === "library" ? hasViolation(report, "file", "mmap") : hasViolation(report, "guard", "post"),
    ...deliveryFaults(`code-${name}`),
    left,
  ]);
}

async function traced(): Promise<Judged> {
  const acts = ["post-attach", "post-memory", "post-stop", "post-kill"];
  const control = await worked(...acts);
  const ran = await jobs.reaching();
  const report = reportOf("reaching");
  return finding(control, "deny, post succeeds", [
    ...refused(ran, ...acts),
    isNot("the outcome of the post", ran.step("warden", "post").conclusion, "success"),
    ...report.tampering,
    hasViolation(report, "guard", "ptrace"),
    leftovers(),
  ]);
}

async function workerSignal(): Promise<Judged> {
  const { status, record } = await jobs.unguardedKill();
  const kill = status === WORKER_LOST ? "ok" : `status ${status}, ${record.get("worker-kill")}`;
  const stop = await worked("worker-stop");
  const ran = await jobs.reaching();
  return finding(kill === "ok" ? stop : kill, "deny", [
    ...refused(ran, "worker-stop", "worker-kill"),
    isNot("the status", ran.status, 0),
    hasViolation(reportOf("reaching"), "guard", "signal"),
  ]);
}

async function reportDirectory(): Promise<Judged> {
  const acts = ["report-create", "report-link", "report-mkdir", "report-chmod", "report-rename", "report-beside"];
  const control = await worked(...acts);
  const ran = await jobs.reaching();
  return finding(control, "deny", [...refused(ran, ...acts), ...deliveryFaults("reaching")]);
}

async function agentKilled(): Promise<Judged> {
  const control = await worked("denied");
  const ran = await jobs.reaching();
  const report = reportOf("reaching");
  const reads = report.violations.filter(({ event }) => event.kind === "file" && event.hook === "open");
  return finding(control, "deny, reported", [
    ...refused(ran, "before", "after"),
    isNot("the status", ran.status, 0),
    report.gaps.some((gap) => gap.reason === "agent") ? "" : "the report has no gap",
    isNot(
      "refused reads in the report",
      reads.reduce((sum, { count }) => sum + count, 0),
      2,
    ),
    leftovers(),
  ]);
}

async function workerKilled(): Promise<Judged> {
  const { status } = await jobs.unguardedKill();
  const { ran, alive } = await jobs.workerKilled();
  const left = await cleared();
  const report = reportOf("worker-killed");
  return finding(status === WORKER_LOST ? "ok" : `status ${status}`, "ended, reported", [
    isNot("the status", ran.status, WORKER_LOST),
    alive.length === 0 ? "" : `outlived: ${alive.join(", ")}`,
    report.tampering.some((text) => /post never ended the session/.test(text))
      ? ""
      : "the report tells of no tampering",
    report.warnings.some((text) => /outlived the job/.test(text)) ? "" : "the report does not tell what outlived",
    ...deliveryFaults("worker-killed"),
    left,
  ]);
}

async function monitorKilled(): Promise<Judged> {
  const control = await worked("denied");
  const ran = await jobs.monitorKilled();
  const before = leftovers();
  const cleaned = await runProgram(["warden", "clean"]);
  return finding(control, "deny, job fails", [
    ...refused(ran, "before", "after"),
    isNot("the outcome of the post", ran.step("warden", "post").conclusion, "failure"),
    says(messages(ran, "warden", "post"), /^error: Warden: .*the monitor is gone/),
    ran.step("warden", "post").summaries.some((text) => text.includes(DENIED))
      ? ""
      : "the step summary does not tell what the agent had written down",
    before === "" ? "nothing was left to refuse" : "",
    cleaned.status === 0
      ? ""
      : `warden clean ended with status ${cleaned.status}: ${cleaned.stderr.trim().slice(-200)}`,
    leftovers(),
  ]);
}

async function badPolicy(): Promise<Judged> {
  const good = (await jobs.clean()).step("warden").conclusion;
  const ran = await jobs.badPolicy();
  return finding(good === "success" ? "ok" : good, "main fails", [
    isNot("the outcome of main", ran.step("warden").conclusion, "failure"),
    says(messages(ran, "warden"), /inputs\.policy:3:\d+/),
    isNot("the later step", ran.record.get("later"), "ok"),
    isNot("the status", ran.status, 1),
    existsSync(treeOf("bad-policy").reports) ? "a report directory is left" : "",
    leftovers(),
  ]);
}

/** In this order: a job's traces are looked for before the next one is run. */
export const action: readonly LifecycleScenario[] = [
  { id: "action/clean", smoke: true, run: honest },
  { id: "action/refusal", run: refusal },
  { id: "action/audit", run: audit },
  { id: "action/post-preload", smoke: true, run: () => codeInPost("preload") },
  { id: "action/post-workflow-env", run: workflowEnv },
  { id: "action/post-workflow-code", run: workflowCode },
  { id: "action/post-library-path", run: () => codeInPost("library") },
  { id: "action/post-audit", run: () => codeInPost("audited") },
  { id: "action/post-openssl", run: () => codeInPost("configured") },
  { id: "action/post-traced", run: traced },
  { id: "action/worker-signal", run: workerSignal },
  { id: "action/report-dir-in-session", run: reportDirectory },
  { id: "action/agent-killed", run: agentKilled },
  { id: "action/worker-killed", run: workerKilled },
  { id: "action/monitor-killed", run: monitorKilled },
  { id: "action/bad-policy", run: badPolicy },
];
