/** The guarded command: a child of ours with our terminal, in the session's cgroup, with the user's rights. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import path from "node:path";
import type { Place } from "../session/place.ts";
import { say } from "./console.ts";
import type { Invoker } from "./invoker.ts";
import { passSignals } from "./signals.ts";

/** As a shell says it of a program that cannot be run. */
const NOT_RUN = 126;

/** @returns its exit status; 128 + n when signal n ended it, as a shell says it */
export function runCommand(place: Place, invoker: Invoker, command: readonly string[]): Promise<number> {
  const { uid, gid, groups } = invoker.user;
  const launch = ["launch", place.cgroup, String(uid), String(gid), groups.join(",")];
  const child = spawn(path.join(place.directory, "bin/warden-monitor"), [...launch, ...command], {
    env: invoker.environment,
    stdio: "inherit",
  });
  passSignals((signal) => child.kill(signal));
  return new Promise((resolve) => {
    child.once("error", (error) => {
      // E.g. more arguments and environment than the kernel takes.
      say(`cannot start the command: ${error.message}`);
      resolve(NOT_RUN);
    });
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
