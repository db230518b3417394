/** Processes that somebody outside of the session puts into a cgroup of their own, as a container runtime does. */
import { ACTS, AT, EXEC, PORTS, READ } from "../places.ts";
import type { EventPattern, Scenario } from "../scenario.ts";

/** As runtimes with the cgroupfs driver name them. */
const CGROUP = `{cgroups}/${"0123456789abcdef".repeat(4)}`;
const OPEN = ["open", "read", `${READ}/exact/key`] as const;
const CONNECT = ["connect", "tcp", AT.denied, PORTS.tcp] as const;

function contained(id: string, events: readonly EventPattern[], ...act: string[]): Scenario {
  const words = ["contain", "own", CGROUP, ACTS, ...act];
  return { id: `containers/${id}`, act: words, expected: "deny", events, outside: true };
}

const open = [{ kind: "file", hooks: ["open"] }] as const;
const connect = [{ kind: "network", hooks: ["connect"] }] as const;

/** Without a runtime: what the kernel side makes of it. */
export const containersOutside: readonly Scenario[] = [
  { ...contained("bare-opens", open, ...OPEN), smoke: true },
  contained("bare-connects", connect, ...CONNECT),
  contained("bare-child-opens", open, "child", "child", ...OPEN),
  contained("bare-daemon-connects", connect, "daemon", ...CONNECT),
  contained("bare-thread-opens", open, "thread", ...OPEN),
  contained("bare-executes", [{ kind: "file", hooks: ["exec"] }], "exec", `${EXEC}/tool`, "nothing"),
  contained("bare-back-in-the-machines-namespace", open, "rejoin", ...OPEN),
  contained("bare-leaves-cgroup", [{ kind: "guard", hooks: ["cgroup"] }], "open", "write", "{cgroups}/cgroup.procs"),
  {
    ...contained("bare-first-program", [{ kind: "file", hooks: ["exec"] }]),
    act: ["contain", "own", CGROUP, `${EXEC}/tool`, "nothing"],
  },
  {
    // what a runtime does before it leaves the machine's mount namespace
    ...contained("bare-runtime-opens", []),
    act: ["contain", "machine", CGROUP, ACTS, ...OPEN],
    expected: "allow",
  },
];
