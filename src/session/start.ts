/** One guarded run, from a spec to a running session. Needs root. */
import { chmodSync, chownSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { codeOf } from "../common/errors.ts";
import { JsonError } from "../common/json.ts";
import { cgroupOf, moveToRoot } from "./cgroup.ts";
import { cleanDead, cleanOne } from "./clean.ts";
import { GuardFailure } from "./failure.ts";
import { install } from "./install.ts";
import type { Word } from "./line.ts";
import { type Job, type Monitor, type MonitorEnd, startMonitor } from "./monitor.ts";
import { PATIENCE } from "./patience.ts";
import { AGENT_ID, makePlace, type Place, removeBase } from "./place.ts";
import { type SessionSpec, SPEC_VERSION } from "./spec.ts";
import { parseStatus, type SessionStatus } from "./status.ts";
import { VERSION } from "./version.ts";

/** What the caller knows of a session; the rest is the same for all. */
export type Request = Omit<SessionSpec, "v" | "id" | "version" | "started">;

/**
 * `unreported`: the agent did not write its reports. `late`: the monitor lives, and did not answer in time. `gone`: it is
 * dead.
 */
export type Ending = "reported" | "unreported" | "late" | "gone";

/** What a caller may want of a start besides its result. */
export interface StartOptions {
  /** The session's directories are made; nothing else is yet. */
  readonly onPlace?: (place: Place) => void;
  /** Whoever wanted the session is gone: a start that is under way ends. */
  readonly abandoned?: AbortSignal;
}

/** A session whose policy is in force and proved. */
export interface Session {
  readonly place: Place;
  readonly status: SessionStatus;
  readonly monitor: Monitor;
  /** What was found and done before the start, e.g. about what dead sessions left; for people. */
  readonly notes: readonly string[];
  /**
   * Ends it: what outlived the command is ended, the reports are written, the programs are detached. The reports are in
   * `reportsOf(place)`, as far as there are any.
   */
  stop(): Promise<Ending>;
  /** Lets the monitor remove the session's directory, and waits for its end. After `stop`. */
  release(): Promise<boolean>;
}

/** Why the guard is not up, when it was the agent that decided so: its own account. */
export class StartRefused extends GuardFailure {
  readonly status: SessionStatus;

  constructor(status: SessionStatus) {
    super(status.errors.join("\n") || "the agent refused to start the session and did not say why");
    this.status = status;
  }
}

/** The monitor did not come to a proof; what it and the agent complained about is the message. */
export class NotStarted extends GuardFailure {
  constructor(reasons: readonly string[]) {
    super(["the guard could not be started", ...reasons].join("\n"), "`warden doctor` tells what this machine can do.");
  }
}

/**
 * Starts a session and waits until its policy is proved.
 * @param job who is guarded; null when the caller puts processes into the cgroup itself (`warden run`)
 * @throws GuardFailure, and then nothing is left
 */
export async function startSession(request: Request, job: Job | null, options: StartOptions = {}): Promise<Session> {
  const notes = cleanDead().map((finding) => finding.text);
  const place = makePlace(job?.worker ?? "self");
  let monitor: Monitor;
  try {
    options.onPlace?.(place);
    const installed = install(path.join(place.directory, "bin"));
    writeSpec(place, request);
    monitor = startMonitor(place, installed, job);
    // In a unit of its own (the action sees to that where it can) it is out of the job's cgroup already.
    if (job !== null && monitor.pid !== null && cgroupOf("self") === place.origin)
      moveToRoot(monitor.pid, place.origin);
  } catch (error) {
    removePlace(place);
    throw error;
  }
  // It ends when it is left before the session has begun.
  if (options.abandoned?.aborted) monitor.line.hangUp();
  options.abandoned?.addEventListener("abort", () => monitor.line.hangUp());
  const status = await untilProved(place, monitor, job);
  return {
    place,
    status,
    monitor,
    notes,
    stop: async () => {
      monitor.line.stop();
      return endingOf(await monitor.line.next(PATIENCE.stop));
    },
    release: async () => {
      monitor.line.release();
      const end = await within(PATIENCE.release, monitor.ended);
      removeBase(place.base);
      return end?.status === 0;
    },
  };
}

/** What the monitor's answer to STOP, or its silence, means. */
export function endingOf(word: Word): Ending {
  if ("gone" in word) return "gone";
  if ("late" in word) return "late";
  return word.said ? "reported" : "unreported";
}

/** Where the agent writes the reports of a session. */
export function reportsOf(place: Pick<Place, "directory">): string {
  return path.join(place.directory, "report");
}

/** The agent's account of its start, or null while there is none. @throws JsonError */
function statusOf(directory: string): SessionStatus | null {
  try {
    return parseStatus(readFileSync(path.join(directory, "journal/status.json"), "utf8"));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

async function untilProved(place: Place, monitor: Monitor, job: Job | null): Promise<SessionStatus> {
  const word = await monitor.line.next(PATIENCE.start);
  const { status, fault } = accountIn(place.directory);
  if ("said" in word && word.said && status !== null) return status;
  // Read before the monitor is let go: it takes its directory with it.
  const reasons = [...monitor.complaints(), ...(fault === null ? [] : [fault])];
  monitor.line.hangUp();
  const end = await endOf(monitor);
  if ("late" in word) reasons.push(`the monitor said nothing for ${word.late} s, and was ended`);
  // A monitor that is not well says nothing before it goes; how it went is all there is to tell.
  else if ("gone" in word || reasons.length === 0) reasons.push(`the monitor ${end.how}`);
  // Nobody but canaries can be in there; but a job may have been moved in just before, and is not ours to end.
  const left = cleanOne(place.id, [place.cgroup], job === null);
  if (!left.cleaned) reasons.push(left.text);
  if (status !== null && !status.ok) throw new StartRefused(status);
  throw new NotStarted(reasons);
}

/** It hangs up when it is done with its clean-up; one that does not is ended. */
async function endOf(monitor: Monitor): Promise<MonitorEnd> {
  const end = await within(PATIENCE.release, monitor.ended);
  if (end !== null) return end;
  monitor.kill();
  return monitor.ended;
}

/** What the agent wrote of its start, as far as it can be read. */
function accountIn(directory: string): { readonly status: SessionStatus | null; readonly fault: string | null } {
  try {
    return { status: statusOf(directory), fault: null };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return { status: null, fault: error.message };
  }
}

function writeSpec(place: Place, request: Request): void {
  const spec: SessionSpec = {
    v: SPEC_VERSION,
    id: place.id,
    version: VERSION,
    started: new Date().toISOString(),
    ...request,
  };
  const file = path.join(place.directory, "spec.json");
  writeFileSync(file, `${JSON.stringify(spec)}\n`, { mode: 0o600, flag: "wx" });
  chownSync(file, 0, AGENT_ID);
  chmodSync(file, 0o640);
}

function removePlace(place: Place): void {
  rmSync(place.directory, { recursive: true, force: true });
  removeBase(place.base);
}

/** The promise's value, or null after so many milliseconds. */
function within<Value>(milliseconds: number, promise: Promise<Value>): Promise<Value | null> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, milliseconds, null);
    promise.then((value) => {
      clearTimeout(late);
      resolve(value);
    });
  });
}
