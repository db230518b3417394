/** Words that policies and reports share. */

/** What a process wants to do to a file. `exec` covers execve, and mapping a file as code. */
export type FileOp = "read" | "write" | "delete" | "exec";
export type Mode = "audit" | "enforce";

/** The classes of hooks a policy can need, each proved by a canary. */
export type HookClass = "network" | "exec" | "read" | "write" | "guard" | "containers";

/** Where a rule was written, for messages and reports. Line and column are 1-based. */
export interface RuleSource {
  /** The policy file as the user named it, `inputs.policy`, or `preset:NAME`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The rule as written, e.g. `~/.ssh/**`. */
  readonly text: string;
}
