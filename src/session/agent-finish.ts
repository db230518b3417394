/** How a session ends for the agent: the monitor says so, or is dead. */
import type { Journal } from "../events/journal.ts";
import type { AgentFiles } from "./agent-files.ts";
import { type Finish, LinkError, type MonitorLink } from "./agent-link.ts";
import type { Recorder } from "./agent-record.ts";
import { writeReports } from "./agent-report.ts";
import type { Guarded } from "./agent-start.ts";
import type { SessionSpec } from "./spec.ts";

export interface RunningSession {
  readonly spec: SessionSpec;
  readonly files: AgentFiles;
  readonly link: MonitorLink;
  readonly guarded: Guarded;
  readonly journal: Journal;
  readonly recorder: Recorder;
}

/** Waits for the end, and writes the reports as well as they can be. */
export async function finishSession(session: RunningSession): Promise<void> {
  const { link, guarded, journal } = session;
  const finish = await endOf(link);
  guarded.egress.stop();
  if (finish === null) {
    const time = new Date().toISOString();
    guarded.warnings.push(`the monitor died; the kernel goes on refusing; counts after ${time} are unknown`);
  } else {
    noteGaps(finish, session);
  }
  guarded.warnings.push(...guarded.egress.unresolved().filter((text) => !guarded.warnings.includes(text)));
  const ok = tryWrite(session, finish);
  if (finish !== null) link.reported(ok);
  journal.close();
  await link.leave();
}

async function endOf(link: MonitorLink): Promise<Finish | null> {
  try {
    return await link.finished;
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    console.error(error.message);
    return null;
  }
}

/** What the kernel counted and the journal lacks, as records and as sentences. */
function noteGaps({ counts, outlived }: Finish, { guarded, journal, recorder }: RunningSession): void {
  const { warnings } = guarded;
  recorder.noteLost(counts.lost);
  // FINISH comes when all that was emitted was acknowledged: what is missing now was lost here
  const missing = counts.emitted - recorder.last + journal.failed;
  if (missing > 0)
    warnings.push(`${missing} events were emitted and are not in the journal; they were enforced all the same`);
  if (journal.failure !== null) warnings.push(`the journal could not be written: ${journal.failure}`);
  if (recorder.unreadReason !== null)
    warnings.push(`${recorder.unread} events could not be understood: ${recorder.unreadReason}`);
  if (outlived > 0) warnings.push(`${outlived} processes outlived the job and were ended`);
}

/** False when the reports could not be written; the log of the agent says why. */
function tryWrite({ spec, files, guarded, recorder }: RunningSession, finish: Finish | null): boolean {
  try {
    const { findings, last, lostNoted } = recorder;
    writeReports({ spec, files, guarded, findings, finish, known: { emitted: last, lost: lostNoted } });
    return true;
  } catch (error) {
    console.error(error);
    return false;
  }
}
