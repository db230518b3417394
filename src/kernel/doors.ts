/**
 * Doors out of the job: services outside of the session that act there for whoever asks, and addresses that hand out
 * the machine's credentials. Denied as rules like any other, by file and by address, so that audit mode sees them too.
 */
import type { CompiledPolicy } from "../policy/rules.ts";

/** Connecting to a socket is writing to its file (unix_find_bsd in the kernel asks for the right to write). */
const SERVICE_SOCKETS: readonly string[] = [
  "/run/systemd/private",
  "/run/systemd/io.systemd.Manager",
  "/run/initctl",
  "/run/dbus/system_bus_socket",
  "/run/snapd.socket",
  "/run/udev/control",
  "/run/libvirt/libvirt-sock",
  "/run/libvirt/virtqemud-sock",
  "/run/incus/unix.socket",
  "/var/lib/incus/unix.socket",
  "/var/snap/lxd/common/lxd/unix.socket",
];

/** Below /run/user/UID: the user's own systemd and bus, which start programs outside of the job as that user. */
const USER_SOCKETS: readonly string[] = ["bus", "systemd/private", "systemd/io.systemd.Manager"];

/** What cron, at, udev, modprobe and ld.so of programs outside read, without being asked to. */
const SERVICE_FILES: readonly string[] = [
  "/etc/crontab",
  "/etc/anacrontab",
  "/etc/ld.so.preload",
  "/etc/modprobe.conf",
  "/etc/request-key.conf",
];
const SERVICE_TREES: readonly string[] = [
  "/etc/cron.d",
  "/etc/cron.hourly",
  "/etc/cron.daily",
  "/etc/cron.weekly",
  "/etc/cron.monthly",
  "/var/spool/cron",
  "/var/spool/at",
  "/etc/udev/rules.d",
  "/run/udev/rules.d",
  "/etc/modprobe.d",
  "/etc/request-key.d",
  "/run/modprobe.d",
  "/usr/lib/modprobe.d",
  "/usr/local/lib/modprobe.d",
  "/usr/lib/modules",
];

/**
 * What says which addresses a name has, to the guard and to a resolver that it asks. Whoever writes it says which
 * addresses an allowed name opens.
 */
const RESOLVER_FILES: readonly string[] = [
  "/etc/hosts",
  "/etc/resolv.conf",
  "/etc/dnsmasq.conf",
  "/etc/systemd/resolved.conf",
  "/run/systemd/resolve/resolv.conf",
  "/run/systemd/resolve/stub-resolv.conf",
];
const RESOLVER_TREES: readonly string[] = [
  "/etc/systemd/resolved.conf.d",
  "/run/systemd/resolved.conf.d",
  "/etc/dnsmasq.d",
];

const RUNTIME_SOCKETS: readonly string[] = ["/run/docker.sock", "/run/buildkit/buildkitd.sock"];
/**
 * Whoever speaks to these names the programs that start containers, and those need not be runtimes; or has containers
 * without a cgroup of their own, which nothing tells from what else the runtime does.
 */
const PROGRAM_SOCKETS: readonly string[] = [
  "/run/containerd/containerd.sock",
  "/run/containerd/containerd.sock.ttrpc",
  "/run/docker/containerd/containerd.sock",
  "/run/docker/containerd/containerd.sock.ttrpc",
  "/run/crio/crio.sock",
  "/run/podman/podman.sock",
  "/run/k3s/containerd/containerd.sock",
];
const USER_RUNTIME_SOCKETS: readonly string[] = ["docker.sock"];
const USER_PROGRAM_SOCKETS: readonly string[] = ["podman/podman.sock"];

/** Root's own, and that of the user of hosted runners. */
const USERS: readonly number[] = [0, 1001];

export interface PathDoor {
  readonly form: "exact" | "subtree";
  readonly path: string;
  readonly text: string;
}

export interface AddressDoor {
  readonly address: string;
  readonly prefix: number;
  /** 0: any. */
  readonly port: number;
  readonly text: string;
}

const inRunUser = (names: readonly string[]) => USERS.flatMap((uid) => names.map((name) => `/run/user/${uid}/${name}`));

/** Files that the job may not write, its sockets among them. */
export function pathDoors(policy: CompiledPolicy): readonly PathDoor[] {
  const { services, containers, sudo } = policy;
  const doors = (form: PathDoor["form"], what: string, paths: readonly string[]): readonly PathDoor[] =>
    paths.map((path) => ({ form, path, text: `implicit: ${what} (${path})` }));
  return [
    ...(services === "deny"
      ? [
          ...doors("exact", "services outside the job", [
            ...SERVICE_SOCKETS,
            ...inRunUser(USER_SOCKETS),
            ...SERVICE_FILES,
          ]),
          ...doors("subtree", "services outside the job", SERVICE_TREES),
        ]
      : []),
    ...(opensNames(policy)
      ? [
          ...doors("exact", "addresses of names", RESOLVER_FILES),
          ...doors("subtree", "addresses of names", RESOLVER_TREES),
        ].filter(({ path }) => !mayWrite(policy, path))
      : []),
    // The docker group is root by another name.
    ...(containers === "deny" || sudo === "deny"
      ? doors("exact", "container runtimes", [...RUNTIME_SOCKETS, ...inRunUser(USER_RUNTIME_SOCKETS)])
      : []),
    ...(containers !== "allow" || sudo === "deny"
      ? doors("exact", "container runtimes", [...PROGRAM_SOCKETS, ...inRunUser(USER_PROGRAM_SOCKETS)])
      : []),
  ];
}

/** Do addresses of names open what is closed otherwise? */
function opensNames({ services, defaults, rules }: CompiledPolicy): boolean {
  if (services !== "deny" || defaults.network !== "deny") return false;
  return rules.some((rule) => rule.kind === "network" && rule.effect === "allow" && rule.target.form === "host");
}

/** Says the policy so itself, of just this file? */
function mayWrite({ rules }: CompiledPolicy, path: string): boolean {
  return rules.some(
    (rule) =>
      rule.kind === "file" &&
      rule.op === "write" &&
      rule.effect === "allow" &&
      rule.target.form === "exact" &&
      rule.target.path === path,
  );
}

/**
 * Link-local addresses, among them the metadata services of clouds. Those are named once more, for a machine whose
 * resolver has a link-local address of its own.
 */
const METADATA = [
  { address: "169.254.0.0", prefix: 16 },
  { address: "169.254.169.254", prefix: 32 },
  { address: "169.254.170.0", prefix: 23 },
  { address: "fe80::", prefix: 10 },
  { address: "fd00:ec2::254", prefix: 128 },
] as const;
const LOOPBACK = [
  { address: "127.0.0.0", prefix: 8 },
  { address: "::1", prefix: 128 },
] as const;
const SSH = 22;

/** Addresses that the job may not reach. */
export function addressDoors({ services }: CompiledPolicy): readonly AddressDoor[] {
  if (services !== "deny") return [];
  return [
    ...METADATA.map((target) => ({ ...target, port: 0, text: "implicit: link-local and metadata addresses" })),
    ...LOOPBACK.map((target) => ({ ...target, port: SSH, text: "implicit: ssh to this machine" })),
  ];
}
