/** The end of a session: what stays is the report directory, and nothing else. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { buildFixture } from "../fixture.ts";
import { runCommand } from "../guarded.ts";
import { ACTS, POLICIES, READ, REPORTS } from "../places.ts";
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
// The guest's root is the machine's own, read-only, and npm may be writing its logs there at this moment.
const IGNORED = [REPORTS, POLICIES, "/root/.npm"];
const REPORT_FILES = ["events.jsonl", "report.json", "summary.md", "warden.sarif"];

function names(directory: string, depth: number): readonly string[] {
  if (depth === 0 || !existsSync(directory) || IGNORED.includes(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(directory, entry.name);
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

export const end: readonly LifecycleScenario[] = [nothingLeft, failOn];
