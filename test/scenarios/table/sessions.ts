/** All scenarios, by the `warden run` they share. */
import { AJAR, BASE, DOCKER_LIST, LISTS, NO_SERVERS, SERVERS, SHUT } from "../policies.ts";
import type { Scenario, Session } from "../scenario.ts";
import { attributes, attributesAsRoot } from "./attributes.ts";
import { containersOutside } from "./containers.ts";
import { docker, dockerList } from "./docker.ts";
import { doors, doorsAjar, doorsAsRoot, doorsShut } from "./doors.ts";
import { exec, execList } from "./exec.ts";
import { guard, guardAsRoot, guardInJob } from "./guard.ts";
import { links } from "./links.ts";
import { listen, listenDenied } from "./listen.ts";
import { network, networkAsRoot, networkEmpty } from "./network.ts";
import { podmanSessions } from "./podman.ts";
import { read, readAsRoot } from "./read.ts";
import { root, rootAjar } from "./root.ts";
import { scope } from "./scope.ts";
import { write, writeList } from "./write.ts";

/** What root may not do in an audit either, or the guard would be gone; so all of `guardAsRoot`. */
const ALWAYS = new Set([
  ...guardAsRoot.map(({ id }) => id),
  "guard/inode-generation",
  "containers/bare-leaves-cgroup",
  "root/ftrace-enabled",
  "root/ftrace-in-own-procfs",
  "root/core-pattern-in-own-procfs",
  "root/sysrq",
  "root/poweroff-command",
  "root/load-module",
  "root/load-module-from-memory",
  "root/delete-module",
  "root/reboot",
  "root/kexec",
  "root/iopl",
  "root/ioperm",
  "root/dev-mem",
  "root/dev-mem-mknod",
  "root/dev-port-mknod",
  "root/block-device-write",
  "root/tracefs-write",
  "root/debugfs-write",
  "root/binfmt-register",
  "root/securityfs-write",
  "root/kernel-helper",
  "root/kernel-helper-by-link",
  "root/kernel-helper-by-mount",
  "root/sysfs-device",
  "root/pci-configuration",
  "root/uinput",
  "root/terminal-input",
  "root/hold-up-opens",
]);

/** One audit is enough for the small set. */
function notSmoke({ smoke: _, ...scenario }: Scenario): Scenario {
  return scenario;
}

/** The same act when the policy is only tried out: let through, and written down as what it would have been. */
function inAudit(scenario: Scenario): Scenario {
  const expected = scenario.expected === "deny" && !ALWAYS.has(scenario.id) ? "would-deny" : scenario.expected;
  return { ...scenario, id: `audit/${scenario.id.replace("/", "-")}`, expected };
}

const ordinary = [...network, ...exec, ...read, ...write, ...links, ...attributes, ...guard, ...doors, ...scope];

const asRoot = [
  ...networkAsRoot,
  ...readAsRoot,
  ...attributesAsRoot,
  ...guardAsRoot,
  ...doorsAsRoot,
  ...root,
  ...containersOutside,
];
const lists = [...networkEmpty, ...execList, ...writeList];

export const sessions: readonly Session[] = [
  { name: "base", policy: BASE, mode: "enforce", user: "runner", scenarios: ordinary },
  {
    name: "root",
    policy: BASE,
    mode: "enforce",
    user: "root",
    scenarios: asRoot,
  },
  { name: "job", policy: BASE, mode: "enforce", user: "root", by: "action", scenarios: guardInJob },
  {
    name: "lists",
    policy: LISTS,
    mode: "enforce",
    user: "runner",
    scenarios: lists,
  },
  { name: "shut", policy: SHUT, mode: "enforce", user: "runner", scenarios: doorsShut },
  { name: "ajar", policy: AJAR, mode: "enforce", user: "root", scenarios: [...rootAjar, ...doorsAjar] },
  { name: "servers", policy: SERVERS, mode: "enforce", user: "runner", scenarios: listen },
  { name: "no-servers", policy: NO_SERVERS, mode: "enforce", user: "runner", scenarios: listenDenied },
  { name: "audit", policy: BASE, mode: "audit", user: "runner", scenarios: ordinary.map(inAudit) },
  {
    name: "audit-shut",
    policy: SHUT,
    mode: "audit",
    user: "runner",
    scenarios: doorsShut.map(inAudit).map(notSmoke),
  },
  { name: "audit-root", policy: BASE, mode: "audit", user: "root", scenarios: asRoot.map(inAudit).map(notSmoke) },
  {
    name: "audit-servers",
    policy: SERVERS,
    mode: "audit",
    user: "runner",
    scenarios: listen.map(inAudit).map(notSmoke),
  },
  {
    name: "audit-no-servers",
    policy: NO_SERVERS,
    mode: "audit",
    user: "runner",
    scenarios: listenDenied.map(inAudit).map(notSmoke),
  },
  { name: "audit-lists", policy: LISTS, mode: "audit", user: "runner", scenarios: lists.map(inAudit).map(notSmoke) },
  { name: "docker", policy: BASE, mode: "enforce", user: "root", docker: true, scenarios: docker },
  {
    name: "docker-list",
    policy: DOCKER_LIST,
    mode: "enforce",
    user: "root",
    docker: true,
    scenarios: dockerList,
  },
  ...podmanSessions,
];
