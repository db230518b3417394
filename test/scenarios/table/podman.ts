/** Containers that rootless Podman starts: they are the job's own processes, in namespaces of their own. */
import { AT, DELETE, EXEC, HOME, OLDER_PODMAN, PODMAN, PORTS, READ, WRITE } from "../places.ts";
import { BASE, PODMAN_LIST, REACHING } from "../policies.ts";
import type { EventPattern, Scenario, Session } from "../scenario.ts";

type Words = readonly string[];

const CONNECT = ["connect", "tcp", AT.denied, PORTS.tcp] as const;
const OPEN = ["open", "read", `${READ}/exact/key`] as const;

const connected: readonly EventPattern[] = [{ kind: "network", hooks: ["connect"] }];
const opened: readonly EventPattern[] = [{ kind: "file", hooks: ["open"] }];
const executed: readonly EventPattern[] = [{ kind: "file", hooks: ["exec"] }];

function act(id: string, events: readonly EventPattern[], ...words: string[]): Scenario {
  return { id: `containers/podman-${id}`, act: words, expected: events.length === 0 ? "allow" : "deny", events };
}

/** Acts of the processes of one container. It shares the machine's network, process ids and the home directory. */
const inside: readonly Scenario[] = [
  act("connects", connected, ...CONNECT),
  act("connects-allowed", [], "connect", "tcp", AT.allowed, PORTS.tcp),
  act("sends", [{ kind: "network", hooks: ["send"] }], "send", "sendto", AT.denied, PORTS.udp),
  act("daemon-connects", connected, "daemon", ...CONNECT),
  act("reads-shared", opened, ...OPEN),
  act("reads-shared-subtree", opened, "open", "read", `${READ}/tree/file`),
  act("reads-shared-name", opened, "open", "read", `${READ}/open/secret.env`),
  act("child-reads-shared", opened, "child", "child", ...OPEN),
  act("writes-shared", opened, "open", "write", `${WRITE}/exact/file`),
  act("deletes-shared", [{ kind: "file", hooks: ["unlink"] }], "unlink", `${DELETE}/tree/to-unlink`),
  act("links-shared", [{ kind: "file", hooks: ["link"] }], "link", `${READ}/exact/key`, `${READ}/open/linked`),
  act("executes-shared", executed, "exec", `${EXEC}/tool`, "nothing"),
  act("executes-memory", executed, "exec-memfd", `${EXEC}/neighbour`, "nothing"),
  act("writes-own", [], "open", "write", "/own/file"),
];

/** Of one with a network of its own, whose way out is a process of the job's. */
const ownNetwork: readonly Scenario[] = [
  act("own-network-connects", connected, ...CONNECT),
  act("own-network-connects-allowed", [], "talk", "tcp", AT.allowed, PORTS.tcp),
  // neighbours are asked for by the kernel
  act("own-network-connects-allowed6", [], "talk", "tcp", AT.allowed6, PORTS.tcp),
  act("own-network-sends", [{ kind: "network", hooks: ["send"] }], "send", "sendto", AT.denied, PORTS.udp),
  act("own-network-raw-socket", [{ kind: "network", hooks: ["socket"] }], "socket", "2", "3", "1"),
];

/** Of one with all rights that Podman can give, and the machine's root. */
const privileged: readonly Scenario[] = [
  act("privileged-reads-machines-root", opened, "open", "read", `/machine${READ}/exact/key`),
  act("privileged-writes-machines-root", opened, "open", "write", `/machine${WRITE}/exact/file`),
  act("privileged-executes-machines-root", executed, "exec", `/machine${EXEC}/tool`, "nothing"),
  act("privileged-binds", opened, "open-bind", "root", `/machine${READ}/tree`, `/machine${READ}/mount`, "file"),
];

/** A runtime that may not start a program, or not reach a container, says so in words of its own. */
const REFUSED = [
  'said=$("$@" 2>&1); case "$said" in',
  '*"peration not permitted"* | *"cannot re-exec process to join"*) echo EPERM;;',
  '*) echo "$said";; esac',
].join(" ");

function podman(id: string, events: readonly EventPattern[], words: Words): Scenario {
  return act(id, events, "program", "/bin/sh", "-c", REFUSED, "podman", ...words);
}

const RUN = [...PODMAN.words, "run", "--rm"] as const;
const REMOTE = [...PODMAN.words, "--remote", "--url", PODMAN.service] as const;

/** Podman itself, from a step. */
const inJob: readonly Scenario[] = [
  podman("first-program", executed, [...RUN, "--volume", `${HOME}:${HOME}`, ...PODMAN.box, `${EXEC}/tool`, "nothing"]),
  // its processes, and the one that holds its namespaces, are outside of the session
  podman(
    "exec-in-older",
    [{ kind: "guard", hooks: ["ptrace"] }],
    [...OLDER_PODMAN.words, "exec", "older", "/acts", ...CONNECT],
  ),
  podman(
    "service",
    [{ kind: "file", hooks: ["unix"] }],
    [...REMOTE, "run", "--rm", ...PODMAN.box, "/acts", ...CONNECT],
  ),
];

/** Where the memory of other processes may be reached, which joining them is. */
const open: readonly Scenario[] = [
  podman("exec-in-older-reached", connected, [...OLDER_PODMAN.words, "exec", "older", "/acts", ...CONNECT]),
];

/** With writes denied by default, and no runtime's socket to be reached: there is none. */
const list: readonly Scenario[] = [
  podman("image-writes-own", [], [...RUN, "--network", "host", PODMAN.image, "/acts", "open", "write", "/own/file"]),
  podman("image-connects", connected, [...RUN, "--network", "host", PODMAN.image, "/acts", ...CONNECT]),
];

/** What acts in it tell their process ids by, and where the program that does them is. */
const STARTED = [
  ...PODMAN.words,
  "run",
  "--rm",
  "--interactive",
  "--pid",
  "host",
  "--volume",
  `${PODMAN.home}:${PODMAN.home}`,
];

function session(name: string, policy: string, scenarios: readonly Scenario[], within?: Words): Session {
  const common = { name: `podman-${name}`, policy, mode: "enforce", user: "runner", podman: true, scenarios } as const;
  return within === undefined ? common : { ...common, within: [...STARTED, ...within] };
}

function slow(scenarios: readonly Scenario[]): readonly Scenario[] {
  return scenarios.map((scenario) => ({ ...scenario, slow: true }));
}

/** Podman takes seconds for each container in an emulated machine. */
export const podmanSessions: readonly Session[] = [
  session("inside", BASE, inside, PODMAN.box),
  session("own-network", BASE, ownNetwork, ["--cap-add", "NET_RAW", ...PODMAN.ownNetwork]),
  session("in-job", BASE, inJob),
  session("privileged", BASE, slow(privileged), ["--privileged", "--volume", "/:/machine", ...PODMAN.box]),
  session("list", PODMAN_LIST, slow(list)),
  session("reaching", REACHING, slow(open)),
];
