import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadAction, repositoryDirectory, runAction } from "./action.ts";
import { StepContext } from "./context.ts";
import { evaluateCondition, evaluateMap } from "./expressions.ts";
import { ANNOTATIONS_PER_JOB } from "./limits.ts";
import { displayName } from "./names.ts";
import { killOrphans, snapshotProcesses } from "./orphans.ts";
import type { Conclusion, RunReport } from "./report.ts";
import type { JobState } from "./state.ts";
import { newReport, type QueuedStep, runStep } from "./step-runner.ts";
import type { ActionReference } from "./steps.ts";

const RUNNER_VERSION = "2.336.0";

/** Runs the whole job: set-up, pre, main and post steps, completion. Never throws for what a step does. */
export async function runJob(job: JobState): Promise<RunReport> {
  const started = performance.now();
  const { message } = job;
  const before = snapshotProcesses();
  // Set in the Worker itself: every process it starts from now on inherits it.
  process.env.RUNNER_TRACKING_ID = job.trackingId;

  const outputs: Record<string, string> = {};
  let orphans: RunReport["orphans"] = [];
  let conclusion: Conclusion = "skipped";
  const setup = runnerStep(job, "setup", "Set up job");
  if (evaluateCondition(message.job.condition, setup.expressionScope())) {
    const queue = await bracket(setup, () => setUp(setup));
    if (queue === undefined) {
      job.status = "failure";
    } else {
      for (const step of queue) await runStep(job, step);
      for (let post = job.posts.pop(); post !== undefined; post = job.posts.pop()) {
        const { step, name, condition, run } = post;
        await runStep(job, { step, name, condition, run, stage: "post" });
      }
    }
    conclusion = job.status;
    const complete = runnerStep(job, "complete", "Complete job");
    await bracket(complete, async () => {
      for (const [name, value] of evaluateMap(message.job.outputs, complete.expressionScope())) {
        if (job.masker.mask(value) !== value) complete.warning(`Skip output '${name}' since it may contain secret.`);
        else if (value !== "") outputs[name] = value;
      }
      complete.output("Cleaning up orphan processes");
      orphans = killOrphans(job.trackingId, before, (pid, name) =>
        complete.output(`Terminate orphan process: pid (${pid}) (${name})`),
      );
    });
    emptyDirectory(job.temp);
  }

  const annotations = job.reports.flatMap((step) => step.annotations);
  return {
    job: message.job.id,
    name: message.job.name,
    conclusion,
    outputs,
    steps: job.reports,
    annotations: annotations.slice(0, ANNOTATIONS_PER_JOB),
    annotationsDropped: Math.max(0, annotations.length - ANNOTATIONS_PER_JOB),
    orphans,
    worker: { pid: process.pid, executable: process.execPath, trackingId: job.trackingId },
    durationMs: Math.round(performance.now() - started),
  };
}

function runnerStep(job: JobState, stage: "setup" | "complete", name: string): StepContext {
  return new StepContext({
    job,
    report: newReport(job, { stage, id: "", name }),
    contextName: undefined,
    scope: job.steps,
    state: new Map(),
    abort: new AbortController(),
    github: { ...job.message.github },
    env: new Map(job.env),
  });
}

/** Runs one of the runner's own steps; undefined when it failed. */
async function bracket<T>(context: StepContext, run: () => Promise<T>): Promise<T | undefined> {
  const { job, report } = context;
  const started = performance.now();
  job.console.stepStarts(report);
  try {
    return await run();
  } catch (error) {
    context.error(error instanceof Error ? error.message : String(error));
    report.outcome = report.conclusion = "failure";
    job.status = "failure";
    return undefined;
  } finally {
    report.durationMs = Math.round(performance.now() - started);
    job.console.stepEnds(report);
  }
}

async function setUp(context: StepContext): Promise<QueuedStep[]> {
  const { job } = context;
  const { message } = job;
  context.output(`Current runner version: '${RUNNER_VERSION}'`);
  context.output("Prepare workflow directory");
  mkdirSync(job.temp, { recursive: true });
  emptyDirectory(job.temp);
  mkdirSync(job.runner.tool_cache!, { recursive: true });
  for (const map of message.job.env) {
    for (const [name, value] of evaluateMap(map, context.expressionScope())) context.setEnv(name, value);
  }

  const references = message.job.steps.flatMap((step) => (step.uses?.kind === "repository" ? [step.uses] : []));
  if (references.length > 0) context.output("Prepare all required actions");
  for (const uses of references) fetchAction(context, uses);

  const pre: QueuedStep[] = [];
  const main: QueuedStep[] = [];
  // Nothing of a step exists yet: a name that refers to one shows its expression until the step starts.
  const { contexts, status } = context.expressionScope();
  const { steps: _none, ...known } = contexts;
  for (const step of message.job.steps) {
    const name = displayName(step, { contexts: known, status });
    const run = (stage: "pre" | "main", shown: string) => (own: StepContext) =>
      runAction({ context: own, step, stage, displayName: shown, registerPost: (post) => job.registerPost(post) });
    main.push({ step, name, condition: step.condition, run: run("main", name), stage: "main" });
    // A local action may not exist yet, so it never has a pre.
    if (step.uses?.kind !== "repository") continue;
    const runs = loadAction({ context }, step.uses).manifest.runs;
    if (runs.kind !== "node" || runs.pre === undefined) continue;
    pre.push({ step, name: `Pre ${name}`, condition: runs.preIf, run: run("pre", `Pre ${name}`), stage: "pre" });
  }
  context.output(`Complete job name: ${message.job.name}`);
  return [...pre, ...main];
}

/** Copies the action to where a download would unpack it. */
function fetchAction(context: StepContext, uses: Extract<ActionReference, { kind: "repository" }>): void {
  const { message } = context.job;
  const named = `${uses.repository}@${uses.ref}`;
  const source = message.actions[named] ?? message.actions[uses.repository];
  if (source === undefined) {
    throw new Error(`Unable to resolve action \`${named}\`: this runner downloads nothing; give --action ${named}=DIR`);
  }
  const target = repositoryDirectory(message.paths.work, uses);
  context.output(`Download action repository '${named}'`);
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  const left = notInArchive(source);
  cpSync(source, target, { recursive: true, verbatimSymlinks: true, filter: (path) => !left.has(path) });
}

/** What a source archive of the folder would not have: `.git`, and top-level names that its `.gitignore` lists plainly. */
function notInArchive(source: string): Set<string> {
  const left = new Set([join(source, ".git")]);
  const ignoreFile = join(source, ".gitignore");
  if (!existsSync(ignoreFile)) return left;
  for (const line of readFileSync(ignoreFile, "utf8").split("\n")) {
    const name = line.trim().replace(/^\//, "").replace(/\/$/, "");
    if (name !== "" && !/[#!*?[/]/.test(name)) left.add(join(source, name));
  }
  return left;
}

function emptyDirectory(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false }) === undefined) return;
  for (const entry of readdirSync(directory)) {
    try {
      rmSync(join(directory, entry), { recursive: true, force: true });
    } catch {
      // Made by another user, or still written to: the runner leaves such files too.
    }
  }
}
