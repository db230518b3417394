/** What a scenario is: one act, what the guard must answer, and where the answer must be written down. */
import type { Event, Verdict } from "../../src/events/event.ts";
import type { Mode } from "../../src/policy/rules.ts";

/** An event answers a pattern when its kind is the pattern's and its hook is one of `hooks` (any, when absent). */
export interface EventPattern {
  readonly kind: Event["kind"];
  readonly hooks?: readonly string[];
  /** The event is made in a context (an interrupt) where no process of the act can be named. */
  readonly anyProcess?: true;
}

export interface Scenario {
  /** `area/what`, unique. */
  readonly id: string;
  /** Words for the acts program (test/scenarios/acts); `{name}` is replaced, see placeholders.ts. */
  readonly act: readonly string[];
  readonly expected: Verdict;
  /** What a refused act sees; EPERM when absent. */
  readonly errnos?: readonly string[];
  /** At least one of these must be in the journal when the verdict is not `allow`. */
  readonly events: readonly EventPattern[];
  /** Errnos of the control that mean this kernel was built without the thing: not counted, and said so. */
  readonly absentWhen?: readonly string[];
  /** Errnos by which the act says that the guard left it without its means: refused in every mode, without an event. */
  readonly withoutMeans?: readonly string[];
  /** The act is done in the container whose id this file holds, once it was started. */
  readonly container?: string;
  /** Done by a process outside the session, while the session runs. */
  readonly outside?: true;
  /** Part of the small set for kernels that get no full run. */
  readonly smoke?: true;
  /** Takes long in an emulated machine: tried where it is asked for, `--slow` or by its name. */
  readonly slow?: true;
}

export type User = "root" | "runner";

/** Scenarios that share one `warden run`, or one job that the action guards. */
export interface Session {
  readonly name: string;
  readonly policy: string;
  readonly mode: Mode;
  readonly user: User;
  /** `run` when absent. */
  readonly by?: "run" | "action";
  /** Its acts need the machine's container runtime. */
  readonly docker?: true;
  /** They need rootless Podman. */
  readonly podman?: true;
  /** The words before those of the batch: what starts it in a container. */
  readonly within?: readonly string[];
  readonly scenarios: readonly Scenario[];
}

/** How an act ended. `result` is `ok`, an errno's name, or `trouble`: it could not be tried. */
export interface ActResult {
  /** Id of the container it was done in, if in one. */
  readonly container?: string;
  readonly act: string;
  readonly result: string;
  readonly note: string;
  /** The processes that took part. */
  readonly pids: readonly number[];
}

/** One line of the result file. */
export interface ScenarioResult {
  readonly id: string;
  /** `uname -r`. */
  readonly kernel: string;
  /** The LSM list the machine was booted with: `stock` or `bpf`. */
  readonly flavour: string;
  /** How the same act ended without the guard; `ok` or it does not count. */
  readonly control: string;
  readonly verdict: string;
  readonly expected: string;
  readonly ok: boolean;
  /** The kernel has no such thing: neither passed nor failed. */
  readonly absent?: true;
  readonly note?: string;
}

export type Finding = Omit<ScenarioResult, "kernel" | "flavour">;

/** A scenario about the guard's own life: it starts what it needs and judges by itself. */
export interface LifecycleScenario {
  readonly id: string;
  /** It needs the machine's container runtime. */
  readonly docker?: true;
  /** It needs rootless Podman. */
  readonly podman?: true;
  readonly smoke?: true;
  /** As of a Scenario. */
  readonly slow?: true;
  readonly run: () => Promise<Omit<Finding, "id">>;
}
