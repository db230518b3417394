/** The policies that sessions run under. */
import {
  ACTS,
  AT,
  BOXES,
  BTRFS,
  BTRFS_FILES,
  DEEP_MOUNT,
  DELETE,
  DENIED_LINKS,
  DISK,
  EXEC,
  HOSTS,
  LIST,
  LISTEN,
  PODMAN,
  PORTS,
  READ,
  RUNNER_ID,
  RUNTIME_DIRECTORY,
  WRITE,
} from "./places.ts";

function list(items: readonly string[]): string {
  return `[${items.map((item) => JSON.stringify(item)).join(", ")}]`;
}

/** Something of every section, by naming what is denied; only the network is closed by default. */
export const BASE = `version = 1
mode = "audit"

[network]
default = "deny"
allow = ${list([
  `${AT.allowed}:${PORTS.tcp}/tcp`,
  `${AT.allowed}:${PORTS.udp}/udp`,
  `198.51.100.16/28:${PORTS.tcp}/tcp`,
  `[${AT.allowed6}]:${PORTS.tcp}/tcp`,
  `${HOSTS.allowed}:${PORTS.tcp}`,
])}
deny = ${list([`${AT.deniedInPrefix}:${PORTS.tcp}/tcp`])}

[exec]
default = "allow"
deny = ${list(["tool", "tool-rename", "tool-link", "tool-replaced", "interpreter", "script", "dynamic", "library"].map((name) => `${EXEC}/${name}`))}
memfd = "deny"

[files.read]
deny = ${list([...["key", "to-replace", "to-recreate"].map((name) => `${READ}/exact/${name}`), `${READ}/links/denied`, `${READ}/tree/**`, `${DEEP_MOUNT}/**`, `${DISK}/tree/**`, BTRFS_FILES.exact, `${BTRFS}/volume/tree/**`, "**/secret.env"])}

[files.write]
deny = ${list([`${WRITE}/tree/**`, `${DISK}/written/**`, BTRFS_FILES.written, `${WRITE}/exact/file`, `${WRITE}/exact/new`, `${WRITE}/parent/file`, `${WRITE}/parent-of-absent/new`, ...Object.values(DENIED_LINKS), ...["hop", "way/file", "to-nothing"].map((name) => `${WRITE}/links/${name}`)])}

[files.delete]
deny = ${list([`${DELETE}/tree/**`])}

[process]
memory = "deny"
`;

/** Everything closed by default, and a little allowed. */
export const LISTS = `version = 1
mode = "audit"

[network]
default = "deny"
allow = []

[exec]
default = "deny"
allow = ${list([ACTS, `${LIST}/bin/**`])}

[files.write]
default = "deny"
allow = ${list([`${LIST}/open/**`])}

[process]
memory = "deny"
`;

/** Servers are named, and all else may be reached. */
export const SERVERS = `version = 1
mode = "audit"

[network.listen]
default = "deny"
allow = ${list([
  `*:${LISTEN.everywhere}/tcp`,
  `${AT.allowed}:${LISTEN.atAllowed}`,
  `[${AT.allowed6}]:${LISTEN.atAllowed}/tcp`,
  `0.0.0.0:${LISTEN.ipv4}/tcp`,
  `*:${LISTEN.datagrams}/udp`,
])}

[privilege]
services = "allow"
`;

/** Servers may be anywhere but where they may not. */
export const NO_SERVERS = `version = 1
mode = "audit"

[network.listen]
deny = ${list([`*:${LISTEN.denied}/tcp`, `${AT.denied}:${LISTEN.deniedAt}`])}
`;

/** Nothing is refused but what guards the guard. */
export const OPEN = `version = 1
mode = "audit"

[network]
default = "allow"
`;

/** An open network, and every door shut that the policy can shut by a word. */
export const SHUT = `version = 1
mode = "audit"

[network]
default = "allow"

[privilege]
sudo = "deny"

[containers]
access = "deny"

[process]
signals = "deny"
`;

/** A closed network, and every door open that the policy can open by a word. */
export const AJAR = `version = 1
mode = "audit"

[network]
default = "deny"
allow = ${list([`${AT.allowed}:${PORTS.tcp}/tcp`])}
configure = "allow"

[privilege]
sudo = "allow"
services = "allow"
`;

/** Writes denied by default: of the machine's files only those that the ids of containers are written to are allowed. */
export const DOCKER_LIST = `version = 1
mode = "audit"

[network]
default = "deny"

[files.write]
default = "deny"
allow = ${list([`${BOXES}/**`])}

[containers]
access = "govern"
`;

/** What rootless Podman needs to write (docs/policy.md), and nothing else; no runtime outside of the job. */
export const PODMAN_LIST = `version = 1
mode = "audit"

[network]
default = "deny"

[files.write]
default = "deny"
allow = ${list([
  ...[
    PODMAN.storage,
    RUNTIME_DIRECTORY,
    "/home/runner/.config/cni",
    "/home/runner/.cache/containers",
    "/tmp",
    "/var/tmp",
  ].map((name) => `${name}/**`),
  `/dev/shm/libpod_rootless_lock_${RUNNER_ID}`,
])}

[containers]
access = "deny"
`;

/** Other processes of the user may be reached, and containers are governed even so. */
export const REACHING = `version = 1
mode = "audit"

[network]
default = "deny"

[process]
memory = "allow"

[containers]
access = "govern"
`;
