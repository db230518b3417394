/** Processes as /proc shows them. */
import { readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { codeOf } from "../common/errors.ts";

const GONE = ["ENOENT", "ESRCH"];
/** The kernel keeps so many characters of a program's name (TASK_COMM_LEN without its NUL). */
const COMM_LENGTH = 15;

/** The parent of a process; 0 when it has none that we can see. */
export function parentOf(pid: number): number {
  const stat = readProc(pid, "stat");
  // After the name in parentheses, which may hold anything: state, then the parent.
  return stat === null ? 0 : Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

/** Does the process run a program of this file name? By its name where its file may not be looked at. */
export function runs(pid: number, program: string): boolean {
  try {
    return path.basename(readlinkSync(`/proc/${pid}/exe`)) === program;
  } catch (error) {
    const code = codeOf(error) ?? "";
    if (code === "EACCES" || code === "EPERM") return readProc(pid, "comm")?.trim() === program.slice(0, COMM_LENGTH);
    if (GONE.includes(code)) return false;
    throw error;
  }
}

/** The nearest ancestor of a process that runs this program; null when there is none. */
export function ancestorRunning(program: string, from = process.pid): number | null {
  for (let pid = parentOf(from); pid > 1; pid = parentOf(pid)) if (runs(pid, program)) return pid;
  return null;
}

/** The words a process was started with, as they were given. */
export function commandLine(pid: number | "self" = "self"): readonly string[] {
  return readProc(pid, "cmdline")?.split("\0").slice(0, -1) ?? [];
}

function readProc(pid: number | "self", name: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch (error) {
    if (GONE.includes(codeOf(error) ?? "")) return null;
    throw error;
  }
}
