import { relative } from "node:path";
import { stripColors } from "./console.ts";
import type { Json, Scope } from "./expressions.ts";
import { ANNOTATION_MESSAGE_LENGTH, ANNOTATIONS_PER_TYPE } from "./limits.ts";
import type { Annotation, StepReport } from "./report.ts";
import type { JobState } from "./state.ts";

/** The `steps` context of a job or of one run of a composite action. */
export type StepsScope = Record<string, { outputs: Record<string, string>; outcome?: string; conclusion?: string }>;

interface Origin {
  readonly job: JobState;
  readonly report: StepReport;
  /** Key in the `steps` context; none for pre, post and the runner's own steps. */
  readonly contextName: string | undefined;
  readonly scope: StepsScope;
  /** `STATE_*` without the prefix, shared by pre, main and post of one step. */
  readonly state: Map<string, string>;
  readonly abort: AbortController;
  readonly github: Record<string, string>;
  readonly env: Map<string, string>;
  /** Of the composite action around this step. */
  readonly inputs?: Readonly<Record<string, string>>;
}

/** One step while it runs: its log, its annotations, what it leaves for others. The runner's `ExecutionContext`. */
export class StepContext {
  readonly job: JobState;
  readonly report: StepReport;
  readonly state: Map<string, string>;
  readonly abort: AbortController;
  /** The `github` context as this step sees it. */
  readonly github: Record<string, string>;
  /** The `env` context: of workflow, job and step, and what earlier steps wrote to GITHUB_ENV. */
  readonly env: Map<string, string>;
  readonly inputs: Readonly<Record<string, string>> | undefined;
  readonly scope: StepsScope;
  /** A failed or refused command or file; it fails the step whatever the process says. */
  commandFailed = false;
  failed = false;
  /** `::echo::on`. */
  echo: boolean;
  readonly #contextName: string | undefined;

  constructor(origin: Origin) {
    this.job = origin.job;
    this.report = origin.report;
    this.state = origin.state;
    this.abort = origin.abort;
    this.github = origin.github;
    this.env = origin.env;
    this.inputs = origin.inputs;
    this.scope = origin.scope;
    this.#contextName = origin.contextName;
    this.echo = origin.job.message.debug;
  }

  /** A step of a composite action: same record and log, own scope. */
  embed(
    contextName: string,
    scope: StepsScope,
    inputs: Readonly<Record<string, string>>,
    actionPath: string,
  ): StepContext {
    const child = new StepContext({
      job: this.job,
      report: this.report,
      contextName,
      scope,
      state: new Map(),
      abort: this.abort,
      github: { ...this.github, action_path: actionPath },
      env: new Map([...this.job.env, ...this.env]),
      inputs,
    });
    return child;
  }

  /** What expressions of this step can see. */
  expressionScope(status: Scope["status"] = this.job.status): Scope {
    const { job } = this;
    const contexts: Record<string, Json> = {
      github: { ...this.github, token: job.token, event: job.event },
      env: Object.fromEntries(this.env),
      runner: { ...job.runner },
      job: { status: job.status },
      // Jobs with a strategy are refused: this one is in no matrix.
      matrix: null,
      steps: this.scope as Json,
    };
    // A composite action sees its inputs and no secrets.
    if (this.inputs !== undefined) contexts.inputs = { ...this.inputs };
    else contexts.secrets = Object.fromEntries(job.secrets);
    return { contexts, status };
  }

  output(text: string): void {
    this.log(text);
  }

  error(message: string): void {
    this.annotate({ level: "error", message });
  }

  warning(message: string): void {
    this.annotate({ level: "warning", message });
  }

  debug(message: string): void {
    if (!this.job.message.debug) return;
    for (const line of message.split(/\r?\n/)) this.log(`##[debug]${line}`);
  }

  /** Adds an issue to the log, and to the annotations as far as the limit of its type goes. */
  annotate(annotation: Annotation): void {
    const message = this.job.masker.mask(annotation.message);
    this.log(`##[${annotation.level}]${message}`);
    const kept = this.report.annotations.filter((other) => other.level === annotation.level).length;
    if (kept >= ANNOTATIONS_PER_TYPE) {
      this.report.annotationsDropped++;
      return;
    }
    this.report.annotations.push({ ...annotation, message: message.slice(0, ANNOTATION_MESSAGE_LENGTH) });
  }

  setOutput(name: string, value: string): void {
    // Inside a composite action only its own outputs are the step's.
    if (this.inputs === undefined) this.report.outputs[name] = value;
    // Generated ids start with two underscores; nobody can refer to them.
    if (this.#contextName === undefined || this.#contextName.startsWith("__")) return;
    this.#entry().outputs[name] = value;
  }

  /** Outcome and conclusion for `steps.<id>`. */
  publish(outcome: string, conclusion: string): void {
    if (this.#contextName === undefined || this.#contextName.startsWith("__")) return;
    Object.assign(this.#entry(), { outcome, conclusion });
  }

  setEnv(name: string, value: string): void {
    this.job.env.set(name, value);
    this.env.set(name, value);
  }

  /** Relative to the workspace when it lies inside. */
  workspacePath(file: string): string {
    const inside = relative(this.job.message.paths.workspace, file);
    return file.startsWith("/") && inside !== "" && !inside.startsWith("..") ? inside : file;
  }

  private log(text: string): void {
    const masked = this.job.masker.mask(text);
    this.report.log.push(stripColors(masked));
    this.job.console.line(masked);
  }

  #entry(): StepsScope[string] {
    const name = this.#contextName!;
    this.scope[name] ??= { outputs: {} };
    return this.scope[name];
  }
}
