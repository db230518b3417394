/** One run of the example's job by the test runner. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as v from "valibot";
import { type JobRun, parseRecord } from "./acts.ts";
import type { Collector } from "./collector.ts";
import { HOME, NODE24, prepareWorkspace, RECORD, RUNNER_ROOT, USER, WORK, WORKSPACE } from "./machine.ts";
import type { Plan } from "./plan.ts";

/** What we read of the test runner's `--json` (test/runner/report.ts). */
const RunnerReport = v.object({
  steps: v.array(
    v.object({
      stage: v.string(),
      id: v.string(),
      conclusion: v.string(),
      outputs: v.record(v.string(), v.string()),
    }),
  ),
});

export interface Finished {
  readonly run: JobRun;
  /** The action's output `report-dir`; undefined without the action. */
  readonly reportDir: string | undefined;
}

/**
 * Runs the workflow's job in a fresh workspace, its log streamed to our stdout.
 * @param label names the run's files in the output directory
 * @throws Error when the test runner cannot be started or writes no report
 */
export async function runJob(plan: Plan, collector: Collector, label: string, workflow: string): Promise<Finished> {
  for (const stale of [WORK, path.dirname(RECORD)]) rmSync(stale, { recursive: true, force: true });
  prepareWorkspace(plan);
  // The control's workflow stands where the example's stands, so that both jobs see the same tree.
  const workflowFile = path.join(WORKSPACE, ".github/workflows/ci.yml");
  writeFileSync(workflowFile, workflow);
  const json = path.join(plan.out, `${label}.json`);
  rmSync(json, { force: true });

  collector.take();
  const started = Date.now();
  await execute([
    ...plan.testRunner,
    ...["--workflow", workflowFile, "--workspace", WORKSPACE, "--work", WORK],
    ...["--action", `warden/warden-action@v1=${plan.action}`],
    ...["--node24", NODE24, "--runner-root", RUNNER_ROOT, "--user", USER, "--json", json],
  ]);
  const seconds = (Date.now() - started) / 1000;
  const { connections, bytes } = collector.take();

  if (!existsSync(json)) throw new Error(`${label}: the test runner wrote no report`);
  const { steps } = v.parse(RunnerReport, JSON.parse(readFileSync(json, "utf8")));
  const mains = steps.filter((step) => step.stage === "main");
  return {
    run: {
      outcomes: parseRecord(existsSync(RECORD) ? readFileSync(RECORD, "utf8") : ""),
      steps: Object.fromEntries(mains.map((step) => [step.id, step.conclusion])),
      collected: bytes,
      connections,
      workflowWritten: existsSync(path.join(WORKSPACE, ".github/workflows/evil.yml")),
      seconds,
    },
    reportDir: steps.map((step) => step.outputs["report-dir"]).find((directory) => directory !== undefined),
  };
}

/** The job's own failure is in the report, so the exit status is not looked at. */
function execute(argv: readonly string[]): Promise<void> {
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: HOME, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", reject);
    child.on("close", () => resolve());
  });
}
