/**
 * The limits and timings of the GitHub runner, copied from its sources (`ProcessInvoker`, `ExecutionContext`,
 * `FileCommandManager`) and, for the 50 annotations of a job, from GitHub's documentation.
 */

/** How long the Worker waits for a process, in milliseconds. */
export interface Timings {
  /** After the direct child has exited while something still holds its stdout or stderr. */
  readonly drainMs: number;
  /** Between SIGINT and SIGTERM on cancellation. */
  readonly interruptMs: number;
  /** Between SIGTERM and the kill of the direct child. */
  readonly terminateMs: number;
  /** Length of one minute of `timeout-minutes`; only tests change it. */
  readonly minuteMs: number;
}

export const RUNNER_TIMINGS: Timings = { drainMs: 5000, interruptMs: 7500, terminateMs: 2500, minuteMs: 60_000 };

/** Kept per step and type; what comes after is still in the log. */
export const ANNOTATIONS_PER_TYPE = 10;
/** Kept per job by the service. */
export const ANNOTATIONS_PER_JOB = 50;
/** Characters (UTF-16 units) of an annotation's message. */
export const ANNOTATION_MESSAGE_LENGTH = 4096;
/** Bytes of a step summary; a larger one is dropped whole. */
export const SUMMARY_BYTES = 1024 * 1024;
/** Written to `/proc/<pid>/oom_score_adj` of every step. */
export const STEP_OOM_SCORE_ADJ = 500;
