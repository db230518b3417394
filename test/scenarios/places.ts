/** Addresses and paths that policies, acts and the fixture agree on. All paths are on a tmpfs of the machine. */

/** The tree that acts work in; built anew before every run. */
export const HOME = "/home/runner/s";
/** Not below HOME: programs and reports stay when the tree is built anew. */
export const PROGRAMS = "/home/runner/programs";
export const ACTS = `${PROGRAMS}/acts`;
/** Makes the acts' ancestor what a runner's is called. */
export const WORKER = `${PROGRAMS}/Runner.Worker`;
/** The action and the Node that runs it, as a runner has them; built anew before every run. */
export const ACTION = "/home/runner/action";
export const POST = `${ACTION}/dist/post.mjs`;
export const RUNTIME = `${ACTION}/runtime/node`;
export const REPORTS = "/var/tmp/scenario-reports";
export const POLICIES = "/var/tmp/scenario-policies";

/** Built once, by the scenarios of load alone: many files. */
export const LOAD = "/home/runner/load";

export const RUNNER_ID = 1001;

/** On the loopback device, but not loopback addresses: any address of the /24 has a listener. */
export const NETWORK = { address: "198.51.100.1", prefix: 24 } as const;
export const NETWORK6 = ["2001:db8::1", "2001:db8::2", "fd00:ec2::254", "fe80::254"] as const;

/** Echo servers: TCP and UDP, IPv4 and IPv6, on each. */
export const PORTS = { tcp: "7001", udp: "7002", other: "7003", accept: "7100", published: "7106", ssh: "22" } as const;

export const AT = {
  allowed: "198.51.100.1",
  denied: "198.51.100.2",
  allowedHost: "198.51.100.3",
  otherHost: "198.51.100.4",
  inPrefix: "198.51.100.17",
  deniedInPrefix: "198.51.100.20",
  allowed6: "2001:db8::1",
  denied6: "2001:db8::2",
  mappedDenied: "::ffff:198.51.100.2",
  broadcast: "198.51.100.255",
  multicast: "224.0.0.251",
} as const;

/** What the policies of listening speak of. */
export const LISTEN = {
  everywhere: "7201",
  atAllowed: "7202",
  ipv4: "7203",
  datagrams: "7204",
  denied: "7205",
  deniedAt: "7206",
  unruled: "7300",
} as const;

export const HOSTS = { allowed: "allowed.example", other: "other.example" } as const;

export const PASS_SOCKET = "/home/runner/pass.sock";
export const CHAIN_SOCKET = "/home/runner/chain.sock";

/** Below HOME. */
export const EXEC = `${HOME}/exec`;
export const READ = `${HOME}/read`;
export const WRITE = `${HOME}/write`;
export const DELETE = `${HOME}/delete`;
export const LIST = `${HOME}/list`;

/** Links that a policy denies writing to, by their own names; an act may take one apart. */
export const DENIED_LINKS = {
  through: `${WRITE}/links/through`,
  unlink: `${WRITE}/links/to-unlink`,
  over: `${WRITE}/links/to-over`,
  rename: `${WRITE}/links/to-rename`,
  swap: `${WRITE}/links/to-swap`,
  parent: `${WRITE}/link-parent/link`,
} as const;

/** A file system of its own, denied as a whole: that is said at its root alone. */
export const DEEP_MOUNT = "/run/deep";

/** 80 directories below a denied one. */
export const DEEP_FILE = `${READ}/tree/${"d/".repeat(80)}file`;

/** On the loopback device: where clouds hand out their machines' credentials. */
export const METADATA = "169.254.169.254";
export const METADATA6 = "fd00:ec2::254";
export const LINK_LOCAL6 = "fe80::254";

/** A program with root's set-user-ID bit. */
export const SETUID = `${EXEC}/setuid`;

/** A program whose file gives a right of root's, and what it is the right to. */
export const CAPABLE = `${EXEC}/capable`;
export const ROOTS_FILE = `${READ}/open/of-root`;

/** Sockets of processes outside the session. */
export const SOCKETS = {
  stream: `${WRITE}/tree/stream.sock`,
  seqpacket: `${WRITE}/tree/seqpacket.sock`,
  datagram: `${WRITE}/tree/datagram.sock`,
  open: `${WRITE}/open/stream.sock`,
  abstract: "@scenario-stream",
  abstractDatagram: "@scenario-datagram",
  diagnostic: "/tmp/dotnet-diagnostic-4242-1-socket",
  bus: "/run/dbus/system_bus_socket",
  docker: "/run/docker.sock",
} as const;

