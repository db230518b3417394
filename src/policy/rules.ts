/**
 * What a policy compiles to. This is the border between policy (pure text work) and session/kernel (which turn
 * it into frames for the monitor). Paths here are absolute and expanded, but not resolved: only the monitor, on
 * the machine, learns which inode a path names.
 */
import type { FileOp, HookClass, Mode, RuleSource } from "../common/terms.ts";

export type { FileOp, HookClass, Mode, RuleSource };
export type Effect = "allow" | "deny";
/** What becomes of containers that a runtime outside of the session starts: none are reached, or governed, or left alone. */
export type ContainerAccess = "deny" | "govern" | "allow";

/** The three path forms and no others. `path` has no trailing slash except for "/" itself. */
export type PathForm =
  | { readonly form: "exact"; readonly path: string }
  | { readonly form: "subtree"; readonly path: string }
  | { readonly form: "name"; readonly name: string };

export interface FileRule {
  readonly kind: "file";
  /** Dense, from 1; 0 means "no rule, the default decided". Unique over file and network rules together. */
  readonly id: number;
  readonly op: FileOp;
  readonly effect: Effect;
  readonly target: PathForm;
  readonly source: RuleSource;
}

export type Protocol = "tcp" | "udp" | "any";

export type NetworkTarget =
  /** A literal address or prefix. Bits beyond the prefix are zero. v4-mapped v6 is written as v4. */
  | { readonly form: "cidr"; readonly family: 4 | 6; readonly address: string; readonly prefix: number }
  /** A host name in lower case ASCII without a trailing dot. */
  | { readonly form: "host"; readonly host: string }
  /** `*.example.com`: needs the in-path resolver, which is PLANNED. It matches nothing and is warned about. */
  | { readonly form: "wildcard"; readonly suffix: string };

/** `out`: a destination. `in`: an address of this machine, to listen at. */
export type Direction = "out" | "in";

export interface NetworkRule {
  readonly kind: "network";
  readonly id: number;
  readonly direction: Direction;
  readonly effect: Effect;
  readonly target: NetworkTarget;
  /** 0 means any port. */
  readonly port: number;
  readonly protocol: Protocol;
  readonly source: RuleSource;
}

export interface CompiledPolicy {
  readonly mode: Mode;
  readonly rules: readonly (FileRule | NetworkRule)[];
  /** `inherit` (delete only): what write decides. */
  readonly defaults: {
    readonly network: Effect;
    readonly listen: Effect;
    readonly exec: Effect;
    readonly read: Effect;
    readonly write: Effect;
    readonly delete: Effect | "inherit";
  };
  /** Execution and code mapping of anonymous memory files. */
  readonly memfd: Effect;
  /** Memory, environment and file descriptors of processes outside the session. */
  readonly processMemory: Effect;
  /** Signals to processes outside the session. */
  readonly signals: Effect;
  /** Configuring the machine's network as root. */
  readonly configureNetwork: Effect;
  /** Programs that make an ordinary user root. */
  readonly sudo: Effect;
  /** Services outside the session that act there for whoever asks. */
  readonly services: Effect;
  readonly containers: ContainerAccess;
  /** The hook classes this policy needs; guard and containers are among them unless the policy says `[process] memory = "allow"`. */
  readonly needs: readonly HookClass[];
}
