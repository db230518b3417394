import { StepContext } from "./context.ts";
import { evaluateCondition, evaluateFlag, evaluateMap, evaluateMinutes } from "./expressions.ts";
import { CancelledError } from "./handler.ts";
import { displayName } from "./names.ts";
import type { Conclusion, Stage, StepReport } from "./report.ts";
import type { JobState } from "./state.ts";
import type { StepRequest } from "./steps.ts";

/** One stage of one step, waiting for its turn. */
export interface QueuedStep {
  readonly step: StepRequest;
  readonly name: string;
  readonly condition: string;
  readonly stage: "pre" | "main" | "post";
  readonly run: (context: StepContext) => Promise<void>;
}

/** Adds an empty record to the job's report. */
export function newReport(
  job: JobState,
  about: { readonly stage: Stage; readonly id: string; readonly name: string; readonly line?: number | undefined },
): StepReport {
  const report: StepReport = {
    number: job.reports.length + 1,
    stage: about.stage,
    id: about.id,
    name: job.masker.mask(about.name),
    ...(about.line === undefined ? {} : { line: about.line }),
    outcome: "success",
    conclusion: "success",
    processes: [],
    outputs: {},
    state: {},
    annotations: [],
    annotationsDropped: 0,
    summaries: [],
    durationMs: 0,
    log: [],
  };
  job.reports.push(report);
  return report;
}

/** Evaluates a step's condition, runs it with its timeout, and merges its result into the job's. */
export async function runStep(job: JobState, queued: QueuedStep): Promise<void> {
  const { step, stage } = queued;
  const started = performance.now();
  const report = newReport(job, { stage, id: step.id, name: queued.name, line: step.line });
  const context = new StepContext({
    job,
    report,
    contextName: stage === "main" ? step.id : undefined,
    scope: job.steps,
    state: job.stateOf(step),
    abort: new AbortController(),
    github: { ...job.message.github, action: step.id },
    env: new Map(job.env),
  });
  if (job.cancellation.aborted) job.status = "cancelled";

  let outcome: Conclusion = "success";
  let shown = false;
  const show = () => {
    if (!shown) job.console.stepStarts(report);
    shown = true;
  };
  try {
    for (const [name, value] of evaluateMap(step.env, context.expressionScope())) context.env.set(name, value);
    if (!evaluateCondition(queued.condition, context.expressionScope())) {
      outcome = "skipped";
    } else {
      if (stage === "main") report.name = job.masker.mask(displayName(step, context.expressionScope()));
      show();
      outcome = await runWithin(context, queued);
    }
  } catch (error) {
    show();
    context.error(error instanceof Error ? error.message : String(error));
    outcome = "failure";
  }

  report.outcome = outcome;
  report.conclusion = outcome === "failure" && tolerates(context, step) ? "success" : outcome;
  report.state = Object.fromEntries(context.state);
  report.durationMs = Math.round(performance.now() - started);
  context.publish(report.outcome, report.conclusion);
  if (report.conclusion === "failure" && job.status !== "cancelled") job.status = "failure";
  job.console.stepEnds(report);
}

/** Runs the step under its timeout and the job's cancellation. */
async function runWithin(context: StepContext, queued: QueuedStep): Promise<Conclusion> {
  const { job } = context;
  const minutes = evaluateMinutes(queued.step.timeoutMinutes, context.expressionScope());
  let timedOut = false;
  const timer =
    minutes > 0
      ? setTimeout(() => {
          timedOut = true;
          context.abort.abort();
        }, minutes * job.message.timings.minuteMs)
      : undefined;
  const onCancel = () => {
    job.status = "cancelled";
    // A step whose condition still holds, such as `always()`, goes on.
    if (!evaluateCondition(queued.condition, context.expressionScope())) context.abort.abort();
  };
  job.cancellation.addEventListener("abort", onCancel, { once: true });
  try {
    await queued.run(context);
    return context.failed || context.commandFailed ? "failure" : "success";
  } catch (error) {
    if (!(error instanceof CancelledError)) {
      context.error(error instanceof Error ? error.message : String(error));
      return "failure";
    }
    if (timedOut && !job.cancellation.aborted) {
      context.error(`The action '${context.report.name}' has timed out after ${minutes} minutes.`);
      return "failure";
    }
    context.error(error.message);
    return "cancelled";
  } finally {
    clearTimeout(timer);
    job.cancellation.removeEventListener("abort", onCancel);
  }
}

function tolerates(context: StepContext, step: StepRequest): boolean {
  try {
    return evaluateFlag(step.continueOnError, context.expressionScope());
  } catch (error) {
    context.error("The step failed and an error occurred when attempting to determine whether to continue on error.");
    context.error(error instanceof Error ? error.message : String(error));
    return false;
  }
}
