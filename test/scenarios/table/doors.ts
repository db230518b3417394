/** Ways out of the job by others: services outside of it, their sockets and files, and programs that make root. */
import {
  AT,
  CAPABLE,
  CRON,
  HOSTS_COPY,
  LINK_LOCAL6,
  METADATA,
  METADATA6,
  PORTS,
  PRELOAD,
  ROOTS_FILE,
  SETUID,
  SOCKETS,
  WRITE,
} from "../places.ts";
import type { EventPattern, Scenario } from "../scenario.ts";

const socket: readonly EventPattern[] = [{ kind: "file", hooks: ["unix"] }];
/** Of a socket without a file. */
const abstract: readonly EventPattern[] = [{ kind: "guard", hooks: ["unix"] }];
const connect: readonly EventPattern[] = [{ kind: "network", hooks: ["connect"] }];
const create: readonly EventPattern[] = [{ kind: "file", hooks: ["create", "open"] }];

const SIGCONT = "18";

function event(...hooks: string[]): readonly EventPattern[] {
  return [{ kind: "guard", hooks }];
}

function deny(id: string, events: readonly EventPattern[], ...act: string[]): Scenario {
  return { id, act, expected: "deny", events };
}

function allow(id: string, ...act: string[]): Scenario {
  return { id, act, expected: "allow", events: [] };
}

/** As an ordinary user. */
export const doors: readonly Scenario[] = [
  allow("unix/neighbour", "unix-connect", "stream", SOCKETS.open),
  { ...deny("unix/denied-stream", socket, "unix-connect", "stream", SOCKETS.stream), smoke: true },
  deny("unix/denied-by-proc-root", socket, "unix-connect", "stream", `/proc/self/root${SOCKETS.stream}`),
  deny("unix/denied-seqpacket", socket, "unix-connect", "seqpacket", SOCKETS.seqpacket),
  deny("unix/denied-datagram", socket, "unix-connect", "datagram", SOCKETS.datagram),
  deny("unix/denied-datagram-send", socket, "unix-send", SOCKETS.datagram),
  deny("unix/abstract-outside", abstract, "unix-connect", "stream", SOCKETS.abstract),
  deny("unix/abstract-outside-datagram", abstract, "unix-connect", "datagram", SOCKETS.abstractDatagram),
  deny("unix/abstract-outside-send", abstract, "unix-send", SOCKETS.abstractDatagram),
  allow("unix/abstract-own", "unix-own", "stream", "@scenario-own"),
  allow("unix/abstract-own-datagram", "unix-own", "datagram", "@scenario-own"),
  deny("unix/dotnet-diagnostic", socket, "unix-connect", "stream", SOCKETS.diagnostic),
  allow("unix/dotnet-diagnostic-own", "unix-own", "stream", `${WRITE}/open/dotnet-diagnostic-1-1-socket`),
  deny("unix/system-bus", socket, "unix-connect", "stream", SOCKETS.bus),
  // the rule is of the name as well, since a service may make its socket anew
  deny("unix/recreated", socket, "unix-connect", "stream", "{renewed}"),
  allow("unix/container-runtime-by-default", "unix-connect", "stream", SOCKETS.docker),
  deny("network/ssh-to-loopback", connect, "connect", "tcp", "127.0.0.1", PORTS.ssh),
  deny("network/ssh-to-loopback6", connect, "connect", "tcp", "::1", PORTS.ssh),
  allow("network/own-namespace", "own-net", "user", "lo"),
  allow("exec/set-user-id-by-default", "exec", SETUID, "is-root"),
  allow("exec/file-capabilities-by-default", "exec-says", CAPABLE, "open", "read", ROOTS_FILE),
  allow("process/signal-by-default", "signal", "kill", "{victim}", SIGCONT),
];

/** As an ordinary user, with an open network and all else shut. */
export const doorsShut: readonly Scenario[] = [
  allow("network/open", "talk", "tcp", AT.denied, PORTS.tcp),
  deny("network/metadata-default-allow", connect, "connect", "tcp", METADATA, PORTS.tcp),
  deny("network/metadata6-default-allow", connect, "connect", "tcp", METADATA6, PORTS.tcp),
  deny("network/link-local6-default-allow", connect, "connect", "tcp", LINK_LOCAL6, PORTS.tcp),
  // what no address is stands for loopback
  deny("network/ssh-to-no-address", connect, "connect", "tcp", "0.0.0.0", PORTS.ssh),
  deny("network/ssh-to-no-address6", connect, "connect", "tcp", "::", PORTS.ssh),
  deny("network/ssh-to-no-address-mapped", connect, "connect", "tcp", "::ffff:0.0.0.0", PORTS.ssh),
  deny("network/ssh-to-loopback-default-allow", connect, "connect", "tcp", "127.0.0.1", PORTS.ssh),
  deny("unix/container-runtime", socket, "unix-connect", "stream", SOCKETS.docker),
  {
    ...deny("exec/file-capabilities", event("capable"), "exec-says", CAPABLE, "open", "read", ROOTS_FILE),
    errnos: ["EACCES"],
  },
  deny("process/signal", event("signal"), "signal", "kill", "{victim}", SIGCONT),
  deny("process/signal-by-thread", event("signal"), "signal", "tgkill", "{victim}", SIGCONT),
  deny("process/signal-by-descriptor", event("signal"), "signal", "pidfd", "{victim}", SIGCONT),
  deny("process/limit", event("signal"), "limit", "{victim}"),
  allow("process/ask-whether-there", "signal", "kill", "{victim}", "0"),
  deny("exec/set-user-id", [{ kind: "file", hooks: ["exec"] }], "exec", SETUID, "is-root"),
];

export const doorsAsRoot: readonly Scenario[] = [
  deny("services/cron-file", create, "open", "create", CRON),
  deny("services/preloaded-library", create, "open", "create", PRELOAD),
  // what is in it says which addresses an allowed name has
  deny("services/hosts-file", [{ kind: "file", hooks: ["open"] }], "open", "append", "/etc/hosts"),
  deny("services/hosts-file-renamed-over", [{ kind: "file", hooks: ["rename"] }], "rename", HOSTS_COPY, "/etc/hosts"),
  deny(
    "services/hosts-file-mount",
    [{ kind: "file", hooks: ["mount"] }],
    "bind-over",
    `${WRITE}/open/linked`,
    "/etc/hosts",
  ),
  deny("services/system-bus-unlink", [{ kind: "file", hooks: ["unlink"] }], "unlink", SOCKETS.bus),
];

/** As root, with services open. */
export const doorsAjar: readonly Scenario[] = [
  allow("services/cron-file-allowed", "open", "create", CRON),
  allow("unix/system-bus-allowed", "unix-connect", "stream", SOCKETS.bus),
  allow("unix/abstract-outside-allowed", "unix-connect", "stream", SOCKETS.abstract),
  allow("network/ssh-to-loopback-allowed", "talk", "tcp", "127.0.0.1", PORTS.ssh),
];
