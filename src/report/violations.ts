/** What an event is told as: the same act by the same step and package is one violation. */
import { own } from "./anchor.ts";
import type { Event, NetworkEvent, NetworkHook } from "./event.ts";
import { normalisePath, normaliseText } from "./normalise.ts";

/** Ports the kernel hands out (Linux `ip_local_port_range`): on loopback they differ from run to run. */
const FIRST_EPHEMERAL_PORT = 32_768;

const NETWORK_VERBS: Readonly<Record<Exclude<NetworkHook, "socket">, string>> = {
  connect: "connect to",
  send: "send to",
  egress: "send a packet to",
  bind: "receive at",
  listen: "listen at",
};

const FILE_VERBS: Readonly<Record<string, string>> = {
  create: "create",
  mkdir: "create the directory",
  unlink: "delete",
  rmdir: "delete the directory",
  rename: "rename",
  link: "link",
  symlink: "create the symbolic link",
  mknod: "create the special file",
  truncate: "truncate",
  chmod: "change the mode of",
  chown: "change the owner of",
  exec: "run",
  mmap: "map as code",
  mprotect: "make executable",
  mount: "mount over",
  utimes: "change the times of",
  xattr: "change the extended attributes of",
  flags: "change the flags of",
  unix: "connect to the socket",
};

const GUARD_VERBS: Readonly<Record<string, string>> = {
  ptrace: "reach into",
  procfs: "read through /proc",
  signal: "signal",
  bpf: "use bpf():",
  bpffs: "reach",
  cgroup: "write",
  clone: "start a process in",
  mount: "mount a file system that the guard cannot see into",
  capable: "use",
  perf: "sample a whole processor",
  kernel: "write the kernel's controls",
  device: "open the device",
  ioctl: "control",
  notify: "hold up who opens a file",
  container: "start more processes in containers than can be told apart",
  post: "bring code into the action's post",
  unix: "connect to an abstract socket",
};

/** A stable sentence for an event, e.g. `connect to 192.0.2.7:443 (tcp)`: no process ids, no made-up names. */
export function actOf(event: Event): string {
  switch (event.kind) {
    case "network": {
      if (event.hook === "socket") return `create a socket (${event.family}, ${event.protocol})`;
      return `${NETWORK_VERBS[event.hook]} ${placeOf(event)} (${event.protocol})`;
    }
    case "file":
      return `${own(FILE_VERBS, event.hook) ?? event.op} ${normalisePath(event.path)}`;
    case "guard": {
      const verb = own(GUARD_VERBS, event.hook) ?? normaliseText(event.hook);
      const { comm, path, detail } = event.target ?? {};
      if (event.hook === "procfs" && path) return `read ${normalisePath(path)}${comm ? ` of ${comm}` : ""}`;
      const what = [comm, path && normalisePath(path), detail && normaliseText(detail)].filter((part) => part);
      return what.length > 0 ? `${verb} ${what.join(" ")}` : verb.replace(/:$/, "");
    }
    case "process":
      return `${event.hook} ${normalisePath(event.process.exe ?? event.process.comm)}`;
  }
}

function placeOf({ hook, address, host, port }: NetworkEvent): string {
  // Ports of the kernel's choice: of a server of the job's own, connected to or just about to be one.
  const chosen = hook === "listen" || (address !== undefined && /^(127\.|::1$)/.test(address));
  // A host's addresses change, its name does not.
  const name = host ?? (address?.includes(":") ? `[${address}]` : (address ?? "an unknown address"));
  if (port === undefined) return name;
  return `${name}:${chosen && port >= FIRST_EPHEMERAL_PORT ? "<ephemeral>" : port}`;
}
