/** What root may not do although it is root. */
import { AT, BINFMT, DEBUGFS, DISK, DISK_FILES, MODULES, READ, WRITE } from "../places.ts";
import type { EventPattern, Scenario } from "../scenario.ts";

function event(...hooks: string[]): readonly EventPattern[] {
  return [{ kind: "guard", hooks }];
}

function deny(id: string, events: readonly EventPattern[], ...act: string[]): Scenario {
  return { id: `root/${id}`, act, expected: "deny", events };
}

function allow(id: string, ...act: string[]): Scenario {
  return { id: `root/${id}`, act, expected: "allow", events: [] };
}

const capable = event("capable");
const kernel = event("kernel", "procfs");
const device = event("device");
const perf = event("perf");
const opened: readonly EventPattern[] = [{ kind: "file", hooks: ["open"] }];

/** By the kernel, for the act. */
const ran: readonly EventPattern[] = [{ kind: "file", hooks: ["exec"], anyProcess: true }];

const MEM = ["1", "1"] as const;
const PORT = ["1", "4"] as const;
const UINPUT = ["10", "223"] as const;
const SERIAL = ["4", "64"] as const;

/** A right that only processors with ports have. */
const ports = { absentWhen: ["ENOSYS"] } as const;

export const root: readonly Scenario[] = [
  // from 7.3 on nobody may switch it off
  { ...deny("ftrace-enabled", kernel, "ftrace-off"), absentWhen: ["EOPNOTSUPP"], smoke: true },
  deny("read-without-ftrace", opened, "ftrace-read", `${READ}/exact/key`),
  deny("ftrace-in-own-procfs", kernel, "own-proc", "{mountpoint}", "ftrace_enabled"),
  deny("core-pattern-in-own-procfs", kernel, "own-proc", "{mountpoint}", "core_pattern"),
  deny("sysrq", kernel, "open", "write", "/proc/sysrq-trigger"),
  deny("poweroff-command", kernel, "open", "write", "/proc/sys/kernel/poweroff_cmd"),
  { ...deny("load-module", capable, "module-load", "{module}"), smoke: true },
  deny("load-module-from-memory", capable, "module-init", "{module}"),
  deny("delete-module", capable, "module-delete", MODULES.loaded),
  deny("reboot", capable, "reboot-keys"),
  deny("kexec", capable, "kexec"),
  { ...deny("iopl", capable, "io-ports", "iopl"), ...ports },
  { ...deny("ioperm", capable, "io-ports", "ioperm"), ...ports },
  deny("dev-mem", device, "open", "read", "/dev/mem"),
  deny("dev-mem-mknod", device, "device", "c", ...MEM, `${WRITE}/open/memory`),
  deny("dev-port-mknod", device, "device", "c", ...PORT, `${WRITE}/open/ports`),
  { ...deny("block-device", device, "open", "read", "{disk}p1"), smoke: true },
  deny("block-device-write", device, "open", "write", "{disk}p1"),
  allow("loop-device", "open", "read", "{disk}"),
  deny("tracefs-write", kernel, "open", "write", "/sys/kernel/tracing/kprobe_events"),
  deny("debugfs-write", kernel, "open", "write", `${DEBUGFS}/clear_warn_once`),
  deny("binfmt-register", kernel, "binfmt", BINFMT),
  deny("securityfs-write", kernel, "open", "write", "/sys/kernel/security/lockdown"),
  deny("net-admin", capable, "interface-flags", "lo"),
  deny("net-admin-by-netlink", capable, "netlink-address", "127.0.0.77"),
  // the kernel asks for the right in the user namespace, which is the machine's here too
  deny("net-admin-in-own-network", capable, "own-net", "root", "lo"),
  deny("tunnel", capable, "tun", "act0"),
  deny("perf-processor", perf, "perf-processor"),
  deny("perf-cgroup", perf, "perf-cgroup", "{cgroups}"),
  deny("perf-other", perf, "perf-other", "{victim}"),
  allow("perf-child", "perf-child"),
  allow("perf-self", "perf-self"),
  deny("compare", event("ptrace"), "compare", "{victim}"),
  deny("kernel-helper", ran, "kernel-helper", "file", `${WRITE}/open/ran`),
  deny("kernel-helper-by-link", ran, "kernel-helper", "link", `${WRITE}/open/ran`),
  deny("kernel-helper-by-mount", ran, "kernel-helper", "mount", `${WRITE}/open/ran`),
  deny("sysfs-device", kernel, "open", "write", "/sys/power/resume"),
  // other architectures have domains before the bus
  { ...deny("pci-configuration", kernel, "open", "write", "/proc/bus/pci/00/00.0"), absentWhen: ["ENOENT"] },
  // it is a module, which opening its device may not find here: what counts is that it was not asked for
  { ...deny("uinput", device, "device", "c", ...UINPUT, `${WRITE}/open/keys`), absentWhen: ["ENODEV", "ENXIO"] },
  deny("serial-line", device, "open", "write", "/dev/ttyS0"),
  deny("serial-line-mknod", device, "device", "c", ...SERIAL, `${WRITE}/open/line`, "write"),
  allow("own-terminal", "own-terminal"),
  deny("terminal-input", event("ioctl"), "terminal-input"),
  deny("hold-up-opens", event("notify"), "hold-up", `${WRITE}/open/linked`),
  allow("hear-of-opens", "hear-of", `${WRITE}/open/linked`),
  deny("remote-file-system", event("mount"), "mount-source", "9p", `${AT.denied}:/everything`),
  allow("local-file-system", "mount-source", "tmpfs", "nothing"),
  deny("join-namespace", event("ptrace"), "join", "{victim}"),
  deny("accounting-file", opened, "accounting", `${WRITE}/tree/file`),
  deny("forgotten-handle", opened, "handle-forgotten", "read", DISK, DISK_FILES.denied),
  deny("forgotten-handle-write", opened, "handle-forgotten", "write", DISK, DISK_FILES.written),
];

/** Under a policy that lets the network be configured. */
export const rootAjar: readonly Scenario[] = [
  allow("net-admin-allowed", "interface-flags", "lo"),
  allow("net-admin-by-netlink-allowed", "netlink-address", "127.0.0.77"),
  allow("tunnel-allowed", "tun", "act0"),
  allow("serial-line-allowed", "open", "write", "/dev/ttyS0"),
  deny("load-module-all-the-same", capable, "module-load", "{module}"),
];
