/** Runs one job with the test runner, as a runner on a hosted machine runs one: as an ordinary user with sudo. */
import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import * as v from "valibot";
import { buildFixture } from "../../fixture.ts";
import { ACTS, RUNNER_ID } from "../../places.ts";
import { prepareRunner } from "./machine.ts";
import { ACTION, ACTION_NAME, RUNNER_ROOT, RUNTIME, TEST_RUNNER, TRY, treeOf } from "./places.ts";
import { type JobText, workflowOf } from "./workflow.ts";

const annotation = v.object({ level: v.string(), message: v.string() });
/** What we read of the test runner's report (test/runner/report.ts). */
const runReport = v.object({
  conclusion: v.string(),
  steps: v.array(
    v.object({
      stage: v.string(),
      id: v.string(),
      conclusion: v.string(),
      outputs: v.record(v.string(), v.string()),
      annotations: v.array(annotation),
      summaries: v.array(v.string()),
    }),
  ),
});
type Step = v.InferOutput<typeof runReport>["steps"][number];

/** The Listener's statuses: test/runner/args.ts. */
export const WORKER_LOST = 3;
const LIMIT_MS = 400_000;

export interface Ran {
  readonly status: number | null;
  /** What the steps noted: name of an act to how it ended. */
  readonly record: ReadonlyMap<string, string>;
  /** @throws when there was none, or the runner lost its Worker */
  step(id: string, stage?: "main" | "post"): Step;
  /** The log's last lines, for a finding's note. */
  readonly tail: string;
}

export interface RunningJob {
  /** Waits until a line of the job's log is this text. @throws when the job ends without */
  seen(text: string): Promise<void>;
  /** Lets the step go on that waits at the gate. */
  open(): Promise<void>;
  record(): ReadonlyMap<string, string>;
  readonly ended: Promise<Ran>;
}

function give(directory: string): void {
  chownSync(directory, RUNNER_ID, RUNNER_ID);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) give(file);
    else chownSync(file, RUNNER_ID, RUNNER_ID);
  }
}

/** A fresh tree, as the runner has it when a checkout was made. @returns the workflow's file */
function makeTree(name: string, text: JobText): string {
  const { work, workspace, gate, record } = treeOf(name);
  rmSync(work, { recursive: true, force: true });
  const file = path.join(workspace, ".github/workflows/ci.yml");
  for (const [relative, content] of Object.entries({
    ...text.files,
    [path.relative(workspace, file)]: workflowOf(text),
  })) {
    const absolute = path.join(workspace, relative);
    mkdirSync(path.dirname(absolute), { recursive: true });
    writeFileSync(absolute, content);
  }
  writeFileSync(record, "");
  execFileSync("mkfifo", [gate]);
  give(work);
  return file;
}

function readRecord(file: string): ReadonlyMap<string, string> {
  const lines = readFileSync(file, "utf8").split("\n");
  return new Map(
    lines.filter((line) => line !== "").map((line) => [line.split(" ", 1)[0] ?? "", line.slice(line.indexOf(" ") + 1)]),
  );
}

/** Starts a job; its files are new, and so are those of the policy. */
export function startJob(name: string, text: JobText): RunningJob {
  prepareRunner();
  buildFixture();
  const workflow = makeTree(name, text);
  const { work, workspace, gate, record } = treeOf(name);
  const json = path.join(work, "report.json");
  const words = [
    ...["--workflow", workflow, "--workspace", workspace, "--work", work, "--action", `${ACTION_NAME}=${ACTION}`],
    ...["--node24", RUNTIME, "--runner-root", RUNNER_ROOT, "--user", "runner", "--json", json],
    ...Object.entries({ ACTS, TRY, RECORD: record, GATE: gate }).flatMap(([key, value]) => [
      "--env",
      `${key}=${value}`,
    ]),
  ];
  const child = spawn(process.execPath, [TEST_RUNNER, ...words], { cwd: "/", stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  const tail = () => log.trim().split("\n").slice(-8).join(" | ");
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      log += chunk;
      for (const look of waiting) look();
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once("error", reject);
    // Not `close`: what outlives a lost Worker keeps the log open.
    child.once("exit", (status) => {
      clearTimeout(timer);
      for (const look of waiting) look();
      const report = existsSync(json) ? v.parse(runReport, JSON.parse(readFileSync(json, "utf8"))) : null;
      const step = (id: string, stage = "main") => {
        const found = report?.steps.find((one) => one.id === id && one.stage === stage);
        if (found === undefined) throw new Error(`the job ${name} has no ${stage} of ${id}: ${tail()}`);
        return found;
      };
      resolve({ status, record: readRecord(record), step, tail: tail() });
    });
  });
  const seen = (wanted: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!log.split("\n").some((line) => line.trim() === wanted)) {
          if (child.exitCode !== null || child.signalCode !== null)
            reject(new Error(`the job ${name} ended: ${tail()}`));
          return;
        }
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { seen, open: () => writeFile(gate, "\n"), record: () => readRecord(record), ended };
}
