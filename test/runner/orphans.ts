import { readdirSync, readFileSync } from "node:fs";

/** `pid_name` of every process that exists now. */
export function snapshotProcesses(): Set<string> {
  return new Set(pids().map((pid) => `${pid}_${processName(pid)}`));
}

/**
 * Kills every process, but the Worker itself and those of `before`, whose environment at its start held this job's
 * RUNNER_TRACKING_ID. Processes of other users cannot be read and so are left, as on GitHub.
 */
export function killOrphans(
  trackingId: string,
  before: ReadonlySet<string>,
  onKill: (pid: number, name: string) => void,
): { pid: number; name: string }[] {
  const killed: { pid: number; name: string }[] = [];
  for (const pid of pids()) {
    const name = processName(pid);
    if (pid === process.pid || before.has(`${pid}_${name}`) || trackingIdOf(pid) !== trackingId) continue;
    onKill(pid, name);
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself meanwhile, or may not be signalled; the runner only traces this.
      continue;
    }
    killed.push({ pid, name });
  }
  return killed;
}

function pids(): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

function processName(pid: number): string {
  return readProc(pid, "comm").trim();
}

function trackingIdOf(pid: number): string | undefined {
  const prefix = "RUNNER_TRACKING_ID=";
  const entry = readProc(pid, "environ")
    .split("\0")
    .find((variable) => variable.startsWith(prefix));
  return entry?.slice(prefix.length);
}

/** Empty for a process that is gone or that we may not read. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
