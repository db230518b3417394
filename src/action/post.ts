/** The action's `post`, the job's last: ends the session and tells what happened. */
import { appendFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import path from "node:path";
import * as core from "@actions/core";
import { codeOf, messageOf } from "../common/errors.ts";
import { annotations, MAX_ANNOTATIONS, renderAnnotation } from "../report/annotations.ts";
import type { Report } from "../report/report.ts";
import { renderTerminal } from "../report/terminal.ts";
import { agentEnded } from "../session/clean.ts";
import { makeDirectories } from "../session/directories.ts";
import { Line } from "../session/line.ts";
import { PATIENCE } from "../session/patience.ts";
import { type Ending, endingOf, reportsOf } from "../session/start.ts";
import { type Reports, readReports, reportIn, writeReports } from "../session/take-reports.ts";
import { writeWhole } from "../session/whole-file.ts";
import { conclude } from "./judgement.ts";
import { explain, logLines } from "./log.ts";
import { setOutputs } from "./outputs.ts";
import { type ActionState, readState } from "./state.ts";
import { Tries } from "./tries.ts";

const LOG_WIDTH = 140;
const NOT_GUARDED = "Warden did not guard this job: its main step did not get so far";

async function main(): Promise<void> {
  const tries = new Tries();
  const state = tries.get("the session cannot be ended from here; it ends with the job", readState);
  if (state === undefined || state === null) {
    if (state === null) logLines([NOT_GUARDED]);
    tries.fail();
    return;
  }
  const line = await connectTo(path.join(state.directory, "control.sock"), tries);
  const ending = line === null ? "gone" : await stop(line);
  if (ending === "gone" && state.mode === null) {
    logLines([NOT_GUARDED]);
    tries.fail();
    return;
  }
  const reports = await reportsAfter(ending, state, tries);
  keep(ending, reports, state, tries);
  if (line !== null) await leave(line, ending);
  tell(state, ending, reports, tries);
  tries.fail();
}

/** @returns null when nobody listens */
function connectTo(socket: string, tries: Tries): Promise<Line | null> {
  return new Promise((resolve) => {
    const connection: Socket = connect(socket);
    connection.once("connect", () => resolve(new Line(connection)));
    connection.once("error", (error) => {
      if (!["ECONNREFUSED", "ENOENT"].includes(codeOf(error) ?? ""))
        tries.faults.push(`the monitor cannot be asked to end the session: ${messageOf(error)}`);
      resolve(null);
    });
  });
}

async function stop(line: Line): Promise<Ending> {
  line.stop();
  return endingOf(await line.next(PATIENCE.stop));
}

/** A dead monitor's programs go on refusing, which may keep what the session left from us, too. */
async function reportsAfter(ending: Ending, state: ActionState, tries: Tries): Promise<Reports> {
  try {
    if (ending === "gone") await agentEnded(state.directory, PATIENCE.agent);
    return readReports(reportsOf(state));
  } catch (error) {
    tries.faults.push(`the guard's reports cannot be read: ${messageOf(error)}`);
    return new Map();
  }
}

/** Waits until the monitor has removed everything: the runner ends the job right after us. One that is late is left to it. */
async function leave(line: Line, ending: Ending): Promise<void> {
  line.release();
  if (ending !== "late") await line.next(PATIENCE.release);
  line.hangUp();
}

/** The monitor has delivered the reports, if it lived to do so. The SARIF file is written with the rights of any step. */
function keep(ending: Ending, reports: Reports, { reportDirectory, sarifFile }: ActionState, tries: Tries): void {
  const names = [...reports.keys()].join(", ");
  if (ending !== "reported") {
    tries.get(
      `the reports (${names}) cannot be written to ${reportDirectory}; make it a directory that the job's user may write`,
      () => writeReports(reports, reportDirectory),
    );
  }
  const sarif = reports.get("warden.sarif");
  if (sarifFile === null || sarif === undefined) return;
  tries.get(`the SARIF report cannot be written to ${sarifFile}; choose another \`sarif-file\``, () => {
    makeDirectories(path.dirname(sarifFile));
    writeWhole(sarifFile, sarif);
  });
}

function tell(state: ActionState, ending: Ending, reports: Reports, tries: Tries): void {
  const report = reportIn(reports);
  const { failures, warnings, violations } = conclude(state, ending, report);
  const known = typeof report === "string" ? null : report;
  const summary = reports.get("summary.md");
  if (state.summary && summary !== undefined)
    tries.get("the step summary cannot be written", () => appendSummary(summary));
  // A failure is an annotation too.
  const told = failures.length + warnings.length + tries.faults.length;
  if (known !== null) tellReport(known, state.annotations ? MAX_ANNOTATIONS - told : 0);
  logLines([`Reports: ${state.reportDirectory}`]);
  tries.get("the outputs cannot be set", () => {
    core.setOutput("violations", violations);
    setOutputs(state, known?.postureAtEnd ?? known?.posture ?? null);
  });
  for (const warning of warnings) core.warning(`Warden: ${warning}`);
  for (const failure of failures) core.setFailed(`Warden: ${failure}`);
}

function tellReport(report: Report, room: number): void {
  process.stdout.write(renderTerminal(report, { width: LOG_WIDTH, colour: true }));
  for (const annotation of annotations(report, Math.max(0, room)))
    process.stdout.write(`${renderAnnotation(annotation)}\n`);
}

function appendSummary(summary: Buffer): void {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file) appendFileSync(file, summary);
}

try {
  await main();
} catch (error) {
  explain(error);
}
