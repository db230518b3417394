/** Memory of the guard's own processes, as the kernel counts it. */
import { readFileSync } from "node:fs";
import path from "node:path";

export interface Memory {
  /** What is in memory of it now, and what was at most, bytes. */
  readonly resident: number;
  readonly peak: number;
  /** The same, with a share of each page that others have, too. */
  readonly proportional: number;
}

/** @param session its directory */
export function memoryOf(session: string, which: "monitor" | "agent"): Memory {
  const pid = readFileSync(path.join(session, `${which}.pid`), "utf8").trim();
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    resident: bytes(status, "VmRSS"),
    peak: bytes(status, "VmHWM"),
    proportional: bytes(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"), "Pss"),
  };
}

const KIB = 1024;

function bytes(text: string, name: string): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
  if (kib === undefined) throw new Error(`no ${name} in ${text.slice(0, 200)}`);
  return Number(kib) * KIB;
}
