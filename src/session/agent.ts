/**
 * The agent: an unprivileged child of the monitor, on a socket that is descriptor 3. It puts the policy in force,
 * writes down what happens, and makes the reports. Started with the path of `spec.json`.
 *
 * When it dies, the kernel goes on refusing, the monitor starts another, and that one takes up where it stopped.
 */

import { readFileSync } from "node:fs";
import path from "node:path";
import { messageOf } from "../common/errors.ts";
import { bootClockOffset } from "../events/clock.ts";
import { Enricher } from "../events/enrich.ts";
import { Journal } from "../events/journal.ts";
import { Mounts } from "../events/mounts.ts";
import { type AgentFiles, agentFiles, writeStatus } from "./agent-files.ts";
import { finishSession } from "./agent-finish.ts";
import { MonitorLink } from "./agent-link.ts";
import { Recorder } from "./agent-record.ts";
import { type Guarded, resume, start } from "./agent-start.ts";
import { parseSpec, type SessionSpec } from "./spec.ts";

const SOCKET = 3;
/** More than an agent has with a policy of common size, bytes. */
const LARGE_HEAP = 48 * 1024 * 1024;

async function main(specPath: string): Promise<void> {
  const files = agentFiles(path.dirname(specPath));
  const link = new MonitorLink(SOCKET);
  const welcome = await link.hello();
  if (welcome.committed) {
    const spec = readSpec(specPath);
    await guard(spec, files, link, await resume(spec, files, link), welcome.awayMs);
    return;
  }
  const started = await tryStart(specPath, files, link);
  if (started === null) {
    link.started(false);
    await link.leave();
    return;
  }
  await guard(started.spec, files, link, started.guarded, null);
}

/** Null when the session cannot start; `status.json` then says why, whatever it was. */
async function tryStart(
  specPath: string,
  files: AgentFiles,
  link: MonitorLink,
): Promise<{ spec: SessionSpec; guarded: Guarded } | null> {
  try {
    const spec = readSpec(specPath);
    const result = await start(spec, files, link);
    return result.ok ? { spec, guarded: result.guarded } : null;
  } catch (error) {
    console.error(error);
    const errors = [`the agent could not start: ${messageOf(error)}`];
    const nothing = { posture: null, mode: null, warnings: [], rules: 0, clockOffset: bootClockOffset() };
    writeStatus(files.status, { ok: false, errors, ...nothing });
    return null;
  }
}

/** @param away ms without an agent before this one, null for the first */
async function guard(
  spec: SessionSpec,
  files: AgentFiles,
  link: MonitorLink,
  guarded: Guarded,
  away: number | null,
): Promise<void> {
  const journal = new Journal(files.journal);
  const mounts = new Mounts();
  const enricher = new Enricher({
    path: (raw) => mounts.path(raw),
    hostOf: (address, rule) => guarded.egress.hostOf(address, rule),
    clockOffset: guarded.clockOffset,
  });
  const recorder = new Recorder(link, journal, enricher);
  if (away !== null) recorder.catchUp(away);
  link.deliverTo((events) => recorder.take(events));
  if (away === null) link.started(true);
  giveBack();
  await finishSession({ spec, files, link, guarded, journal, recorder });
}

/** Reading a large policy takes many times its size, and V8 keeps what it once had until it is short of memory. */
function giveBack(): void {
  if (process.memoryUsage().heapTotal > LARGE_HEAP) globalThis.gc?.();
}

function readSpec(specPath: string): SessionSpec {
  return parseSpec(readFileSync(specPath, "utf8"));
}

const [, , specPath] = process.argv;
if (specPath === undefined) {
  console.error("warden-agent: not meant to be started by hand: use `warden`");
  process.exitCode = 2;
} else {
  // whatever happens from here on, the monitor sees the end of this process, and starts another
  await main(specPath);
  process.exit(0);
}
