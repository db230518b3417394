/** The terminal's signals and others': all are the command's business, and Warden stays until its own work is done. */
import { readFileSync } from "node:fs";

/** The kernel sends these to everybody in the terminal's foreground, the command included. */
const FROM_TERMINAL = ["SIGINT", "SIGQUIT", "SIGWINCH"] as const;
/** These come for one process. */
const FOR_US = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT"] as const;

/**
 * Passes signals on, from now to the end of the process.
 * @param send to the command; called also when it has ended
 */
export function passSignals(send: (signal: NodeJS.Signals) => void): void {
  for (const signal of FROM_TERMINAL) process.on(signal, () => (isForeground() ? undefined : send(signal)));
  for (const signal of FOR_US) process.on(signal, () => send(signal));
}

/** Are we in the foreground process group of a terminal? Then it has told the command too. */
function isForeground(): boolean {
  return isForegroundIn(readFileSync("/proc/self/stat", "utf8"));
}

/** From the text of /proc/PID/stat: after the name come state, ppid, pgrp, session, tty_nr, tpgid. */
export function isForegroundIn(stat: string): boolean {
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group !== undefined && group === foreground;
}
