/** Containers that a real Docker daemon, outside of the session, starts for the job. */
import { AT, BOXES, DOCKER, EXEC, HOME, LIST, PORTS, READ, WRITE } from "../places.ts";
import type { EventPattern, Scenario } from "../scenario.ts";

type Words = readonly string[];

const OPEN = ["open", "read", `${READ}/exact/key`] as const;
const CONNECT = ["connect", "tcp", AT.denied, PORTS.tcp] as const;
const SEND = ["send", "sendto", AT.denied, PORTS.udp] as const;
const SHARE = ["--volume", `${HOME}:${HOME}`] as const;
const HOST = ["--volume", "/:/machine"] as const;

const opened: readonly EventPattern[] = [{ kind: "file", hooks: ["open"] }];
const connected: readonly EventPattern[] = [{ kind: "network", hooks: ["connect"] }];

/** What a runtime inside a container does before it starts one of its own. */
const OWN_CGROUP = "/bin/busybox mkdir /sys/fs/cgroup/below && /acts write-file /sys/fs/cgroup/below/cgroup.procs 0";
const STEP = ["FROM", DOCKER.image, "\\nRUN /acts", ...CONNECT, "|| true"].join(" ");
const BUILD = `printf '${STEP}' | ${[DOCKER.program, ...DOCKER.words].join(" ")} build --no-cache - 2>&1 | grep -xE 'ok|E[A-Z]+'`;

function idOf(name: string): string {
  return `containers/docker-${name}`;
}

/** One container for one act. */
function run(
  id: string,
  events: readonly EventPattern[],
  options: Words,
  act: Words,
  image: Words = [DOCKER.image, "/acts"],
): Scenario {
  const file = `${BOXES}/${id}`;
  const words = [
    "run",
    "--rm",
    ...DOCKER.unconfined,
    "--label",
    "act",
    "--cidfile",
    file,
    ...options,
    ...image,
    ...act,
  ];
  return {
    id: idOf(id),
    act: ["program", DOCKER.program, ...DOCKER.words, ...words],
    expected: events.length === 0 ? "allow" : "deny",
    events,
    container: file,
  };
}

/** In a container that runs already. */
function exec(id: string, name: string, events: readonly EventPattern[], options: Words, act: Words): Scenario {
  return {
    id: idOf(id),
    act: ["program", DOCKER.program, ...DOCKER.words, "exec", ...options, name, "/acts", ...act],
    expected: "deny",
    events,
    container: `${BOXES}/${name}`,
  };
}

/** Tried everywhere: the kinds of ways in. Each takes some seconds in an emulated machine. */
const ALWAYS = new Set(["connects", "first-program", "reads-machines-root-privileged", "exec-in-older"].map(idOf));

const all: readonly Scenario[] = [
  { ...run("connects", connected, [], CONNECT), smoke: true },
  run("connects-allowed", [], [], ["connect", "tcp", AT.allowed, PORTS.tcp]),
  run("connects-on-own-network", connected, ["--network", DOCKER.network], CONNECT),
  run("connects-on-the-machines-network", connected, ["--network", "host"], CONNECT),
  run("connects-privileged", connected, ["--privileged"], CONNECT),
  run("sends", [{ kind: "network", hooks: ["send"] }], [], SEND),
  run("raw-socket", [{ kind: "network", hooks: ["socket"] }], [], ["socket", "2", "3", "1"]),
  run("reads-shared", opened, SHARE, OPEN),
  run("reads-machines-root", opened, HOST, ["open", "read", `/machine${READ}/exact/key`]),
  run(
    "reads-machines-root-privileged",
    opened,
    [...HOST, "--privileged", "--pid=host", "--cgroupns=host"],
    ["open", "read", `/machine${READ}/exact/key`],
  ),
  run("writes-shared", [{ kind: "file", hooks: ["open"] }], SHARE, ["open", "write", `${WRITE}/exact/file`]),
  run("executes-shared", [{ kind: "file", hooks: ["exec"] }], SHARE, ["exec", `${EXEC}/tool`, "nothing"]),
  // one that was not started is gone with its id
  run(
    "first-program",
    [{ kind: "file", hooks: ["exec"], anyProcess: true }],
    SHARE,
    ["nothing"],
    [DOCKER.image, `${EXEC}/tool`],
  ),
  run("own-files", [], [], ["open", "write", "/own/file"]),
  run("own-cgroup", [], ["--privileged"], ["-c", OWN_CGROUP], [DOCKER.image, "/bin/sh"]),
  run(
    "own-cgroup-with-the-machines-processes",
    [{ kind: "guard", hooks: ["cgroup"] }],
    ["--privileged", "--pid=host"],
    ["mkdir", "/sys/fs/cgroup/below"],
  ),
  run(
    "machines-cgroups",
    [{ kind: "guard", hooks: ["cgroup"] }],
    ["--privileged", "--cgroupns=host"],
    ["mkdir", "/sys/fs/cgroup/made-by-act"],
  ),
  run(
    "talks-to-the-machines-end-of-its-bridge",
    [],
    ["--network", DOCKER.network],
    ["talk", "tcp", DOCKER.gateway, PORTS.tcp],
  ),
  run(
    "ssh-to-the-machines-end-of-its-bridge",
    connected,
    ["--network", DOCKER.network],
    ["connect", "tcp", DOCKER.gateway, PORTS.ssh],
  ),
  run("serves", [], ["--publish", `127.0.0.1:${PORTS.published}:${PORTS.accept}`], ["accept", "0.0.0.0", PORTS.accept]),
  {
    id: idOf("build"),
    act: ["program", "/bin/sh", "-c", BUILD],
    expected: "deny",
    // which container it was only the daemon knows
    events: [{ kind: "network", hooks: ["connect"], anyProcess: true }],
  },
  exec("exec-in-older", "older", connected, [], CONNECT),
  exec("exec-in-older-privileged", "older", connected, ["--privileged"], CONNECT),
];

/** Where writing is denied by default. */
const listed: readonly Scenario[] = [
  run("own-files-by-default", [], [], ["open", "write", "/own/file"]),
  run("writes-shared-by-default", [{ kind: "file", hooks: ["open"] }], SHARE, ["open", "write", `${LIST}/other/file`]),
];

function seldom(scenario: Scenario): Scenario {
  return ALWAYS.has(scenario.id) ? scenario : { ...scenario, slow: true };
}

export const docker: readonly Scenario[] = all.map(seldom);
export const dockerList: readonly Scenario[] = listed.map(seldom);
