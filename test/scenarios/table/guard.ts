import { ACTION, POST, RUNTIME, WRITE } from "../places.ts";
import type { EventPattern, Scenario } from "../scenario.ts";

function event(...hooks: string[]): readonly EventPattern[] {
  return [{ kind: "guard", hooks }];
}

function deny(id: string, events: readonly EventPattern[], ...act: string[]): Scenario {
  return { id: `guard/${id}`, act, expected: "deny", events };
}

const memory = event("ptrace", "procfs");
/** mm_access() in the kernel makes every refusal EACCES. */
const procfs = { errnos: ["EPERM", "EACCES"] } as const;
const SIGKILL = "9";
const SIGSTOP = "19";

/** A process of the same user, outside the session, as Runner.Worker is. */
export const guard: readonly Scenario[] = [
  { ...deny("ptrace-attach", memory, "ptrace-attach", "{victim}"), smoke: true },
  deny("ptrace-seize", memory, "ptrace-seize", "{victim}"),
  deny("process-vm-readv", memory, "vm-read", "{victim}", "{address}"),
  deny("process-vm-writev", memory, "vm-write", "{victim}", "{address}"),
  { ...deny("proc-mem", memory, "proc-mem", "{victim}", "{address}"), ...procfs, smoke: true },
  { ...deny("proc-environ", memory, "proc-read", "{victim}", "environ"), ...procfs },
  { ...deny("proc-maps", memory, "proc-read", "{victim}", "maps"), ...procfs },
  deny("pidfd-getfd", memory, "take-fd", "{victim}", "0"),
  { ...deny("proc-descriptor", memory, "open", "read", "/proc/{victim}/fd/0"), ...procfs },
  { ...deny("proc-root", memory, "open", "read", "/proc/{victim}/root/etc/hosts"), ...procfs },
  { ...deny("proc-cwd", memory, "open", "directory", "/proc/{victim}/cwd"), ...procfs },
  { ...deny("proc-namespace", memory, "open", "read", "/proc/{victim}/ns/mnt"), ...procfs },
];

const bpf = event("bpf");
const cgroup = event("cgroup", "clone");
const pins = event("bpffs");
const cover: readonly EventPattern[] = [
  { kind: "file", hooks: ["mount"] },
  { kind: "guard", hooks: ["mount", "bpffs", "cgroup"] },
];

function file(...hooks: string[]): readonly EventPattern[] {
  return [{ kind: "file", hooks }];
}

export const guardAsRoot: readonly Scenario[] = [
  deny("ptrace-monitor", memory, "ptrace-attach", "{monitor}"),
  deny("ptrace-agent", memory, "ptrace-attach", "{agent}"),
  { ...deny("bpf-map", bpf, "bpf-map"), smoke: true },
  deny("bpf-prog", bpf, "bpf-prog"),
  deny("bpf-ids", bpf, "bpf-ids"),
  deny("bpf-get-pin", [...bpf, ...pins], "bpf-get", "{pin}"),
  deny("unlink-pin", pins, "unlink", "{pin}"),
  deny("unmount-bpffs", pins, "unmount", "{bpffs}"),
  deny("mount-over-state", cover, "mount-over", "{state}"),
  deny("bind-over-state", cover, "bind-over", WRITE, "{state}"),
  deny("tree-over-state", cover, "tree-over", WRITE, "{state}"),
  deny("mount-over-state-parent", cover, "mount-over", "{states}"),
  deny("mount-over-bpffs", cover, "mount-over", "{bpffs}"),
  deny("mount-over-cgroups", cover, "mount-over", "{cgroups}"),
  deny("oom-monitor", event("procfs"), "write-file", "/proc/{monitor}/oom_score_adj", "1000"),
  deny("bundle-write", file("open"), "open", "write", "{state}/bin/agent.mjs"),
  deny("bundle-unlink", file("unlink"), "unlink", "{state}/bin/agent.mjs"),
  deny("bundle-chmod", file("chmod"), "chmod", "{state}/bin/warden-monitor"),
  deny("kernel-memory", event("procfs"), "open", "read", "/proc/kcore"),
  deny("core-pattern", event("procfs"), "open", "write", "/proc/sys/kernel/core_pattern"),
  deny("modprobe-path", event("procfs"), "open", "write", "/proc/sys/kernel/modprobe"),
  // without it no program on a kernel function is called
  deny("ftrace-switch", event("procfs", "kernel"), "open", "write", "/proc/sys/kernel/ftrace_enabled"),
  { ...deny("leave-cgroup", cgroup, "write-file", "{cgroups}/cgroup.procs", "0"), smoke: true },
  deny("make-cgroup", cgroup, "mkdir", "{cgroups}/made-by-act"),
  deny("clone-into-cgroup", cgroup, "clone-into", "{cgroups}/outside"),
  deny("second-cgroup-mount", cgroup, "remount-cgroup", "{mountpoint}"),
  deny("stop-agent", event("signal"), "signal", "kill", "{agent}", SIGSTOP),
  deny("kill-agent", event("signal"), "signal", "kill", "{agent}", SIGKILL),
  deny("tgkill-agent", event("signal"), "signal", "tgkill", "{agent}", SIGKILL),
  deny("kill-monitor", event("signal"), "signal", "kill", "{monitor}", SIGKILL),
  deny("tgkill-monitor", event("signal"), "signal", "tgkill", "{monitor}", SIGKILL),
  deny("sigqueue-monitor", event("signal"), "signal", "sigqueue", "{monitor}", SIGKILL),
  deny("pidfd-kill-monitor", event("signal"), "signal", "pidfd", "{monitor}", SIGKILL),
  deny("limit-agent", event("signal"), "limit", "{agent}"),
  deny("limit-monitor", event("signal"), "limit", "{monitor}"),
  deny("rename-state", file("rename"), "rename", "{state}", "{states}/moved"),
];

/** What the guard of a job is made of, besides its own directory. */
export const guardInJob: readonly Scenario[] = [
  deny("post-write", file("open"), "open", "write", POST),
  deny("post-chmod", file("chmod"), "chmod", POST),
  deny("post-mount-over", cover, "bind-over", `${WRITE}/exact/neighbour`, POST),
  deny("post-rename-over", file("rename"), "rename", `${WRITE}/open/to-over-post`, POST),
  deny("post-unlink", file("unlink"), "unlink", POST),
  // the kernel itself refuses to write a program that runs
  deny("runtime-chmod", file("chmod"), "chmod", RUNTIME),
  deny("runtime-mount-over", cover, "bind-over", `${WRITE}/exact/neighbour`, RUNTIME),
  deny("runtime-rename-over", file("rename"), "rename", `${WRITE}/open/to-over-runtime`, RUNTIME),
  deny("runtime-unlink", file("unlink"), "unlink", RUNTIME),
  deny("action-mount-over", cover, "mount-over", `${ACTION}/dist`),
  deny("action-rename", file("rename"), "rename", ACTION, `${ACTION}-moved`),
];
