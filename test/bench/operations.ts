/** What is measured: operations, what they are done with, and in which situations. Pure. */
import type { PolicyName } from "./policies.ts";

export const TARGETS = ["warm", "cold", "denied"] as const;
/** `warm`: the same one each round; `cold`: one that was not used in this session; `denied`: one that the policies deny. */
export type Target = (typeof TARGETS)[number];

export interface Operation {
  /** As test/bench/ops_*.c have it. */
  readonly name: string;
  readonly what: string;
  /** How often it is done with which targets. A multiple of 100, for the percentiles to be among the figures. */
  readonly rounds: Readonly<Partial<Record<Target, number>>>;
}

const MANY = 1000;
const SOME = 300;
const FEW = 100;

export const OPERATIONS: readonly Operation[] = [
  { name: "nothing", what: "nothing: what counting costs", rounds: { warm: FEW } },
  { name: "open-1", what: "open and close, 1 directory deep", rounds: { warm: MANY, cold: MANY, denied: MANY } },
  { name: "open-5", what: "open and close, 5 directories deep", rounds: { warm: MANY, cold: MANY, denied: MANY } },
  { name: "open-12", what: "open and close, 12 directories deep", rounds: { warm: MANY, cold: MANY, denied: MANY } },
  { name: "stat-5", what: "stat, 5 directories deep", rounds: { warm: MANY, cold: MANY } },
  { name: "read", what: "read 64 bytes of an open file", rounds: { warm: MANY } },
  { name: "create-unlink", what: "create, close and unlink a file", rounds: { warm: MANY, cold: MANY, denied: MANY } },
  { name: "fork-exec-static", what: "fork and exec, static", rounds: { warm: SOME, cold: FEW, denied: SOME } },
  { name: "spawn-static", what: "posix_spawn, static", rounds: { warm: SOME, cold: FEW, denied: SOME } },
  { name: "spawn-dynamic", what: "posix_spawn, dynamic", rounds: { warm: SOME } },
  { name: "connect", what: "connect to loopback", rounds: { warm: MANY, cold: MANY, denied: MANY } },
  { name: "accept", what: "accept from loopback", rounds: { warm: MANY } },
  { name: "sendto", what: "sendto over loopback", rounds: { warm: MANY, cold: MANY, denied: MANY } },
  { name: "walk-1000", what: "walk a directory of 1,000 files, lstat each", rounds: { warm: FEW } },
];

/**
 * `none`: no guard. `floor`: an empty program at each place where the guard has one. `ungoverned`: beside a session.
 * `governed`: in a session that enforces. `audit`: in a session that audits.
 */
export const KINDS = ["none", "floor", "ungoverned", "governed", "audit"] as const;
export type Kind = (typeof KINDS)[number];

export interface Situation {
  readonly kind: Kind;
  /** null without a session. */
  readonly policy: PolicyName | null;
}

/** `governed/1000`; also how the record has it. */
export const situationName = ({ kind, policy }: Situation) => (policy === null ? kind : `${kind}/${policy}`);

/** What a situation is measured with: where nobody asks the rules, all targets are alike. */
export function targetsOf(kind: Kind): readonly Target[] {
  if (kind === "none" || kind === "governed") return TARGETS;
  return kind === "audit" ? ["warm", "denied"] : ["warm"];
}

export interface Measurement {
  readonly op: string;
  readonly target: Target;
  readonly rounds: number;
}

/** The measurements of one kind of situation, in their order. */
export function measurementsOf(kind: Kind, operations: readonly Operation[]): readonly Measurement[] {
  return operations.flatMap(({ name, rounds }) =>
    targetsOf(kind).flatMap((target) => {
      const count = rounds[target];
      return count === undefined ? [] : [{ op: name, target, rounds: count }];
    }),
  );
}
