/** Containers at the end of a session: what it governed does not run on without it. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { freshenDocker } from "../docker.ts";
import { readJournal, readReport } from "../journal.ts";
import { BOXES, DOCKER } from "../places.ts";
import type { LifecycleScenario } from "../scenario.ts";
import { guardPid, leftovers } from "../session-state.ts";
import { finding, type Guarded, inSession, refusedWithoutGuard } from "./session.ts";

function docker(...words: readonly string[]): string {
  return execFileSync(DOCKER.program, [...DOCKER.words, ...words], { encoding: "utf8" }).trim();
}

/** Starts one from inside the session that stays; its id. */
async function stay(session: Guarded): Promise<string> {
  const file = path.join(BOXES, "stays");
  const words = [
    "run",
    "-d",
    ...DOCKER.unconfined,
    "--label",
    "act",
    "--name",
    "stays",
    "--cidfile",
    file,
    DOCKER.image,
    "/acts",
    "victim",
  ];
  const script = `${[DOCKER.program, ...DOCKER.words, ...words].join(" ")} && echo ok`;
  const { result, note } = await session.batch.act("stay", ["program", "/bin/sh", "-c", script]);
  if (result !== "ok") throw new Error(`no container: ${note}`);
  return readFileSync(file, "utf8").trim();
}

function runs(): boolean {
  return docker("inspect", "--format", "{{.State.Running}}", "stays") === "true";
}

function scenario(name: string, use: (session: Guarded) => Promise<readonly string[]>): LifecycleScenario {
  return {
    id: `containers/${name}`,
    docker: true,
    slow: true,
    run: async () => {
      freshenDocker();
      return finding(await refusedWithoutGuard(), "ended", await inSession(name, use, { user: "root" }));
    },
  };
}

const outlived = scenario("docker-outlives-session", async (session) => {
  const id = await stay(session);
  const before = runs();
  const { status } = await session.batch.end();
  const events = readJournal(session.report).filter((line) => line.kind !== "gap" && line.container !== null);
  return [
    before ? "" : "the container did not run in the session",
    runs() ? "the container outlived the session" : "",
    status === 0 ? "" : `warden run ended with status ${status}`,
    readReport(session.report).warnings.some((text) => /outlived the job/.test(text)) ? "" : "the report does not tell",
    events.some((line) => line.kind === "process" && line.hook === "exec" && id.startsWith(line.container ?? "?"))
      ? ""
      : "no event names the container",
    leftovers(),
  ];
});

/** `warden run` cleans up after its monitor: what ran in the session's containers goes with it. */
const monitorKilled = scenario("docker-monitor-killed", async (session) => {
  await stay(session);
  process.kill(guardPid("monitor"), "SIGKILL");
  const kept = runs() ? "" : "the container was ended with the monitor";
  await session.batch.end();
  return [kept, runs() ? "the container runs on without the guard" : "", leftovers()];
});

export const containers: readonly LifecycleScenario[] = [outlived, monitorKilled];
