/** A container of rootless Podman's that is left running: what a report tells of it, and its end. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { type Batch, unguarded } from "../batch.ts";
import { type JournalEvent, readJournal, readReport } from "../journal.ts";
import { AT, PODMAN, PORTS } from "../places.ts";
import { freshenPodman } from "../podman.ts";
import type { ActResult, LifecycleScenario } from "../scenario.ts";
import { leftovers } from "../session-state.ts";
import { finding, inSession } from "./session.ts";

const PID_FILE = path.join(PODMAN.home, "stays.pid");
const ID_FILE = path.join(PODMAN.home, "stays.id");
const NAMES = ["--name", "stays", "--pidfile", PID_FILE, "--cidfile", ID_FILE] as const;
const START = [...PODMAN.words, "run", "-d", ...NAMES, ...PODMAN.ownNetwork, "/acts", "victim"];
const EXEC = [...PODMAN.words, "exec", "stays", "/acts", "connect", "tcp", AT.denied, PORTS.tcp];
const REMOVE = [...PODMAN.words, "rm", "--force", "--time", "0", "stays"];

/** Starts a container that stays, and has a process of it connect. */
async function stay(batch: Batch): Promise<ActResult> {
  for (const file of [PID_FILE, ID_FILE]) rmSync(file, { force: true });
  const started = await batch.act("start", ["program", "/bin/sh", "-c", '"$@" && echo ok', "podman", ...START]);
  if (started.result !== "ok") throw new Error(`no container: ${started.note}`);
  return batch.act("exec", ["program", ...EXEC]);
}

/** Does the container's own process run? */
function runs(): boolean {
  const pid = readFileSync(PID_FILE, "utf8").trim();
  const name = path.join("/proc", pid, "comm");
  return existsSync(name) && readFileSync(name, "utf8").trim() === "acts";
}

async function control(): Promise<string> {
  freshenPodman();
  const batch = unguarded("runner");
  const { result } = await stay(batch);
  await batch.act("remove", ["program", ...REMOVE]);
  await batch.end();
  freshenPodman();
  return result;
}

/** The event's process descends from one that was started with the container's id among its arguments. */
function namesContainer(event: JournalEvent, events: readonly JournalEvent[], id: string): boolean {
  const started = events.filter((other) => other.kind === "process" && other.process.args?.includes(id));
  return event.ancestors.some(({ pid }) => started.some((other) => other.process.pid === pid));
}

export const podmanStays: LifecycleScenario = {
  id: "containers/podman-outlives-session",
  podman: true,
  run: async () => {
    const unguardedResult = await control();
    const faults = await inSession("podman-outlives-session", async (session) => {
      const { result, note } = await stay(session.batch);
      const [id, before] = [readFileSync(ID_FILE, "utf8").trim(), runs()];
      const { status } = await session.batch.end();
      const events = readJournal(session.report).filter((line) => line.kind !== "gap");
      const denied = events.filter((event) => event.verdict === "deny");
      return [
        result === "EPERM" ? "" : `podman exec got ${result} (${note})`,
        before ? "" : "the container did not run in the session",
        runs() ? "the container outlived the session" : "",
        status === 0 ? "" : `warden run ended with status ${status}`,
        readReport(session.report).warnings.some((text) => /outlived the job/.test(text))
          ? ""
          : "the report does not tell",
        denied.some((event) => event.hook === "connect" && namesContainer(event, events, id))
          ? ""
          : "no refused connection has a process with the container's id above it",
        // the network that Podman made is IPv6's, too: nobody but the kernel has anything to say there
        denied.every((event) => event.hook === "connect")
          ? ""
          : `refused besides: ${denied.map(({ kind, hook }) => `${kind}/${hook}`).join(", ")}`,
        leftovers(),
      ];
    });
    return finding(unguardedResult, "ended", faults);
  },
};