/** As the acts program takes them. */
export const SERVED: readonly (readonly [kind: string, name: string])[] = [
  ["seqpacket", SOCKETS.seqpacket],
  ...[SOCKETS.datagram, SOCKETS.abstractDatagram].map((name) => ["datagram", name] as const),
  ...[SOCKETS.stream, SOCKETS.open, SOCKETS.abstract, SOCKETS.diagnostic, SOCKETS.bus, SOCKETS.docker].map(
    (name) => ["stream", name] as const,
  ),
];

/** Files that programs outside the session read without being asked to. */
export const CRON = "/etc/cron.d/act";
/** Beside /etc/hosts, which it would replace. */
export const HOSTS_COPY = "/etc/hosts.act";
export const PRELOAD = "/etc/ld.so.preload";

/** Images of disks. */
export const DISKS = "/var/tmp/scenario-disks";
/** An overlay with these files, and what it is made of. */
export const LAYERS = "/home/runner/layers";
export const DISK = "/home/runner/disk";
export const DISK_FILES = { denied: `${DISK}/tree/one/file`, written: `${DISK}/written/one/file` } as const;

/** A subvolume, whose files stat says are on a device that the kernel does not know them by. */
export const BTRFS = "/home/runner/btrfs";
export const BTRFS_FILES = {
  exact: `${BTRFS}/volume/exact/key`,
  below: `${BTRFS}/volume/tree/one/file`,
  written: `${BTRFS}/volume/written/file`,
} as const;

/** A file of a file system on which an inode can be given another generation. */
export const EXT4 = "/home/runner/ext4";
export const GENERATIONS = `${EXT4}/file`;
/** Of files that lose it. */
export const ATTRIBUTE = "trusted.act";

export const DEBUGFS = "/sys/kernel/debug";
export const BINFMT = "/proc/sys/fs/binfmt_misc";
/** Kernel modules that nothing else uses: one to load, and one that is loaded. */
export const MODULES = { spare: "dummy", loaded: "macvlan" } as const;

/** Docker's own place, and the ids of containers by the names of their scenarios. */
export const DOCKER_ROOT = "/var/lib/docker";
export const BOXES = "/run/boxes";
export const DOCKER = {
  program: "/run/docker-client/docker",
  host: "unix:///run/boxes-docker.sock",
  words: ["--host", "unix:///run/boxes-docker.sock"],
  image: "box",
  /** Docker's own profile refuses some of what the guard is asked about. */
  unconfined: ["--security-opt", "apparmor=unconfined"],
  network: "boxes",
  subnet: "10.77.0.0/24",
  gateway: "10.77.0.1",
} as const;

/** The ordinary user's own. */
export const RUNTIME_DIRECTORY = `/run/user/${RUNNER_ID}`;

function podmanOf(runtime: string): readonly string[] {
  return ["/usr/bin/env", "HOME=/home/runner", "USER=runner", `XDG_RUNTIME_DIR=${runtime}`, "/usr/local/bin/podman"];
}

const BOX = "/home/runner/box";

/** Rootless Podman of the ordinary user. */
export const PODMAN = {
  home: "/home/runner",
  settings: "/home/runner/.config/containers",
  storage: "/home/runner/.local/share/containers",
  words: podmanOf(RUNTIME_DIRECTORY),
  image: "box",
  root: BOX,
  /** The last options of a container of no image; its program and arguments come next. */
  box: ["--network", "host", "--rootfs", BOX],
  ownNetwork: ["--network", "slirp4netns", "--rootfs", BOX],
  /** One that was there before the session, where the user's own would be. */
  service: `unix://${RUNTIME_DIRECTORY}/podman/podman.sock`,
} as const;

const OLDER = `${RUNTIME_DIRECTORY}/older`;

/** Another one of the same user's, from before any session: it keeps a container and the service. */
export const OLDER_PODMAN = {
  runtime: OLDER,
  words: [...podmanOf(OLDER), "--root", "/home/runner/older", "--runroot", `${OLDER}/containers`],
} as const;
