/**
 * The kinds of violations, and what each report says about them. An id is a SARIF rule id: alerts are matched by
 * it from run to run, so it is never renamed.
 */
import type { Event, NetworkEvent } from "./event.ts";

export interface Kind {
  readonly id: string;
  /** A few words, e.g. for a title. */
  readonly title: string;
  /** What happened and why it matters. */
  readonly meaning: string;
  /** What to do when the act was meant. */
  readonly remedy: string;
  /** 0.1 to 10, as GitHub's `security-severity`: from 9 critical, from 7 high, from 4 medium. */
  readonly score: number;
  readonly tags: readonly string[];
}

const WORKER = "The runner's own processes hold the job's secrets and the token of the workflow.";
const NO_RULE = "No policy rule allows it. Remove the step or the dependency that does it.";

function network(hook: NetworkEvent["hook"], title: string, meaning: string, score: number): Kind {
  const remedy =
    'If the destination is meant, add it to `allow` in `[network]` of the policy, with its port: `"host.example:443"`.';
  return { id: `network/${hook}`, title, meaning, remedy, score, tags: ["security", "network", "exfiltration"] };
}

function listening(hook: NetworkEvent["hook"], title: string, meaning: string): Kind {
  const remedy =
    'If the server is meant, let it listen on loopback, or add its port to `allow` in `[network.listen]` of the policy: `"*:8080/tcp"`.';
  return { id: `network/${hook}`, title, meaning, remedy, score: 6.4, tags: ["security", "network", "backdoor"] };
}

function guard(hook: string, title: string, meaning: string, score: number): Kind {
  return { id: `guard/${hook}`, title, meaning, remedy: NO_RULE, score, tags: ["security", "guard"] };
}

