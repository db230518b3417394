/** `warden action-start`: what the action's `main` needs root for. Not for people: a request on stdin, an answer on stdout. */
import { readFileSync } from "node:fs";
import * as v from "valibot";
import { GuardFailure } from "../session/failure.ts";
import { ancestorRunning } from "../session/processes.ts";
import { type StartAnswer, type StartRequest, startRequest } from "../session/request.ts";
import { startSession } from "../session/start.ts";
import { requireRoot } from "./root.ts";
import { UsageError } from "./usage.ts";

/** @returns 0 also when the guard could not be started: the answer says so. @throws UsageError */
export async function actionStart(): Promise<number> {
  requireRoot("action-start");
  process.stdout.write(`${JSON.stringify(await answerTo(readRequest()))}\n`);
  return 0;
}

function readRequest(): StartRequest {
  try {
    return v.parse(startRequest, JSON.parse(readFileSync(0, "utf8")));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof v.ValiError) {
      throw new UsageError(`action-start: the request on stdin is not one: ${error.message}`);
    }
    throw error;
  }
}

async function answerTo({ request, job }: StartRequest): Promise<StartAnswer> {
  try {
    if (ancestorRunning("Runner.Worker") !== job.worker) {
      throw new GuardFailure(`process ${job.worker} is not the Runner.Worker that this was started by`);
    }
    const session = await startSession(request, job);
    session.monitor.detach();
    return { ok: true, directory: session.place.directory, status: session.status, notes: [...session.notes] };
  } catch (error) {
    if (!(error instanceof GuardFailure)) throw error;
    return { ok: false, message: error.message, remedy: error.remedy };
  }
}
