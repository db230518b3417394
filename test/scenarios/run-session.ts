/** Runs the scenarios of one session: first all controls without the guard, then the same acts under it. */
import { existsSync, readFileSync } from "node:fs";
import { type Batch, unguarded } from "./batch.ts";
import { freshenDocker } from "./docker.ts";
import { buildFixture } from "./fixture.ts";
import { type Acting, guarding, without } from "./guarding.ts";
import { type JournalLine, readJournal } from "./journal.ts";
import { judge } from "./judge.ts";
import { freshenMachine } from "./machine.ts";
import { Outside, prepareCgroups } from "./outside.ts";
import { fillIn, type World } from "./placeholders.ts";
import { SERVED, SOCKETS } from "./places.ts";
import { freshenPodman } from "./podman.ts";
import type { ActResult, Finding, Scenario, Session } from "./scenario.ts";
import { clearTheWay } from "./session-state.ts";

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function trouble(id: string, error: unknown): ActResult {
  return { act: id, result: "trouble", note: message(error), pids: [] };
}

/** The container that it was done in, which is known only now. */
function inContainer({ container }: Scenario, result: ActResult): ActResult {
  if (container === undefined || !existsSync(container)) return result;
  return { ...result, container: readFileSync(container, "utf8").trim() };
}

async function actAll(session: Session, batch: Batch, beside: Batch, world: World): Promise<Map<string, ActResult>> {
  const results = new Map<string, ActResult>();
  for (const scenario of session.scenarios) {
    try {
      const words = await fillIn(scenario.act, world);
      const by = scenario.outside === true ? beside : batch;
      results.set(scenario.id, inContainer(scenario, await by.act(scenario.id, words)));
    } catch (error) {
      results.set(scenario.id, trouble(scenario.id, error));
    }
  }
  return results;
}

interface Pass {
  readonly results: ReadonlyMap<string, ActResult>;
  /** How the run ended, when not well. */
  readonly end: string;
}

/** Everything new: files, victims, cgroups; then the batch, since rules are about files that are there when it starts. */
async function pass(session: Session, start: () => Acting, guarded: boolean): Promise<Pass> {
  const outside = new Outside();
  const beside = unguarded(session.user);
  try {
    buildFixture();
    freshenMachine();
    if (session.docker === true) freshenDocker();
    if (session.podman === true) freshenPodman();
    prepareCgroups();
    await outside.passer();
    // Podman asks the system's bus about the user, and waits for ever for a stand-in to answer
    const busless = session.podman === true;
    await outside.sockets(SERVED.filter(([, name]) => !(busless && name === SOCKETS.bus)));
    const world: World = { guarded, outside, victim: await outside.victim(session.user) };
    const { batch, begin, end } = start();
    const first = await begin().catch((error: unknown) => trouble("ready", error));
    const results =
      first.result === "ok"
        ? await actAll(session, batch, beside, world)
        : new Map(session.scenarios.map(({ id }) => [id, trouble(id, first.note)]));
    return { results, end: await end().catch(message) };
  } finally {
    await beside.end();
    outside.end();
  }
}

function journalOf(report: string): { records: readonly JournalLine[]; problem: string } {
  try {
    return { records: readJournal(report), problem: "" };
  } catch (error) {
    return { records: [], problem: `the journal cannot be read: ${message(error)}` };
  }
}

/** @param controlsOnly do not start the guard */
export async function runSession(session: Session, controlsOnly: boolean): Promise<readonly Finding[]> {
  const controls = await pass(session, () => without(session), false);
  const control = (scenario: Scenario) => controls.results.get(scenario.id) ?? trouble(scenario.id, "not done");
  if (controlsOnly) return session.scenarios.map((scenario) => judge(scenario, control(scenario), undefined, []));
  const { start, report } = guarding(session);
  const guarded = await pass(session, start, true);
  const { records, problem } = journalOf(report);
  const wrong = [guarded.end, problem, await clearTheWay()].filter((text) => text !== "").join("; ");
  return session.scenarios.map((scenario) => {
    const finding = judge(scenario, control(scenario), guarded.results.get(scenario.id), records);
    if (wrong === "" || finding.absent === true) return finding;
    return { ...finding, ok: false, note: [finding.note, wrong].filter((text) => text !== undefined).join("; ") };
  });
}
