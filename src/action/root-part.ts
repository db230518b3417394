/** Starting a session needs root: `warden action-start`, by sudo, with JSON on its stdin. No shell is in between. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import * as v from "valibot";
import { codeOf, messageOf } from "../common/errors.ts";
import { GuardFailure } from "../session/failure.ts";
import { distDirectory } from "../session/install.ts";
import { type StartAnswer, type StartRequest, startAnswer } from "../session/request.ts";

/** Longer than a session's start may take. */
const TIMEOUT = 300_000;
const MAX_ANSWER = 16 * 1024 * 1024;

/** @throws GuardFailure when there was no answer */
export function startAsRoot(request: StartRequest): StartAnswer {
  const start = [process.execPath, path.join(distDirectory(), "warden.mjs"), "action-start"];
  // In a unit of its own the monitor is no part of the runner's service. Where the service manager cannot make one,
  // it is a process of its own session all the same.
  const first = existsSync("/run/systemd/system") ? ask([...asRoot(), ...scope(), ...start], request) : null;
  const said = first !== null && first.answer !== null ? first : ask([...asRoot(), ...start], request);
  if (said.answer !== null) return said.answer;
  throw new GuardFailure(
    `the guard could not be started as root: ${said.why}`,
    "Warden needs root or sudo without a password, as GitHub-hosted runners have it.",
  );
}

function asRoot(): readonly string[] {
  return process.getuid?.() === 0 ? [] : ["sudo", "-n", "--"];
}

function scope(): readonly string[] {
  const unit = `--unit=warden-${process.pid}-${Date.now()}`;
  return ["systemd-run", "--scope", "--quiet", "--collect", unit, "--description=Warden", "--"];
}

interface Said {
  readonly answer: StartAnswer | null;
  /** What it wrote instead of an answer. */
  readonly why: string;
}

function ask(words: readonly string[], request: StartRequest): Said {
  const [program = "", ...args] = words;
  const result = spawnSync(program, args, {
    input: JSON.stringify(request),
    encoding: "utf8",
    maxBuffer: MAX_ANSWER,
    timeout: TIMEOUT,
  });
  if (result.error !== undefined) {
    if (codeOf(result.error) === "ENOENT") return { answer: null, why: `there is no ${program} here` };
    return { answer: null, why: messageOf(result.error) };
  }
  const why = result.stderr.trim() || `${program} ended with ${result.signal ?? `status ${result.status}`}`;
  return result.status === 0 ? { answer: parseAnswer(result.stdout), why } : { answer: null, why };
}

function parseAnswer(text: string): StartAnswer | null {
  try {
    return v.parse(startAnswer, JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof v.ValiError) return null;
    throw error;
  }
}
