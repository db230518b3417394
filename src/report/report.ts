/** Everything a report can say, as one value. The reports (SARIF, annotations, summary) are pure functions of it. */
import type { HookClass, Mode, RuleSource } from "../common/terms.ts";
import type { Event, GapRecord } from "./event.ts";

export const REPORT_VERSION = 1;

export type PostureState = "enforced" | "audited" | "absent";

export interface ClassPosture {
  readonly class: HookClass;
  readonly state: PostureState;
  /** Does the policy need this class? */
  readonly needed: boolean;
  /** Why it is not `enforced`; empty when it is. Names hook, kernel and remedy. */
  readonly reason: string;
}

export interface Posture {
  readonly kernel: string;
  /** lsm: `bpf` is an active LSM. fmod_ret: it is not, the security functions are hooked directly. none: neither works here. */
  readonly flavour: "lsm" | "fmod_ret" | "none";
  readonly classes: readonly ClassPosture[];
}

/** A place in the repository that a finding points to. Path is relative to the repository root, with forward slashes. */
export interface Anchor {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
}

export interface Report {
  readonly v: typeof REPORT_VERSION;
  readonly tool: { readonly name: "Warden"; readonly version: string };
  readonly mode: Mode;
  /** ISO 8601. */
  readonly started: string;
  readonly ended: string;
  /** Taken before the first step. */
  readonly posture: Posture;
  /** Taken again at the end; null when it could not be. */
  readonly postureAtEnd: Posture | null;
  readonly workflow: {
    readonly name: string | null;
    readonly job: string | null;
    /** e.g. `.github/workflows/ci.yml`, repository-relative; null outside a workflow. */
    readonly path: string | null;
    readonly matrix: string | null;
  };
  /** Where each step id stands in the workflow file. */
  readonly steps: Readonly<Record<string, Anchor & { readonly name: string }>>;
  /** Where each package stands in a lockfile or manifest. */
  readonly packages: Readonly<Record<string, Anchor>>;
  /** Rules by id. */
  readonly rules: Readonly<Record<number, RuleSource>>;
  /** Refusals and would-be refusals, in order, grouped: the same act by the same step and package is one violation. */
  readonly violations: readonly Violation[];
  /** Further violations, for which there was no room: see findings.ts. Empty but after a flood of different refusals. */
  readonly omitted: readonly Omitted[];
  readonly counts: {
    /** Events the kernel made; emitted + lost = total, always. */
    readonly total: number;
    readonly emitted: number;
    readonly lost: number;
    /** Refusals and would-be refusals, counted in the kernel, including lost ones. */
    readonly denied: number;
  };
  readonly gaps: readonly GapRecord[];
  /** What was done to the guard's own reporting, such as a post that never ran; empty on an honest job. */
  readonly tampering: readonly string[];
  /** Things the reader must know: a name that did not resolve, a degraded class, a missing step map. */
  readonly warnings: readonly string[];
}

export interface Violation {
  /** The first event of the group. */
  readonly event: Event;
  readonly count: number;
  /** A stable, human sentence without pids and temporary paths: `connect to 192.0.2.7:443 (tcp)`. */
  readonly act: string;
}

/** So many refusals, or would-be refusals, of which a report says no more than this. */
export interface Omitted {
  /** Id of the kind of violation: see kinds.ts. */
  readonly kind: string;
  readonly verdict: "deny" | "would-deny";
  /** The step's id; null outside of any, and where there were too many steps to tell apart. */
  readonly step: string | null;
  readonly count: number;
}