/** All kinds there are, in the order of their ids' rooms. */
export const KINDS: readonly Kind[] = [
  network(
    "connect",
    "Connection not allowed",
    "A process opened a connection to a destination that the policy does not allow. Stolen secrets leave a job this way.",
    7.8,
  ),
  network(
    "send",
    "Datagram not allowed",
    "A process sent a datagram to a destination that the policy does not allow. DNS and other UDP protocols carry stolen data too.",
    7.8,
  ),
  network(
    "egress",
    "Packet not allowed",
    "A packet left for a destination that the policy does not allow, by a way around connect and send.",
    8.2,
  ),
  network(
    "socket",
    "Socket not allowed",
    "A process made a socket of a kind that the policy does not allow, such as a raw or packet socket, which goes around address rules.",
    7.2,
  ),
  listening(
    "listen",
    "Listening not allowed",
    "A process tried to accept connections at an address that the policy does not allow. A back door is opened this way.",
  ),
  listening(
    "bind",
    "Receiving datagrams not allowed",
    "A process tried to receive datagrams at a port that the policy does not allow. A back door is opened this way.",
  ),
  {
    id: "exec",
    title: "Program not allowed",
    meaning:
      "A process started a program that the policy does not allow. Dropped binaries and tools for exfiltration are started this way.",
    remedy: "If the program is meant, add its path or its directory to `allow` in `[exec]` of the policy.",
    score: 7.9,
    tags: ["security", "exec"],
  },
  {
    id: "exec/map",
    title: "Code not allowed",
    meaning:
      "A process mapped a file or memory as code that the policy does not allow to run: a library, an add-on, or code made in memory.",
    remedy: "If the library is meant, add its path or its directory to `allow` in `[exec]` of the policy.",
    score: 8.1,
    tags: ["security", "exec"],
  },
  {
    id: "file/read",
    title: "Reading not allowed",
    meaning: "A process opened a file for reading that the policy denies. Credentials are stolen this way.",
    remedy:
      "If the file is meant to be read, narrow the `deny` rule in `[files.read]` of the policy: a deny beats every allow.",
    score: 8.2,
    tags: ["security", "files"],
  },
  {
    id: "file/write",
    title: "Writing not allowed",
    meaning:
      "A process wrote, created or renamed a file that the policy denies. Sources, workflows and installed programs are tampered with this way.",
    remedy:
      "If the file is meant to be written, add its path or its directory to `allow` in `[files.write]` of the policy.",
    score: 7.4,
    tags: ["security", "files", "tampering"],
  },
  {
    id: "file/delete",
    title: "Deleting not allowed",
    meaning: "A process deleted a file or a directory that the policy denies.",
    remedy:
      "If the file is meant to be deleted, add its path or its directory to `allow` in `[files.delete]` of the policy.",
    score: 6.6,
    tags: ["security", "files", "tampering"],
  },
  guard(
    "ptrace",
    "Reaching into another process",
    `A process tried to read or control the memory of a process outside the guarded steps. ${WORKER}`,
    9.8,
  ),
  guard(
    "procfs",
    "Reading another process through /proc",
    `A process tried to read memory, environment or descriptors of a process outside the guarded steps. ${WORKER}`,
    9.8,
  ),
  guard("signal", "Signal to the guard", "A process tried to stop Warden or a process outside the guarded steps.", 9.3),
  guard("bpf", "Use of bpf()", "A process tried to use the bpf system call, which could take the guard off.", 9.4),
  guard(
    "bpffs",
    "Reaching for the guard's pins",
    "A process tried to reach the pinned programs and maps of the guard.",
    9.4,
  ),
  guard(
    "cgroup",
    "Leaving the guarded group",
    "A process tried to write to the control-group file system, which could move it out of the guard.",
    9.4,
  ),
  guard(
    "clone",
    "Starting a process outside the guard",
    "A process tried to start a child directly in another control group, outside the guard.",
    9.4,
  ),
  guard(
    "capable",
    "Rights over the machine",
    "A process that is root tried to use a right over the whole machine: its modules, its memory, its network's configuration, its end. With it the guard could be undone or gone around.",
    9.4,
  ),
  guard(
    "kernel",
    "The kernel's own controls",
    "A process tried to write to files that steer the kernel: its tracing, its formats of programs, its security modules.",
    9.4,
  ),
  guard(
    "device",
    "The machine's memory or disks",
    "A process opened a device that is the machine's memory or one of its disks. What is on them has no path, so no rule could hold.",
    9.2,
  ),
  guard(
    "ioctl",
    "What the guard knows files by, or a terminal's input",
    "A process tried to change the generation of an inode, by which the guard knows a file, or to put words into the input of a terminal, where a login outside of the job reads.",
    9.2,
  ),
  guard(
    "notify",
    "Holding up the guard",
    "A process asked the kernel to wait for it whenever somebody opens a file: so the guard could be made to wait.",
    8.6,
  ),
  guard(
    "perf",
    "Sampling other processes",
    `A process tried to sample everything that runs on a processor, with registers and stacks. ${WORKER}`,
    8.8,
  ),
  guard(
    "container",
    "Too many processes in containers",
    "Processes were started in containers in such numbers that they could not be told apart any more. From then on everything in a container's cgroup is guarded, the container runtime's own part of it, too.",
    7.4,
  ),
  guard(
    "post",
    "Code in the action's post",
    "A step set a variable, such as NODE_OPTIONS or LD_PRELOAD, that would have run its code in Warden's own last step, which reports on it. The post was ended before its first instruction.",
    9.6,
  ),
  {
    id: "guard/unix",
    title: "Socket of a service outside the job",
    meaning:
      "A process tried to reach a service outside of the job (systemd, D-Bus, a container runtime), which would act there for it, outside of the guard.",
    remedy:
      'If the service is meant, write `services = "allow"` in `[privilege]` of the policy, or leave `[containers]` out; what the service does for the job is then not guarded.',
    score: 8.9,
    tags: ["security", "guard"],
  },
  guard(
    "other",
    "Act against the guard",
    "A process tried to act against the guard or a process outside the guarded steps.",
    9.2,
  ),
  {
    id: "process",
    title: "Process not allowed",
    meaning: "A process tried to start, or to become, a process that the policy does not allow.",
    remedy: NO_RULE,
    score: 6.8,
    tags: ["security", "process"],
  },
];

const BY_ID = new Map(KINDS.map((kind) => [kind.id, kind]));

/** Which kind of violation a refused event is. Total: an unknown hook has the kind of its room. */
export function kindOf(event: Event): Kind {
  return byId(idOf(event));
}

function idOf(event: Event): string {
  switch (event.kind) {
    case "network":
      return `network/${event.hook}`;
    case "file":
      if (event.hook === "unix") return "guard/unix";
      if (event.op !== "exec") return `file/${event.op}`;
      return event.hook === "mmap" || event.hook === "mprotect" ? "exec/map" : "exec";
    case "guard":
      return BY_ID.has(`guard/${event.hook}`) ? `guard/${event.hook}` : "guard/other";
    case "process":
      return "process";
  }
}

function byId(id: string): Kind {
  const kind = BY_ID.get(id);
  if (!kind) throw new RangeError(`no kind of violation has the id ${id}`);
  return kind;
}
