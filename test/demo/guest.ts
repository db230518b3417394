/**
 * The main example inside the virtual machine: the same job twice, first without Warden, to show that each hostile
 * act of the compromised package works there, then with it. Started as root by build/start.mjs:
 *
 *   node demo-guest.cjs PLAN
 *
 * Exit status 0 when the point is proved: the honest build passes both times, each act succeeds without Warden and is
 * refused with EPERM with it, and nothing reached the collector. 1 when it is not, with the reasons.
 */
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type JobRun, problems, table } from "./acts.ts";
import { startCollector } from "./collector.ts";
import { type Finished, runJob } from "./job.ts";
import { prepareMachine } from "./machine.ts";
import { type Plan, readPlan } from "./plan.ts";
import { withoutGuard } from "./workflow.ts";

const REPORT_FILES = ["report.json", "warden.sarif", "summary.md", "events.jsonl"];

async function main(planFile: string): Promise<number> {
  const plan = readPlan(planFile);
  prepareMachine(plan);
  const collector = await startCollector();
  const workflow = readFileSync(path.join(plan.project, ".github/workflows/ci.yml"), "utf8");

  heading("Without Warden: what the compromised package can do");
  const control = await runJob(plan, collector, "control", withoutGuard(workflow));
  heading("With Warden: the same job, guarded by its first step");
  const guarded = await runJob(plan, collector, "guarded", workflow);
  collector.close();

  const missing = collectReport(plan, guarded);
  const summary = path.join(plan.out, "summary.md");
  if (existsSync(summary)) {
    heading("The job's summary");
    process.stdout.write(`${readFileSync(summary, "utf8").trimEnd()}\n`);
  }
  heading("The result");
  process.stdout.write(`${table(control.run, guarded.run)}\n`);
  return verdict([...problems(control.run, guarded.run), ...missing], control.run, guarded.run, plan);
}

/** Copies the report out of the machine; names what is not there. */
function collectReport(plan: Plan, guarded: Finished): string[] {
  const directory = guarded.reportDir;
  if (directory === undefined) return ["with Warden: the action told no report directory"];
  const missing: string[] = [];
  for (const name of REPORT_FILES) {
    const file = path.join(directory, name);
    if (existsSync(file)) cpSync(file, path.join(plan.out, name));
    else missing.push(`with Warden: the report has no ${name}`);
  }
  return missing;
}

function verdict(failures: readonly string[], control: JobRun, guarded: JobRun, plan: Plan): number {
  const runs = { control, guarded };
  const plain = (_key: string, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value);
  writeFileSync(path.join(plan.out, "demo.json"), `${JSON.stringify({ failures, ...runs }, plain, 2)}\n`);
  if (failures.length === 0) {
    process.stdout.write(`\nEvery hostile act was refused with EPERM, and the honest build passed.\n`);
    return 0;
  }
  process.stdout.write(`\nThe point is not proved:\n${failures.map((failure) => `  ${failure}\n`).join("")}`);
  return 1;
}

function heading(text: string) {
  process.stdout.write(`\n== ${text}\n\n`);
}

const [planFile] = process.argv.slice(2);
if (planFile === undefined) throw new Error("usage: node demo-guest.cjs PLAN");
main(planFile).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
