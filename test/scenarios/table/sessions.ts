/** All scenarios, by the `warden run` they share. */
import { AJAR, BASE, LISTS, SHUT } from "../policies.ts";
import type { Scenario, Session } from "../scenario.ts";
import { attributes } from "./attributes.ts";
import { doors, doorsAjar, doorsAsRoot, doorsShut } from "./doors.ts";
import { exec, execList } from "./exec.ts";
import { guard, guardAsRoot, guardInJob } from "./guard.ts";
import { network, networkAsRoot, networkEmpty } from "./network.ts";
import { read, readAsRoot } from "./read.ts";
import { root, rootAjar } from "./root.ts";
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
  "write/utimes",
  "unix/denied-stream",
  "unix/abstract-outside",
  "unix/dotnet-diagnostic",
  "unix/system-bus",
  "network/ssh-to-loopback",
  "root/block-device",
  "root/net-admin",
  "root/perf-processor",
  "services/cron-file",
]);

/** What an audit refuses as well, or the guard would be gone. */
const ALWAYS = new Set(["root/ftrace-enabled", "root/load-module", "root/tracefs-write", "root/dev-mem"]);

function inAudit({ id }: Scenario): string {
  return `audit/${id.replace("/", "-")}`;
}

function alwaysRefused(scenario: Scenario): Scenario {
  return { ...scenario, id: inAudit(scenario) };
}

function triedOut(scenarios: readonly Scenario[]): readonly Scenario[] {
  return scenarios
    .filter((scenario) => TRIED_OUT.has(scenario.id))
    .map((scenario): Scenario => ({ ...scenario, id: inAudit(scenario), expected: "would-deny" }));
}

const ordinary = [...network, ...exec, ...read, ...write, ...attributes, ...guard, ...doors, ...scope];

export const sessions: readonly Session[] = [
  { name: "base", policy: BASE, mode: "enforce", user: "runner", scenarios: ordinary },
  {
    name: "root",
    policy: BASE,
    mode: "enforce",
    user: "root",
    scenarios: [...networkAsRoot, ...readAsRoot, ...guardAsRoot, ...doorsAsRoot, ...root],
  },
  { name: "job", policy: BASE, mode: "enforce", user: "root", by: "action", scenarios: guardInJob },
  {
    name: "lists",
    policy: LISTS,
    mode: "enforce",
    user: "runner",
    scenarios: [...networkEmpty, ...execList, ...writeList],
  },
  { name: "shut", policy: SHUT, mode: "enforce", user: "runner", scenarios: doorsShut },
  { name: "ajar", policy: AJAR, mode: "enforce", user: "root", scenarios: [...rootAjar, ...doorsAjar] },
  { name: "audit", policy: BASE, mode: "audit", user: "runner", scenarios: triedOut(ordinary) },
  {
    name: "audit-root",
    policy: BASE,
    mode: "audit",
    user: "root",
    scenarios: [...triedOut([...root, ...doorsAsRoot]), ...root.filter(({ id }) => ALWAYS.has(id)).map(alwaysRefused)],
  },
];
