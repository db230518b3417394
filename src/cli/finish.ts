/** The end of `warden run`: reports, and the exit status. */
import { messageOf } from "../common/errors.ts";
import { failsForViolations, judge } from "../report/judgement.ts";
import type { Report } from "../report/report.ts";
import { renderTerminal } from "../report/terminal.ts";
import { agentEnded, removeTraces } from "../session/clean.ts";
import { asUser } from "../session/identity.ts";
import { PATIENCE } from "../session/patience.ts";
import type { ReportPlace } from "../session/report-place.ts";
import { type Ending, reportsOf, type Session } from "../session/start.ts";
import { type Reports, readReports, reportIn, writeReports } from "../session/take-reports.ts";
import type { RunArguments } from "./arguments.ts";
import { say, terminalOptions } from "./console.ts";
import type { Invoker } from "./invoker.ts";

const GUARD_FAILED = 1;
const VIOLATION = 3;

/** Ends the session, keeps and shows what it reports. @returns the exit status */
export async function finishRun(
  session: Session,
  status: number,
  { failOnViolation }: RunArguments,
  { user }: Invoker,
  directory: ReportPlace | null,
): Promise<number> {
  const ending = await session.stop();
  if (ending === "gone") await agentEnded(session.place.directory, PATIENCE.agent);
  const reports = gather(session);
  const write = (to: string) => asUser(user, () => writeReports(reports, to));
  const kept = directory === null || keep(reports, directory.path, write);
  const report = reportIn(reports);
  const whole = show(report);
  const ended = await end(session, ending);
  if (!whole || !ended || !kept || typeof report === "string") return GUARD_FAILED;
  return failOnViolation && failsForViolations(report) ? VIOLATION : status;
}

/** @returns whether the guard did its work to the end, and nothing is left */
async function end(session: Session, ending: Ending): Promise<boolean> {
  const { place, monitor } = session;
  if (ending !== "reported") for (const line of monitor.complaints()) process.stderr.write(`${line}\n`);
  if (ending === "reported") return await session.release();
  if (ending === "unreported") {
    say("the agent did not write its reports");
    await session.release();
    return false;
  }
  if (ending === "late") {
    const seconds = PATIENCE.stop / 1000;
    say(
      `the monitor lives, but did not end the session within ${seconds} s: it is ended, and what it did not report is lost`,
    );
  }
  monitor.kill();
  const { how } = await monitor.ended;
  if (ending === "gone") say(`the monitor ${how}; the kernel went on refusing until the command ended`);
  // Nobody else takes away what it left.
  monitor.line.hangUp();
  for (const fault of removeTraces(place.id, [place.cgroup])) say(`cannot clean up: ${fault}`);
  return false;
}

/** What there is of the reports: nothing, where they are not what the agent should have made. */
function gather({ place }: Session): Reports {
  try {
    return readReports(reportsOf(place));
  } catch (error) {
    say(`cannot read the reports: ${messageOf(error)}`);
    return new Map();
  }
}

/** @returns whether the reports are where they were asked for */
function keep(reports: Reports, directory: string, write: (to: string) => void): boolean {
  try {
    write(directory);
    return true;
  } catch (error) {
    say(`cannot write the reports (${[...reports.keys()].join(", ")}) to ${directory}: ${messageOf(error)}`);
    return false;
  }
}

/** The summary on the terminal. @returns whether the guard was what the policy needs, to the end */
function show(report: Report | string): boolean {
  if (typeof report === "string") {
    say(`there is no report, what was refused is not known: ${report}`);
    return false;
  }
  process.stderr.write(`\n${renderTerminal(report, terminalOptions())}`);
  return report.mode === "audit" || judge(report).tone !== "degraded";
}
