/** `warden action-start`: what the action's `main` needs root for. Not for people: a request on stdin, news on stdout. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { JsonError, parseJson } from "../common/json.ts";
import { GuardFailure } from "../session/failure.ts";
import { ancestorRunning } from "../session/processes.ts";
import { type RootNews, type StartAnswer, type StartRequest, startRequest } from "../session/request.ts";
import { startSession } from "../session/start.ts";
import { requireRoot } from "./root.ts";
import { UsageError } from "./usage.ts";

/** @returns 0 also when the guard could not be started: the answer says so. @throws UsageError */
export async function actionStart(): Promise<number> {
  requireRoot("action-start");
  const { request, abandoned } = await readRequest();
  tell({ news: "begun" });
  tell({ news: "answer", answer: await answerTo(request, abandoned) });
  // Nobody reads on: without this a caller that stays would keep us.
  process.stdin.destroy();
  return 0;
}

function tell(news: RootNews): void {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}

/** One line; the end of stdin after it says that the caller is gone, e.g. because the job was cancelled. */
async function readRequest(): Promise<{ readonly request: StartRequest; readonly abandoned: AbortSignal }> {
  const gone = new AbortController();
  const lines = createInterface({ input: process.stdin });
  lines.once("close", () => gone.abort());
  const [line] = await Promise.race([once(lines, "line"), once(gone.signal, "abort").then(() => [""])]);
  try {
    return { request: parseJson(startRequest, String(line), "the request on stdin"), abandoned: gone.signal };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new UsageError(`action-start: ${error.message}`);
  }
}

async function answerTo({ request, job }: StartRequest, abandoned: AbortSignal): Promise<StartAnswer> {
  try {
    if (ancestorRunning("Runner.Worker") !== job.worker) {
      throw new GuardFailure(`process ${job.worker} is not the Runner.Worker that this was started by`);
    }
    const session = await startSession(request, job, {
      onPlace: ({ directory }) => tell({ news: "session", directory }),
      abandoned,
    });
    session.monitor.detach();
    return { ok: true, directory: session.place.directory, status: session.status, notes: [...session.notes] };
  } catch (error) {
    if (!(error instanceof GuardFailure)) throw error;
    return { ok: false, message: error.message, remedy: error.remedy };
  }
}
