/** One guarded run, from a spec to a running session. Needs root. */
import { chmodSync, chownSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { codeOf } from "../common/errors.ts";
import { cgroupOf, moveToRoot } from "./cgroup.ts";
import { cleanDead } from "./clean.ts";
import { GuardFailure } from "./failure.ts";
import { install } from "./install.ts";
import type { Word } from "./line.ts";
import { type Job, type Monitor, startMonitor } from "./monitor.ts";
import { AGENT_ID, makePlace, type Place, removeBase } from "./place.ts";
import { type SessionSpec, SPEC_VERSION } from "./spec.ts";
import { parseStatus, type SessionStatus } from "./status.ts";
import { VERSION } from "./version.ts";

/** What the caller knows of a session; the rest is the same for all. */
export type Request = Omit<SessionSpec, "v" | "id" | "version" | "started">;

/** The kernel proves the programs first, which takes a while on an emulated machine; then the agent has 30 s. */
const START_TIMEOUT = 240_000;
/** The monitor gives draining and reporting 20 s each. */
const STOP_TIMEOUT = 60_000;
const EXIT_TIMEOUT = 15_000;

/** `unreported`: the agent did not write its reports. `gone`: the monitor is dead, or does not answer. */
export type Ending = "reported" | "unreported" | "gone";

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

/**
 * Starts a session and waits until its policy is proved.
 * @param job who is guarded; null when the caller puts processes into the cgroup itself (`warden run`)
 * @throws GuardFailure, and then nothing is left
 */
export async function startSession(request: Request, job: Job | null): Promise<Session> {
  const notes = cleanDead().map((finding) => finding.text);
  const place = makePlace(job?.worker ?? "self");
  let monitor: Monitor;
  try {
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
  const status = await untilProved(place, monitor);
  return {
    place,
    status,
    monitor,
    notes,
    stop: async () => {
      monitor.line.stop();
      const word = await monitor.line.next(STOP_TIMEOUT);
      return endingOf(word);
    },
    release: async () => {
      monitor.line.release();
      const ended = (await within(EXIT_TIMEOUT, monitor.ended)) === 0;
      removeBase(place.base);
      return ended;
    },
  };
}

/** What the monitor's answer to STOP, or its silence, means. */
export function endingOf(word: Word): Ending {
  if ("gone" in word) return "gone";
  return word.said ? "reported" : "unreported";
}

/** Where the agent writes the reports of a session. */
export function reportsOf(place: Pick<Place, "directory">): string {
  return path.join(place.directory, "report");
}

/** The agent's account of its start, or null while there is none. @throws JsonError */
export function statusOf(directory: string): SessionStatus | null {
  try {
    return parseStatus(readFileSync(path.join(directory, "journal/status.json"), "utf8"));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

async function untilProved(place: Place, monitor: Monitor): Promise<SessionStatus> {
  const word = await monitor.line.next(START_TIMEOUT);
  const status = statusOf(place.directory);
  if ("said" in word && word.said && status !== null) return status;
  const complaints = monitor.complaints();
  monitor.line.release();
  await within(EXIT_TIMEOUT, monitor.ended);
  monitor.detach();
  removePlace(place);
  if (status !== null && !status.ok) throw new StartRefused(status);
  const why = complaints.length > 0 ? complaints.join("\n") : "gone" in word ? `the monitor: ${word.gone}` : "";
  throw new GuardFailure(
    `the guard could not be started\n${why}`.trim(),
    "`warden doctor` tells what this machine can do.",
  );
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
