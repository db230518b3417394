/** Starting a session needs root: `warden action-start`, by sudo, with JSON on its stdin. No shell is in between. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { codeOf, messageOf } from "../common/errors.ts";
import { JsonError, parseJson } from "../common/json.ts";
import { GuardFailure } from "../session/failure.ts";
import { distDirectory } from "../session/install.ts";
import { PATIENCE } from "../session/patience.ts";
import { type RootNews, rootNews, type StartAnswer, type StartRequest } from "../session/request.ts";

const MAX_STDERR = 64 * 1024;

/**
 * @param onDirectory the session's directory, as soon as it is there
 * @throws GuardFailure when there was no answer
 */
export async function startAsRoot(request: StartRequest, onDirectory: (path: string) => void): Promise<StartAnswer> {
  const start = [process.execPath, path.join(distDirectory(), "warden.mjs"), "action-start"];
  // In a unit of its own the monitor is no part of the runner's service. Where the service manager cannot make one,
  // it is a process of its own session all the same.
  const ways = existsSync("/run/systemd/system") ? [[...scope(), ...start], start] : [start];
  return firstAnswer(ways.map((words) => () => ask([...asRoot(), ...words], request, onDirectory)));
}

/** The answer of the first way in which the root part was run at all. @throws GuardFailure */
export async function firstAnswer(ways: readonly (() => Promise<Said>)[]): Promise<StartAnswer> {
  let why = "";
  for (const way of ways) {
    const said = await way();
    if (said.answer !== null) return said.answer;
    why = said.why;
    // One that ran, or may still run, has begun to change this machine: a second beside it helps nobody.
    if (!said.neverRan) break;
  }
  throw new GuardFailure(
    `the guard could not be started as root: ${why}`,
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

export interface Said {
  readonly answer: StartAnswer | null;
  /** The root part itself did not begin, and whoever should have run it has ended. */
  readonly neverRan: boolean;
  /** What it wrote instead of an answer. */
  readonly why: string;
}

/** Our end of its stdin stays open while we wait: that tells it that somebody still wants the session. */
export function ask(
  words: readonly string[],
  request: StartRequest,
  onDirectory: (path: string) => void,
  patience: number = PATIENCE.rootPart,
): Promise<Said> {
  const [program = "", ...args] = words;
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let begun = false;
  let answer: StartAnswer | null = null;
  let stderr = "";
  let fault = "";

  // It may end without having read anything, and says why on stderr.
  child.stdin.on("error", () => undefined);
  child.stdin.write(`${JSON.stringify(request)}\n`);
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-MAX_STDERR);
  });
  const hear = (news: RootNews) => {
    begun = true;
    if (news.news === "session") onDirectory(news.directory);
    if (news.news === "answer") answer = news.answer;
    if (answer !== null) child.stdin.end();
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    try {
      hear(parseJson(rootNews, line, "its answer"));
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      fault = error.message;
    }
  });

  return new Promise((resolve) => {
    const end = (neverRan: boolean, why: string) => {
      clearTimeout(late);
      resolve({ answer, neverRan, why });
    };
    const late = setTimeout(() => {
      // It runs as root, so we cannot end it; but it ends the start when nobody listens.
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      child.unref();
      end(false, `it did not answer within ${patience / 1000} s`);
    }, patience);
    child.once("error", (error) =>
      end(true, codeOf(error) === "ENOENT" ? `there is no ${program} here` : messageOf(error)),
    );
    // `close` comes when all that it wrote was read.
    child.once("close", (status, signal) => {
      const why = [stderr.trim(), fault].filter((text) => text !== "").join("\n");
      end(!begun, why || `${program} ended with ${signal ?? `status ${status}`}`);
    });
  });
}
