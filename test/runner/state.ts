import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import type { JobConsole } from "./console.ts";
import type { StepContext, StepsScope } from "./context.ts";
import type { Json } from "./expressions.ts";
import { SecretMasker } from "./mask.ts";
import type { PipePool } from "./pipes.ts";
import type { JobMessage } from "./protocol.ts";
import type { StepReport } from "./report.ts";
import type { StepRequest } from "./steps.ts";

/** A cleanup to run after all steps, last registered first. */
export interface PostStep {
  readonly step: StepRequest;
  readonly name: string;
  readonly condition: string;
  readonly run: (context: StepContext) => Promise<void>;
}

/** What all steps of the job share. The runner's `GlobalContext`. */
export class JobState {
  readonly masker = new SecretMasker();
  /** Of workflow and job, and what steps wrote to GITHUB_ENV. */
  readonly env = new Map<string, string>();
  /** What steps wrote to GITHUB_PATH, in order; the last is searched first. */
  readonly prependPath: string[] = [];
  readonly steps: StepsScope = {};
  readonly posts: PostStep[] = [];
  readonly reports: StepReport[] = [];
  readonly secrets = new Map<string, string>();
  readonly trackingId = `github_${randomUUID()}`;
  readonly token: string;
  readonly event: Json;
  /** The `runner` context, and without its dots the RUNNER_* variables. */
  readonly runner: Readonly<Record<string, string>>;
  readonly temp: string;
  status: "success" | "failure" | "cancelled" = "success";
  readonly #states = new Map<string, Map<string, string>>();
  readonly #registered = new Set<string>();

  constructor(
    readonly message: JobMessage,
    readonly console: JobConsole,
    readonly pipes: PipePool,
    /** Aborted when the job is cancelled. */
    readonly cancellation: AbortSignal,
  ) {
    for (const [name, { value, isSecret }] of Object.entries(message.variables)) {
      if (!isSecret) continue;
      this.masker.add(value);
      if (!name.startsWith("system.")) this.secrets.set(name, value);
    }
    this.token = message.variables["system.github.token"]?.value ?? "";
    this.secrets.set("GITHUB_TOKEN", this.token);
    this.masker.add(Buffer.from(`x-access-token:${this.token}`).toString("base64"));
    this.event = JSON.parse(message.event) as Json;
    const { work, workspace } = message.paths;
    this.temp = join(work, "_temp");
    this.runner = {
      os: "Linux",
      arch: process.arch === "arm64" ? "ARM64" : "X64",
      name: hostname(),
      environment: "github-hosted",
      temp: this.temp,
      tool_cache: join(work, "_tool"),
      workspace: dirname(workspace),
      ...(message.debug ? { debug: "1" } : {}),
    };
  }

  /** The state that pre, main and post of a step share. */
  stateOf(step: StepRequest): Map<string, string> {
    const state = this.#states.get(step.id) ?? new Map<string, string>();
    this.#states.set(step.id, state);
    return state;
  }

  /** Registers a step's cleanup once, whether its pre or its main comes first. */
  registerPost(post: PostStep): void {
    if (this.#registered.has(post.step.id)) return;
    this.#registered.add(post.step.id);
    this.posts.push(post);
  }
}
