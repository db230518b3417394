/** Starts `warden run` as a person would. */
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Mode } from "../../src/policy/rules.ts";
import { POLICIES, REPORTS, RUNNER_ID } from "./places.ts";
import type { User } from "./scenario.ts";

export interface GuardedRun {
  readonly name: string;
  readonly policy: string;
  readonly mode: Mode;
  readonly user: User;
}

/** The environment of sudo: the command below runs as the user who called it. */
export function environmentOf(user: User): NodeJS.ProcessEnv {
  const { SUDO_UID: _uid, SUDO_GID: _gid, SUDO_USER: _user, ...rest } = process.env;
  const id = String(RUNNER_ID);
  return user === "root" ? rest : { ...rest, SUDO_UID: id, SUDO_GID: id, SUDO_USER: "runner", HOME: "/home/runner" };
}

/** Writes the policy to a file that only root can change. */
export function writePolicy(name: string, text: string): string {
  mkdirSync(POLICIES, { recursive: true });
  const file = path.join(POLICIES, `${name}.toml`);
  writeFileSync(file, text);
  return file;
}

/** A report directory that is not there yet. */
export function freshReport(name: string): string {
  const directory = path.join(REPORTS, name);
  mkdirSync(REPORTS, { recursive: true });
  // Reports are written as the user who called.
  chownSync(REPORTS, RUNNER_ID, RUNNER_ID);
  if (existsSync(directory)) rmSync(directory, { recursive: true });
  return directory;
}

export interface GuardedCommand {
  readonly command: [string, ...string[]];
  readonly environment: NodeJS.ProcessEnv;
  /** The report directory it will fill. */
  readonly report: string;
}

/** The words of a `warden run`, ready to be started. `options` go before the `--`. */
export function runCommand(
  run: GuardedRun,
  command: readonly string[],
  options: readonly string[] = [],
): GuardedCommand {
  const report = freshReport(run.name);
  const policy = writePolicy(run.name, run.policy);
  const words = ["run", "--policy", policy, "--mode", run.mode, "--report", report, ...options, "--", ...command];
  return { command: ["warden", ...words], environment: environmentOf(run.user), report };
}
