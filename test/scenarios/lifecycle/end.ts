/** The end of a session: what stays is the report directory, and nothing else. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { unguarded } from "../batch.ts";
import { buildFixture } from "../fixture.ts";
import { runCommand } from "../guarded.ts";
import { readReport } from "../journal.ts";
import { ACTS, CHAIN_SOCKET, POLICIES, READ, REPORTS } from "../places.ts";
import { BASE } from "../policies.ts";
import { ending, runProgram } from "../program.ts";
import type { LifecycleScenario } from "../scenario.ts";
import { leftovers, traces } from "../session-state.ts";
import { finding, inSession, refusedWithoutGuard } from "./session.ts";

/** Where programs leave files behind. */
const PLACES = [
  "/tmp",
  "/run",
  "/var/tmp",
  "/var/lib",
  "/var/log",
  "/etc",
  "/opt",
  "/dev/shm",
  "/home/runner",
  "/root",
];
// The guest's root is the machine's own, read-only, where npm may be writing its logs at this moment, and another
// machine its results into the checkout.
const IGNORED = [REPORTS, POLICIES, "/root/.npm", path.resolve(import.meta.dirname, "../../..")];
const REPORT_FILES = ["events.jsonl", "report.json", "summary.md", "warden.sarif"];

function names(directory: string, depth: number): readonly string[] {
  if (depth === 0 || !existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(directory, entry.name);
    if (IGNORED.includes(file)) return [];
    return entry.isDirectory() ? [file, ...names(file, depth - 1)] : [file];
  });
}

function snapshot(): ReadonlySet<string> {
  return new Set(PLACES.flatMap((place) => names(place, 4)));
}

const nothingLeft: LifecycleScenario = {
  id: "end/nothing-left",
  smoke: true,
  run: async () => {
    buildFixture();
    const before = snapshot();
    const { seen, report } = await inSession("nothing-left", async (session) => {
      const { pins, cgroups, state, processes } = traces();
      await session.refuse();
      // What cannot be seen while it is there would not be seen when it is left.
      return { seen: [pins, cgroups, state, processes].every((list) => list.length > 0), report: session.report };
    });
    const files = [...snapshot()].filter((file) => !before.has(file));
    const missing = REPORT_FILES.filter((name) => !existsSync(path.join(report, name)));
    const faults = [
      leftovers(),
      files.length === 0 ? "" : `files: ${files.slice(0, 5).join(", ")}`,
      missing.length === 0 ? "" : `not in the report directory: ${missing.join(", ")}`,
    ];
    return finding(seen ? "ok" : "the session shows no trace while it runs", "nothing left", faults);
  },
};

const failOn: LifecycleScenario = {
  id: "end/fail-on-violation",
  run: async () => {
    const control = await refusedWithoutGuard();
    const session = { name: "fail-on", policy: BASE, mode: "enforce", user: "runner" } as const;
    const attempt = async (file: string) => {
      const run = runCommand(session, ["sh", "-c", `${ACTS} open read ${file}; exit 0`], ["--fail-on", "violation"]);
      return ending(await runProgram(run.command, { env: run.environment }));
    };
    const clean = await attempt(`${READ}/exact/neighbour`);
    const dirty = await attempt(`${READ}/exact/key`);
    return finding(control, "exit 3", [
      clean === "exit 0" ? "" : `${clean} without a violation`,
      dirty === "exit 3" ? "" : `${dirty} with a violation`,
    ]);
  },
};

/** A connection to the chain's socket; null when no process of it is left. */
function reachChain(): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(CHAIN_SOCKET);
    socket.once("connect", () => resolve(socket));
    // Refused when the last listener is gone; reset when it goes while the connection waits to be accepted.
    socket.on("error", () => resolve(null));
  });
}

/** Whether some process of the chain is there. Breaks the chain, and returns when its last process is gone. */
async function endChain(): Promise<boolean> {
  const socket = await reachChain();
  const gone = new Promise((resolve) => socket?.once("close", resolve).resume());
  rmSync(CHAIN_SOCKET, { force: true });
  if (socket !== null) await gone;
  return socket !== null;
}

const CHAIN = ["chain", CHAIN_SOCKET] as const;

/** Processes that live shorter than a look at the list of processes takes. */
const forkChain: LifecycleScenario = {
  id: "end/fork-chain",
  run: async () => {
    rmSync(CHAIN_SOCKET, { force: true });
    const alone = unguarded("runner");
    const { result } = await alone.act("control", CHAIN);
    await alone.end();
    const control = (await endChain()) ? result : "it ends by itself";
    const { act, status, outlived, warnings } = await inSession("fork-chain", async (session) => {
      const act = await session.batch.act("chain", CHAIN);
      const { status } = await session.batch.end();
      const outlived = await endChain();
      return { act, status, outlived, warnings: readReport(session.report).warnings };
    });
    return finding(control, "ended with the session", [
      act.result === "ok" ? "" : `the act got ${act.result} (${act.note})`,
      outlived ? "it outlived the session" : "",
      status === 0 ? "" : `warden run ended with status ${status}`,
      warnings.some((text) => /outlived the job/.test(text)) ? "" : "the report does not tell",
      leftovers(),
    ]);
  },
};

export const end: readonly LifecycleScenario[] = [nothingLeft, failOn, forkChain];
