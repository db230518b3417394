/** What acts are done under: nothing, `warden run`, or the action in a job. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildAction } from "./action.ts";
import { Batch, batchWords, type Ended, unguarded } from "./batch.ts";
import { runCommand, writePolicy } from "./guarded.ts";
import { ACTION, HOME, REPORTS, RUNTIME, WORKER } from "./places.ts";
import type { ActResult, Session } from "./scenario.ts";

export interface Acting {
  readonly batch: Batch;
  /** Resolves when acts may be done; its result is `ok`, or there is no use in them. */
  readonly begin: () => Promise<ActResult>;
  /** How it ended, when not well. */
  readonly end: () => Promise<string>;
}

export interface Guarding {
  readonly start: () => Acting;
  /** The report directory. */
  readonly report: string;
}

function ready(batch: Batch): Promise<ActResult> {
  return batch.act("ready", ["nothing"]);
}

function complaint({ status, signal, stderr }: Ended): string {
  return status === 0 ? "" : `the run ended with ${signal ?? `status ${status}`}: ${stderr.trim().slice(-400)}`;
}

function inBatch(batch: Batch): Acting {
  return { batch, begin: () => ready(batch), end: async () => complaint(await batch.end()) };
}

/** The control. */
export function without(session: Session): Acting {
  if (session.by === "action") buildAction();
  return inBatch(unguarded(session.user, session.within));
}

export function guarding(session: Session): Guarding {
  return session.by === "action" ? byAction(session) : byRun(session);
}

function byRun(session: Session): Guarding {
  const { command, environment, report } = runCommand(session, batchWords(session.within));
  return { start: () => inBatch(new Batch(command, { env: environment })), report };
}

/** The batch is the runner's worker: what it starts first is the action's main, what it starts last the action's post. */
function byAction(session: Session): Guarding {
  const report = path.join(path.dirname(HOME), "warden-report");
  const state = path.join(REPORTS, `${session.name}.state`);
  const inputs = {
    GITHUB_WORKSPACE: HOME,
    GITHUB_STATE: state,
    "INPUT_POLICY-FILE": writePolicy(session.name, session.policy),
    INPUT_MODE: session.mode,
    "INPUT_FAIL-ON": "never",
  };
  const start = () => {
    buildAction();
    writeFileSync(state, "");
    rmSync(report, { recursive: true, force: true });
    const batch = new Batch([WORKER, "batch", "-"], { user: session.user });
    const run = async (name: string, environment: Readonly<Record<string, string>>) => {
      const words = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
      const result = await batch.act(name, ["become", ...words, RUNTIME, path.join(ACTION, "dist", `${name}.mjs`)]);
      return result.result === "ok" ? result : { ...result, note: `${name}: ${result.note}: ${batch.complaints()}` };
    };
    const begin = async () => {
      const main = await run("main", inputs);
      return main.result === "ok" ? ready(batch) : main;
    };
    const end = async () => {
      const post = await run("post", { STATE_session: savedState(state) });
      return [post.result === "ok" ? "" : post.note, complaint(await batch.end())].filter(Boolean).join("; ");
    };
    return { batch, begin, end };
  };
  return { start, report };
}

/** What main left for post, as a runner reads it from GITHUB_STATE: the last word of several. */
function savedState(file: string): string {
  const said = [...readFileSync(file, "utf8").matchAll(/^session<<(.+)\n(.*)\n\1$/gm)];
  return said.at(-1)?.[2] ?? "";
}
