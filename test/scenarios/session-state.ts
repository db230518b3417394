/** What a running session can be seen by from outside: pins, cgroups, state files, processes. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { cgroupMount, filesBelow } from "./outside.ts";
import { runProgram } from "./program.ts";

export const BPFFS = "/sys/fs/bpf";
export const STATE = "/run/warden";

function entries(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

/** Directories of the unified hierarchy named `warden-*`, at any depth. */
function sessionCgroups(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => {
      const below = path.join(directory, entry.name);
      return entry.name.startsWith("warden-") ? [below] : sessionCgroups(below);
    });
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch (error) {
    // It ended while we looked.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return "";
    throw error;
  }
}

/** Processes of the guard itself, by their command line. */
function guardProcesses(): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `${pid}: ${commandLine(pid)}`)
    .filter((line) => /warden-monitor|agent\.mjs|warden\.mjs/.test(line));
}

export interface Traces {
  readonly pins: readonly string[];
  readonly cgroups: readonly string[];
  readonly state: readonly string[];
  readonly processes: readonly string[];
}

export function traces(): Traces {
  return {
    pins: entries(BPFFS).filter((name) => name.startsWith("warden-")),
    cgroups: sessionCgroups(cgroupMount()),
    state: entries(STATE),
    processes: guardProcesses(),
  };
}

/** What is left, as one sentence; empty when there is nothing. */
export function leftovers(found: Traces = traces()): string {
  return Object.entries(found)
    .filter(([, list]) => list.length > 0)
    .map(([name, list]) => `${name}: ${list.join(", ")}`)
    .join("; ");
}

/**
 * After a run: what it left, as one sentence, and the way clear for the next run, so that one failure is told once.
 * Empty when nothing was left.
 */
export async function clearTheWay(): Promise<string> {
  const left = leftovers();
  if (left === "") return "";
  const cleaned = await runProgram(["warden", "clean"]);
  return `left behind: ${left}${cleaned.status === 0 ? "" : `; and warden clean failed: ${cleaned.stderr.trim().slice(-200)}`}`;
}

/**
 * The running session's directory.
 * @throws when no session runs
 */
export function sessionDirectory(): string {
  const id = entries(STATE).find((name) => existsSync(path.join(STATE, name, "monitor.pid")));
  if (id === undefined) throw new Error(`no session below ${STATE}`);
  return path.join(STATE, id);
}

/**
 * The pid of the running session's monitor or agent.
 * @throws when no session runs
 */
export function guardPid(which: "monitor" | "agent"): number {
  return Number(readFileSync(path.join(sessionDirectory(), `${which}.pid`), "utf8").trim());
}

/**
 * One pinned object of the running session.
 * @throws when there is none
 */
export function sessionPin(): string {
  for (const name of entries(BPFFS)) {
    const pin = name.startsWith("warden-") ? filesBelow(path.join(BPFFS, name))[0] : undefined;
    if (pin !== undefined) return pin;
  }
  throw new Error(`no pin below ${BPFFS}/warden-*`);
}
