/** The action's `post`, the job's last: ends the session and tells what happened. */
import { appendFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import path from "node:path";
import * as core from "@actions/core";
import { codeOf } from "../common/errors.ts";
import { annotations, MAX_ANNOTATIONS, renderAnnotation } from "../report/annotations.ts";
import { parseReport } from "../report/parse.ts";
import type { Report } from "../report/report.ts";
import { renderTerminal } from "../report/terminal.ts";
import { agentEnded } from "../session/clean.ts";
import { makeDirectories } from "../session/directories.ts";
import { Line } from "../session/line.ts";
import { type Ending, endingOf, reportsOf } from "../session/start.ts";
import { type Reports, readReports, writeReports, writeWhole } from "../session/take-reports.ts";
import { conclude } from "./judgement.ts";
import { explain, logLines } from "./log.ts";
import { type ActionState, parseState, STATE } from "./state.ts";

/** The monitor gives draining and reporting 20 s each. */
const STOP_TIMEOUT = 60_000;
const RELEASE_TIMEOUT = 15_000;
/** For an agent without its monitor to write what it knows. */
const AGENT_TIMEOUT = 15_000;
const LOG_WIDTH = 140;

async function main(): Promise<void> {
  const state = parseState(core.getState(STATE));
  if (state === null) {
    logLines(["Warden did not guard this job: its main step did not get so far"]);
    return;
  }
  const line = await connectTo(path.join(state.directory, "control.sock"));
  const ending = line === null ? "gone" : await stop(line);
  if (ending === "gone") await agentEnded(state.directory, AGENT_TIMEOUT);
  const reports = readReports(reportsOf(state));
  const report = reportIn(reports);
  keep(reports, state);
  if (line !== null) await release(line);
  tell(state, ending, report, reports);
}

/** @returns null when nobody listens */
function connectTo(socket: string): Promise<Line | null> {
  return new Promise((resolve, reject) => {
    const connection: Socket = connect(socket);
    connection.once("connect", () => resolve(new Line(connection)));
    connection.once("error", (error) => {
      if (["ECONNREFUSED", "ENOENT", "EPERM"].includes(codeOf(error) ?? "")) resolve(null);
      else reject(error);
    });
  });
}

async function stop(line: Line): Promise<Ending> {
  line.stop();
  return endingOf(await line.next(STOP_TIMEOUT));
}

/** Waits until the monitor has removed everything: the runner ends the job right after us. */
async function release(line: Line): Promise<void> {
  line.release();
  await line.next(RELEASE_TIMEOUT);
  line.hangUp();
}

function reportIn(reports: Reports): Report | null {
  const bytes = reports.get("report.json");
  return bytes === undefined ? null : parseReport(bytes.toString());
}

/** Everything is detached by now: these are written with the rights of any step. */
function keep(reports: Reports, { reportDirectory, sarifFile }: ActionState): void {
  writeReports(reports, reportDirectory);
  const sarif = reports.get("warden.sarif");
  if (sarifFile === null || sarif === undefined) return;
  makeDirectories(path.dirname(sarifFile));
  writeWhole(sarifFile, sarif);
}

function tell(state: ActionState, ending: Ending, report: Report | null, reports: Reports): void {
  const { failures, warnings, violations } = conclude(state, ending, report);
  const summary = reports.get("summary.md");
  if (state.summary && summary !== undefined) appendSummary(summary);
  if (report !== null) {
    process.stdout.write(renderTerminal(report, { width: LOG_WIDTH, colour: true }));
    // The failure below is an annotation too.
    const shown = state.annotations ? annotations(report, MAX_ANNOTATIONS - failures.length - warnings.length) : [];
    for (const annotation of shown) process.stdout.write(`${renderAnnotation(annotation)}\n`);
  }
  logLines([`Reports: ${state.reportDirectory}`]);
  core.setOutput("violations", violations);
  core.setOutput("report-dir", state.reportDirectory);
  core.setOutput("sarif-file", state.sarifFile ?? path.join(state.reportDirectory, "warden.sarif"));
  core.setOutput("posture", JSON.stringify(statesOf(report)));
  for (const warning of warnings) core.warning(`Warden: ${warning}`);
  for (const failure of failures) core.setFailed(`Warden: ${failure}`);
}

function appendSummary(summary: Buffer): void {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file) appendFileSync(file, summary);
}

/** Class of hooks to what it was at the end. */
function statesOf(report: Report | null): Readonly<Record<string, string>> {
  const posture = report?.postureAtEnd ?? report?.posture;
  return Object.fromEntries((posture?.classes ?? []).map((one) => [one.class, one.state]));
}

try {
  await main();
} catch (error) {
  explain(error);
}
