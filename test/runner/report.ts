/** What `--json FILE` contains: the whole job as values, for tests and demos to read. */

export type Conclusion = "success" | "failure" | "cancelled" | "skipped";

export type Stage = "setup" | "pre" | "main" | "post" | "complete";

export interface Annotation {
  readonly level: "error" | "warning" | "notice";
  /** Masked, at most 4096 characters. */
  readonly message: string;
  readonly title?: string;
  /** Relative to the workspace where it lies inside. */
  readonly file?: string;
  readonly line?: number;
  readonly endLine?: number;
  readonly column?: number;
  readonly endColumn?: number;
}

export interface StepReport {
  readonly number: number;
  readonly stage: Stage;
  /** `GITHUB_ACTION` of the step; empty for `setup` and `complete`. */
  readonly id: string;
  name: string;
  /** First line of the step in the workflow file, from 1. */
  readonly line?: number;
  /** Before `continue-on-error`. */
  outcome: Conclusion;
  /** After `continue-on-error`. */
  conclusion: Conclusion;
  /** Of every process the Worker started for this step, in order; 128 + n for a signal. */
  readonly processes: { readonly pid: number; exitCode: number | null; abandonedPipes: boolean }[];
  readonly outputs: Record<string, string>;
  /** `STATE_*` as they stand after this stage, without the prefix. */
  state: Record<string, string>;
  readonly annotations: Annotation[];
  /** Annotations over the limit of 10 per type. */
  annotationsDropped: number;
  /** Markdown of each process that wrote one, masked. One over the limit is not here, but an error annotation is. */
  readonly summaries: string[];
  durationMs: number;
  /** Masked, without colours, one entry a line, with the runner's `##[tag]`s. */
  readonly log: string[];
}

export interface RunReport {
  readonly job: string;
  readonly name: string;
  conclusion: Conclusion;
  readonly outputs: Record<string, string>;
  readonly steps: StepReport[];
  /** Of all steps, in order, at most 50. */
  readonly annotations: Annotation[];
  readonly annotationsDropped: number;
  /** Killed at the end because their environment held this job's RUNNER_TRACKING_ID. */
  readonly orphans: readonly { readonly pid: number; readonly name: string }[];
  readonly worker: { readonly pid: number; readonly executable: string; readonly trackingId: string };
  readonly durationMs: number;
}
