/**
 * What dead sessions left. When a monitor is killed, its pinned programs go on refusing: that is meant. Somebody has
 * to take them away when the job is over, and that is the next session, or `warden clean`. Needs root.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { codeOf, messageOf } from "../common/errors.ts";
import { plural } from "../report/describe.ts";
import { cgroupMounts, readMounts } from "./cgroup.ts";
import { BASES, ID, PIN_ROOT, pinsOf, removeBase } from "./place.ts";

export interface Finding {
  readonly id: string;
  /** Everything of it is gone now. */
  readonly cleaned: boolean;
  /** One sentence for a person. */
  readonly text: string;
}

/** A session without a monitor yet is being started, for so long. */
const STARTING_MS = 60_000;
const PAUSE_MS = 10;

/**
 * Removes what dead sessions left: pins, cgroup, directory.
 * @param force also end the processes that still run in a dead session's cgroup; without it that session is left alone
 */
export function cleanDead(force = false): readonly Finding[] {
  const cgroups = sessionCgroups();
  const ids = new Set([...stateIds(), ...pinnedIds(), ...cgroups.keys()]);
  const findings = [...ids]
    .sort()
    .filter((id) => !isAlive(id))
    .map((id) => cleanOne(id, cgroups.get(id) ?? [], force));
  for (const base of BASES) removeBase(base);
  return findings;
}

/** As `cleanDead`, for one session whose monitor is known to be dead. */
export function cleanOne(id: string, cgroups: readonly string[], force: boolean): Finding {
  const running = [...cgroups.flatMap(processesIn), ...processesInContainers(id)];
  if (running.length > 0 && !force) {
    const text = `session ${id} is dead, but ${plural(running.length, "process", "processes")} still run under it (${running.slice(0, 5).join(", ")}); the kernel goes on refusing`;
    return { id, cleaned: false, text };
  }
  const faults = removeTraces(id, cgroups);
  return faults.length === 0
    ? { id, cleaned: true, text: `removed what the dead session ${id} left` }
    : { id, cleaned: false, text: `session ${id} is dead, and cannot be removed: ${faults.join("; ")}` };
}

/**
 * Waits, for so long at most, until the agent of a session whose monitor is dead has written what it can.
 * @param directory the session's
 */
export async function agentEnded(directory: string, milliseconds: number): Promise<void> {
  const pid = readOr(path.join(directory, "agent.pid"), "").trim();
  const until = Date.now() + milliseconds;
  const runs = () => readOr(`/proc/${pid}/cmdline`, "").includes(path.join(directory, "bin/agent.mjs"));
  while (pid !== "" && runs() && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

/**
 * Takes away everything of one session: ends its processes, unpins its programs, removes its cgroups and directory.
 * @returns what could not be done
 */
export function removeTraces(id: string, cgroups: readonly string[]): readonly string[] {
  const steps: (() => void)[] = [
    ...cgroups.map((directory) => () => endProcesses(() => processesIn(directory), `processes in ${directory}`)),
    () => endProcesses(() => processesInContainers(id), "processes in containers"),
    () => rmSync(pinsOf(id), { recursive: true, force: true }),
    ...cgroups.map((directory) => () => removeCgroup(directory)),
    ...BASES.map((base) => () => rmSync(path.join(base, id), { recursive: true, force: true })),
    ...BASES.map((base) => () => removeBase(base)),
  ];
  return steps.flatMap((step) => {
    try {
      step();
      return [];
    } catch (error) {
      return [messageOf(error)];
    }
  });
}

/** Does the session's monitor live, or is it about to? Its program lies in the session's own directory. */
function isAlive(id: string): boolean {
  return BASES.some((base) => {
    const directory = path.join(base, id);
    const found = statSync(directory, { throwIfNoEntry: false });
    if (found === undefined) return false;
    const pid = readOr(path.join(directory, "monitor.pid"), "").trim();
    if (pid === "") return Date.now() - found.mtimeMs < STARTING_MS;
    return programOf(pid) === path.join(directory, "bin/warden-monitor");
  });
}

function programOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes(codeOf(error) ?? "")) return null;
    throw error;
  }
}

function stateIds(): readonly string[] {
  return BASES.flatMap((base) => list(base).filter((name) => ID.test(name)));
}

function pinnedIds(): readonly string[] {
  return list(PIN_ROOT).flatMap((name) => idIn(name) ?? []);
}

function idIn(name: string): string | null {
  const id = name.startsWith("warden-") ? name.slice("warden-".length) : "";
  return ID.test(id) ? id : null;
}

/** The cgroups of sessions, wherever they are, by session. */
function sessionCgroups(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const visit = (directory: string) => {
    for (const entry of directoriesIn(directory)) {
      const below = path.join(directory, entry);
      // the canary's, when the monitor was killed while it proved
      const id = idIn(entry.replace(/-canary$/, ""));
      if (id === null) visit(below);
      else found.set(id, [...(found.get(id) ?? []), below]);
    }
  };
  for (const point of cgroupMounts(readMounts())) visit(point);
  return found;
}

function directoriesIn(directory: string): readonly string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    // A cgroup that went while we looked.
    if (["ENOENT", "ENODEV"].includes(codeOf(error) ?? "")) return [];
    throw error;
  }
}

function processesIn(cgroup: string): readonly number[] {
  const text = readOr(path.join(cgroup, "cgroup.procs"), "");
  const below = directoriesIn(cgroup).flatMap((name) => processesIn(path.join(cgroup, name)));
  return [...text.split("\n").filter(Boolean).map(Number), ...below];
}

/** In containers, governed by the session's pinned programs: the session's own monitor reads the map that tells. */
function processesInContainers(id: string): readonly number[] {
  const monitor = BASES.map((base) => path.join(base, id, "bin/warden-monitor")).find((file) => existsSync(file));
  if (monitor === undefined || !existsSync(pinsOf(id))) return [];
  const text = execFileSync(monitor, ["contained", pinsOf(id)], { encoding: "utf8" });
  return text.split("\n").filter(Boolean).map(Number);
}

/** A process may fork while the list is read; a killed one forks no more, so this comes to an end. */
function endProcesses(list: () => readonly number[], what: string): void {
  for (let round = 0; round < 200; round++) {
    const pids = list();
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    pause();
  }
  throw new Error(`${what} do not end`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error;
  }
}

/** A dead process leaves its cgroup a moment after it can be reaped. */
function removeCgroup(directory: string): void {
  for (const name of directoriesIn(directory)) removeCgroup(path.join(directory, name));
  for (let round = 0; ; round++) {
    try {
      if (existsSync(directory)) rmdirSync(directory);
      return;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return;
      if (codeOf(error) !== "EBUSY" || round === 300) throw error;
      pause();
    }
  }
}

/** Cleaning is rare and everything waits for it: no need to make it asynchronous. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (["ENOENT", "EACCES"].includes(codeOf(error) ?? "")) return [];
    throw error;
  }
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ENODEV"].includes(codeOf(error) ?? "")) return otherwise;
    throw error;
  }
}
