/** All scenarios, by the `warden run` they share. */
import { BASE, LISTS } from "../policies.ts";
import type { Scenario, Session } from "../scenario.ts";
import { exec, execList } from "./exec.ts";
import { guard, guardAsRoot, guardInJob } from "./guard.ts";
import { network, networkAsRoot, networkEmpty } from "./network.ts";
import { read, readAsRoot } from "./read.ts";
import { scope } from "./scope.ts";
import { write, writeList } from "./write.ts";

/** Acts of each class that must be let through, and written down, when the policy is only tried out. */
const TRIED_OUT = new Set([
  "network/connect4-tcp",
  "network/connect6-tcp",
  "network/sendto4",
  "network/ping-socket",
  "exec/denied-program",
  "exec/memfd",
  "exec/library-as-code",
  "read/exact",
  "read/name-anywhere",
  "read/rename-out-of-subtree",
  "write/open",
  "write/create",
  "write/unlink",
  "delete/unlink",
  "guard/ptrace-attach",
  "guard/process-vm-readv",
]);

function triedOut(scenarios: readonly Scenario[]): readonly Scenario[] {
  return scenarios
    .filter((scenario) => TRIED_OUT.has(scenario.id))
    .map(
      (scenario): Scenario => ({ ...scenario, id: `audit/${scenario.id.replace("/", "-")}`, expected: "would-deny" }),
    );
}

const ordinary = [...network, ...exec, ...read, ...write, ...guard, ...scope];

export const sessions: readonly Session[] = [
  { name: "base", policy: BASE, mode: "enforce", user: "runner", scenarios: ordinary },
  {
    name: "root",
    policy: BASE,
    mode: "enforce",
    user: "root",
    scenarios: [...networkAsRoot, ...readAsRoot, ...guardAsRoot],
  },
  { name: "job", policy: BASE, mode: "enforce", user: "root", by: "action", scenarios: guardInJob },
  {
    name: "lists",
    policy: LISTS,
    mode: "enforce",
    user: "runner",
    scenarios: [...networkEmpty, ...execList, ...writeList],
  },
  { name: "audit", policy: BASE, mode: "audit", user: "runner", scenarios: triedOut(ordinary) },
];
