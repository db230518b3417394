// Generated from bpf/warden.h by build/abi.mjs. Do not edit: `npm run build` writes it, `npm test` checks it.

/** A number in an ABI struct: little-endian, as all architectures Warden runs on. */
export type AbiNumber = "u8" | "u16" | "u32" | "u64" | "i32";

/** A field; `offset` in bytes from the start of its struct. `bytes` are char or u8 arrays, `length` bytes long. */
export type AbiField =
  | { readonly offset: number; readonly kind: AbiNumber }
  | { readonly offset: number; readonly kind: "bytes"; readonly length: number }
  | { readonly offset: number; readonly kind: "struct"; readonly of: AbiStruct }
  | { readonly offset: number; readonly kind: "array"; readonly length: number; readonly of: AbiNumber | AbiStruct };

/** Layout of a C struct; `size` in bytes. */
export interface AbiStruct {
  readonly size: number;
  readonly fields: { readonly [name: string]: AbiField };
}

/** enum warden_abi */
export const WardenAbi = {
  VERSION: 1,
} as const;
export type WardenAbiName = keyof typeof WardenAbi;
export const WardenAbiNames: Readonly<Record<number, WardenAbiName | undefined>> = {
  1: "VERSION",
};

/** enum warden_limit */
export const WardenLimit = {
  NAME: 64,
  COMM: 16,
  DESTINATIONS: 1024,
  PORTS: 65536,
  STEP: 64,
  CONTAINER: 80,
  ARGS: 256,
  POST_PATH: 256,
  VARIABLE: 256,
  VARIABLES: 8,
  MAJORS: 8,
  HELPERS: 8,
  HELPER_PATH: 64,
  PATH: 1024,
  PATH_SLACK: 256,
  DEPTH: 64,
  PATH_MAX: 4096,
  FRAME_MAX: 8192,
  TREES_SHIFT: 20,
} as const;
export type WardenLimitName = keyof typeof WardenLimit;
export const WardenLimitNames: Readonly<Record<number, WardenLimitName | undefined>> = {
  64: "NAME",
  16: "COMM",
  1024: "DESTINATIONS",
  65536: "PORTS",
  80: "CONTAINER",
  256: "ARGS",
  8: "VARIABLES",
  4096: "PATH_MAX",
  8192: "FRAME_MAX",
  20: "TREES_SHIFT",
};

/** enum warden_epoch */
export const WardenEpoch = {
  NO_EPOCH: 1,
  FIRST_EPOCH: 2,
  LAST_EPOCH: 255,
} as const;
export type WardenEpochName = keyof typeof WardenEpoch;
export const WardenEpochNames: Readonly<Record<number, WardenEpochName | undefined>> = {
  1: "NO_EPOCH",
  2: "FIRST_EPOCH",
  255: "LAST_EPOCH",
};

/** enum warden_patience */
export const WardenPatience = {
  START: 300000,
  DRAIN: 60000,
  REPORT: 60000,
  RELEASE: 60000,
} as const;
export type WardenPatienceName = keyof typeof WardenPatience;
export const WardenPatienceNames: Readonly<Record<number, WardenPatienceName | undefined>> = {
  300000: "START",
  60000: "DRAIN",
};

/** enum warden_op */
export const WardenOp = {
  READ: 1,
  WRITE: 2,
  DELETE: 4,
  EXEC: 8,
  OPS: 4,
} as const;
export type WardenOpName = keyof typeof WardenOp;
export const WardenOpNames: Readonly<Record<number, WardenOpName | undefined>> = {
  1: "READ",
  2: "WRITE",
  4: "DELETE",
  8: "EXEC",
};

/** enum warden_effect */
export const WardenEffect = {
  ALLOW: 0,
  DENY: 1,
} as const;
export type WardenEffectName = keyof typeof WardenEffect;
export const WardenEffectNames: Readonly<Record<number, WardenEffectName | undefined>> = {
  0: "ALLOW",
  1: "DENY",
};

/** enum warden_verdict */
export const WardenVerdict = {
  ALLOW: 0,
  DENY: 1,
  WOULD_DENY: 2,
} as const;
export type WardenVerdictName = keyof typeof WardenVerdict;
export const WardenVerdictNames: Readonly<Record<number, WardenVerdictName | undefined>> = {
  0: "ALLOW",
  1: "DENY",
  2: "WOULD_DENY",
};

/** enum warden_class */
export const WardenClass = {
  NETWORK: 0,
  EXEC: 1,
  READ: 2,
  WRITE: 3,
  GUARD: 4,
  CONTAINERS: 5,
  CLASSES: 6,
} as const;
export type WardenClassName = keyof typeof WardenClass;
export const WardenClassNames: Readonly<Record<number, WardenClassName | undefined>> = {
  0: "NETWORK",
  1: "EXEC",
  2: "READ",
  3: "WRITE",
  4: "GUARD",
  5: "CONTAINERS",
  6: "CLASSES",
};

/** enum warden_kind */
export const WardenKind = {
  FORK: 1,
  EXEC: 2,
  EXIT: 3,
  NET: 4,
  FILE: 5,
  GUARD: 6,
  CWD: 7,
} as const;
export type WardenKindName = keyof typeof WardenKind;
export const WardenKindNames: Readonly<Record<number, WardenKindName | undefined>> = {
  1: "FORK",
  2: "EXEC",
  3: "EXIT",
  4: "NET",
  5: "FILE",
  6: "GUARD",
  7: "CWD",
};

/** enum warden_hook */
export const WardenHook = {
  NONE: 0,
  CONNECT: 1,
  SEND: 2,
  EGRESS: 3,
  SOCKET: 4,
  BIND: 5,
  LISTEN: 6,
  OPEN: 10,
  CREATE: 11,
  MKDIR: 12,
  UNLINK: 13,
  RMDIR: 14,
  RENAME: 15,
  LINK: 16,
  SYMLINK: 17,
  MKNOD: 18,
  TRUNCATE: 19,
  CHMOD: 20,
  CHOWN: 21,
  EXEC: 22,
  MMAP: 23,
  MPROTECT: 24,
  MOUNT: 25,
  UTIMES: 26,
  UNIX: 27,
  XATTR: 28,
  FLAGS: 29,
  PTRACE: 30,
  PROCFS: 31,
  SIGNAL: 32,
  BPF: 33,
  CGROUP: 34,
  BPFFS: 35,
  CLONE: 36,
  CAPABLE: 38,
  PERF: 39,
  KERNEL: 40,
  DEVICE: 41,
  IOCTL: 43,
  NOTIFY: 44,
  CONTAINER: 45,
  POST: 42,
} as const;
export type WardenHookName = keyof typeof WardenHook;
export const WardenHookNames: Readonly<Record<number, WardenHookName | undefined>> = {
  0: "NONE",
  1: "CONNECT",
  2: "SEND",
  3: "EGRESS",
  4: "SOCKET",
  5: "BIND",
  6: "LISTEN",
  10: "OPEN",
  11: "CREATE",
  12: "MKDIR",
  13: "UNLINK",
  14: "RMDIR",
  15: "RENAME",
  16: "LINK",
  17: "SYMLINK",
  18: "MKNOD",
  19: "TRUNCATE",
  20: "CHMOD",
  21: "CHOWN",
  22: "EXEC",
  23: "MMAP",
  24: "MPROTECT",
  25: "MOUNT",
  26: "UTIMES",
  27: "UNIX",
  28: "XATTR",
  29: "FLAGS",
  30: "PTRACE",
  31: "PROCFS",
  32: "SIGNAL",
  33: "BPF",
  34: "CGROUP",
  35: "BPFFS",
  36: "CLONE",
  38: "CAPABLE",
  39: "PERF",
  40: "KERNEL",
  41: "DEVICE",
  43: "IOCTL",
  44: "NOTIFY",
  45: "CONTAINER",
  42: "POST",
};

/** enum warden_policy_flag */
export const WardenPolicyFlag = {
  ENFORCE: 1,
  DENY_NETWORK: 2,
  DENY_EXEC: 4,
  DENY_READ: 8,
  DENY_WRITE: 16,
  DENY_DELETE: 32,
  DELETE_INHERITS: 64,
  DENY_MEMFD: 128,
  DENY_MEMORY: 256,
  HAS_NETWORK: 512,
  HAS_FILES: 1024,
  HAS_NAMES: 2048,
  HAS_EXEC: 4096,
  DENY_NET_ADMIN: 8192,
  DENY_SUDO: 16384,
  DENY_SERVICES: 32768,
  NET_PORT_PROTO: 65536,
  NET_PROTO: 131072,
  NET_PORT: 262144,
  NET_ANY: 524288,
  GOVERN_CONTAINERS: 134217728,
  DENY_SIGNALS: 16777216,
  DENY_LISTEN: 33554432,
  HAS_LISTEN: 67108864,
} as const;
export type WardenPolicyFlagName = keyof typeof WardenPolicyFlag;
export const WardenPolicyFlagNames: Readonly<Record<number, WardenPolicyFlagName | undefined>> = {
  1: "ENFORCE",
  2: "DENY_NETWORK",
  4: "DENY_EXEC",
  8: "DENY_READ",
  16: "DENY_WRITE",
  32: "DENY_DELETE",
  64: "DELETE_INHERITS",
  128: "DENY_MEMFD",
  256: "DENY_MEMORY",
  512: "HAS_NETWORK",
  1024: "HAS_FILES",
  2048: "HAS_NAMES",
  4096: "HAS_EXEC",
  8192: "DENY_NET_ADMIN",
  16384: "DENY_SUDO",
  32768: "DENY_SERVICES",
  65536: "NET_PORT_PROTO",
  131072: "NET_PROTO",
  262144: "NET_PORT",
  524288: "NET_ANY",
  134217728: "GOVERN_CONTAINERS",
  16777216: "DENY_SIGNALS",
  33554432: "DENY_LISTEN",
  67108864: "HAS_LISTEN",
};

/** enum warden_mask */
export const WardenMask = {
  DENY_SELF_SHIFT: 0,
  DENY_TREE_SHIFT: 8,
  ALLOW_SELF_SHIFT: 16,
  ALLOW_TREE_SHIFT: 24,
  ALWAYS: 16,
  ENTRIES: 32,
} as const;
export type WardenMaskName = keyof typeof WardenMask;
export const WardenMaskNames: Readonly<Record<number, WardenMaskName | undefined>> = {
  0: "DENY_SELF_SHIFT",
  8: "DENY_TREE_SHIFT",
  16: "ALLOW_SELF_SHIFT",
  24: "ALLOW_TREE_SHIFT",
  32: "ENTRIES",
};

/** enum warden_direction */
export const WardenDirection = {
  OUT: 0,
  IN: 1,
  IN_ANY: 2,
} as const;
export type WardenDirectionName = keyof typeof WardenDirection;
export const WardenDirectionNames: Readonly<Record<number, WardenDirectionName | undefined>> = {
  0: "OUT",
  1: "IN",
  2: "IN_ANY",
};

/** enum warden_proc_flag */
export const WardenProcFlag = {
  ROOT: 1,
  EXECED: 2,
  POST: 4,
  CONTAINED: 8,
} as const;
export type WardenProcFlagName = keyof typeof WardenProcFlag;
export const WardenProcFlagNames: Readonly<Record<number, WardenProcFlagName | undefined>> = {
  1: "ROOT",
  2: "EXECED",
  4: "POST",
  8: "CONTAINED",
};

/** enum warden_container_flag */
export const WardenContainerFlag = {
  MADE: 1,
  FOUND: 2,
  CANARY: 4,
} as const;
export type WardenContainerFlagName = keyof typeof WardenContainerFlag;
export const WardenContainerFlagNames: Readonly<Record<number, WardenContainerFlagName | undefined>> = {
  1: "MADE",
  2: "FOUND",
  4: "CANARY",
};

/** enum warden_frame_type */
export const WardenFrameType = {
  HELLO: 1,
  BEGIN: 2,
  RULE_PATH: 3,
  RULE_NET: 4,
  COMMIT: 5,
  STARTED: 6,
  ACK: 7,
  REPORTED: 8,
  WELCOME: 64,
  RESULT: 65,
  POSTURE: 66,
  EVENT: 67,
  FINISH: 68,
  STATS: 69,
  STATUS: 96,
  STOP: 97,
  RELEASE: 98,
} as const;
export type WardenFrameTypeName = keyof typeof WardenFrameType;
export const WardenFrameTypeNames: Readonly<Record<number, WardenFrameTypeName | undefined>> = {
  1: "HELLO",
  2: "BEGIN",
  3: "RULE_PATH",
  4: "RULE_NET",
  5: "COMMIT",
  6: "STARTED",
  7: "ACK",
  8: "REPORTED",
  64: "WELCOME",
  65: "RESULT",
  66: "POSTURE",
  67: "EVENT",
  68: "FINISH",
  69: "STATS",
  96: "STATUS",
  97: "STOP",
  98: "RELEASE",
};

/** enum warden_path_form */
export const WardenPathForm = {
  EXACT: 0,
  TREE: 1,
  NAME: 2,
} as const;
export type WardenPathFormName = keyof typeof WardenPathForm;
export const WardenPathFormNames: Readonly<Record<number, WardenPathFormName | undefined>> = {
  0: "EXACT",
  1: "TREE",
  2: "NAME",
};

/** enum warden_held */
export const WardenHeld = {
  INODE: 0,
  NAME: 1,
  PREFIX: 2,
  NOT: 3,
} as const;
export type WardenHeldName = keyof typeof WardenHeld;
export const WardenHeldNames: Readonly<Record<number, WardenHeldName | undefined>> = {
  0: "INODE",
  1: "NAME",
  2: "PREFIX",
  3: "NOT",
};

/** enum warden_state_of_class */
export const WardenStateOfClass = {
  ABSENT: 0,
  AUDITED: 1,
  ENFORCED: 2,
} as const;
export type WardenStateOfClassName = keyof typeof WardenStateOfClass;
export const WardenStateOfClassNames: Readonly<Record<number, WardenStateOfClassName | undefined>> = {
  0: "ABSENT",
  1: "AUDITED",
  2: "ENFORCED",
};

/** enum warden_absence */
export const WardenAbsence = {
  NONE: 0,
  NO_FUNCTION: 1,
  LOAD: 2,
  ATTACH: 3,
  CONTROL: 4,
  NOT_DENIED: 5,
  CANARY: 6,
  LEFT_OUT: 7,
} as const;
export type WardenAbsenceName = keyof typeof WardenAbsence;
export const WardenAbsenceNames: Readonly<Record<number, WardenAbsenceName | undefined>> = {
  0: "NONE",
  1: "NO_FUNCTION",
  2: "LOAD",
  3: "ATTACH",
  4: "CONTROL",
  5: "NOT_DENIED",
  6: "CANARY",
  7: "LEFT_OUT",
};

/** enum warden_flavour */
export const WardenFlavour = {
  NONE: 0,
  LSM: 1,
  FMOD_RET: 2,
} as const;
export type WardenFlavourName = keyof typeof WardenFlavour;
export const WardenFlavourNames: Readonly<Record<number, WardenFlavourName | undefined>> = {
  0: "NONE",
  1: "LSM",
  2: "FMOD_RET",
};

/** enum warden_ending */
export const WardenEnding = {
  STARTER: 1,
  POST: 2,
  WORKER: 3,
  SIGNAL: 4,
} as const;
export type WardenEndingName = keyof typeof WardenEnding;
export const WardenEndingNames: Readonly<Record<number, WardenEndingName | undefined>> = {
  1: "STARTER",
  2: "POST",
  3: "WORKER",
  4: "SIGNAL",
};

/** struct warden_inode */
export const WardenInode = {
  size: 16,
  fields: {
    ino: { offset: 0, kind: "u64" },
    dev: { offset: 8, kind: "u32" },
    igen: { offset: 12, kind: "u32" },
  },
} as const satisfies AbiStruct;

/** struct warden_node_key */
export const WardenNodeKey = {
  size: 24,
  fields: {
    inode: { offset: 0, kind: "struct", of: WardenInode },
    generation: { offset: 16, kind: "u32" },
    pad: { offset: 20, kind: "u32" },
  },
} as const satisfies AbiStruct;

/** struct warden_name_key */
export const WardenNameKey = {
  size: 88,
  fields: {
    dir: { offset: 0, kind: "struct", of: WardenInode },
    generation: { offset: 16, kind: "u32" },
    pad: { offset: 20, kind: "u32" },
    name: { offset: 24, kind: "bytes", length: 64 },
  },
} as const satisfies AbiStruct;

/** struct warden_node */
export const WardenNode = {
  size: 24,
  fields: {
    masks: { offset: 0, kind: "u32" },
    pad: { offset: 4, kind: "u32" },
    deny_rule: { offset: 8, kind: "array", length: 4, of: "u32" },
  },
} as const satisfies AbiStruct;

/** struct warden_addr4_key */
export const WardenAddr4Key = {
  size: 16,
  fields: {
    prefixlen: { offset: 0, kind: "u32" },
    generation: { offset: 4, kind: "u32" },
    port: { offset: 8, kind: "u16" },
    protocol: { offset: 10, kind: "u8" },
    direction: { offset: 11, kind: "u8" },
    addr: { offset: 12, kind: "bytes", length: 4 },
  },
} as const satisfies AbiStruct;

/** struct warden_addr6_key */
export const WardenAddr6Key = {
  size: 28,
  fields: {
    prefixlen: { offset: 0, kind: "u32" },
    generation: { offset: 4, kind: "u32" },
    port: { offset: 8, kind: "u16" },
    protocol: { offset: 10, kind: "u8" },
    direction: { offset: 11, kind: "u8" },
    addr: { offset: 12, kind: "bytes", length: 16 },
  },
} as const satisfies AbiStruct;

/** struct warden_addr */
export const WardenAddr = {
  size: 8,
  fields: {
    effect: { offset: 0, kind: "u32" },
    rule: { offset: 4, kind: "u32" },
  },
} as const satisfies AbiStruct;

/** struct warden_proc */
export const WardenProc = {
  size: 24,
  fields: {
    start: { offset: 0, kind: "u64" },
    container: { offset: 8, kind: "u64" },
    step: { offset: 16, kind: "u32" },
    flags: { offset: 20, kind: "u32" },
  },
} as const satisfies AbiStruct;

/** struct warden_config */
export const WardenConfig = {
  size: 2400,
  fields: {
    cgroup: { offset: 0, kind: "u64" },
    rename_lock: { offset: 8, kind: "u64" },
    exempt_start: { offset: 16, kind: "u64" },
    level: { offset: 24, kind: "u32" },
    exempt_tgid: { offset: 28, kind: "u32" },
    monitor_tgid: { offset: 32, kind: "u32" },
    has_ancestor_helper: { offset: 36, kind: "u32" },
    refuse_uring: { offset: 40, kind: "u32" },
    post_len: { offset: 44, kind: "u32" },
    refuse_overlay: { offset: 48, kind: "u32" },
    mount_namespace: { offset: 52, kind: "u32" },
    began: { offset: 56, kind: "u64" },
    raw_majors: { offset: 64, kind: "array", length: 8, of: "u32" },
    post_path: { offset: 96, kind: "bytes", length: 256 },
    variables: { offset: 352, kind: "bytes", length: 2048 },
  },
} as const satisfies AbiStruct;

/** struct warden_helper */
export const WardenHelper = {
  size: 80,
  fields: {
    path: { offset: 0, kind: "bytes", length: 64 },
    inode: { offset: 64, kind: "struct", of: WardenInode },
  },
} as const satisfies AbiStruct;

/** struct warden_state */
export const WardenState = {
  size: 74464,
  fields: {
    policy: { offset: 0, kind: "u64" },
    total: { offset: 8, kind: "u64" },
    emitted: { offset: 16, kind: "u64" },
    lost: { offset: 24, kind: "u64" },
    denied: { offset: 32, kind: "u64" },
    resolving: { offset: 40, kind: "u64" },
    resolved: { offset: 48, kind: "struct", of: WardenInode },
    resolved_mode: { offset: 64, kind: "u32" },
    zero: { offset: 68, kind: "u32" },
    containers: { offset: 72, kind: "u32" },
    contained: { offset: 76, kind: "u32" },
    crowded: { offset: 80, kind: "u32" },
    unmarked: { offset: 84, kind: "u32" },
    canary: { offset: 88, kind: "u32" },
    epoch: { offset: 92, kind: "u32" },
    helpers: { offset: 96, kind: "array", length: 8, of: WardenHelper },
    destinations: { offset: 736, kind: "array", length: 1024, of: "u64" },
    ruled_ports: { offset: 8928, kind: "bytes", length: 65536 },
  },
} as const satisfies AbiStruct;

/** struct warden_event */
export const WardenEvent = {
  size: 96,
  fields: {
    seq: { offset: 0, kind: "u64" },
    lost: { offset: 8, kind: "u64" },
    time: { offset: 16, kind: "u64" },
    start: { offset: 24, kind: "u64" },
    parent_start: { offset: 32, kind: "u64" },
    size: { offset: 40, kind: "u32" },
    kind: { offset: 44, kind: "u16" },
    hook: { offset: 46, kind: "u16" },
    verdict: { offset: 48, kind: "u8" },
    op: { offset: 49, kind: "u8" },
    pad: { offset: 50, kind: "u16" },
    rule: { offset: 52, kind: "u32" },
    tgid: { offset: 56, kind: "u32" },
    pid: { offset: 60, kind: "u32" },
    parent: { offset: 64, kind: "u32" },
    uid: { offset: 68, kind: "u32" },
    step: { offset: 72, kind: "u32" },
    pad2: { offset: 76, kind: "u32" },
    comm: { offset: 80, kind: "bytes", length: 16 },
  },
} as const satisfies AbiStruct;

/** struct warden_net_event */
export const WardenNetEvent = {
  size: 128,
  fields: {
    h: { offset: 0, kind: "struct", of: WardenEvent },
    family: { offset: 96, kind: "u16" },
    port: { offset: 98, kind: "u16" },
    protocol: { offset: 100, kind: "u32" },
    type: { offset: 104, kind: "u32" },
    pad: { offset: 108, kind: "u32" },
    addr: { offset: 112, kind: "bytes", length: 16 },
  },
} as const satisfies AbiStruct;

/** struct warden_file_event */
export const WardenFileEvent = {
  size: 1400,
  fields: {
    h: { offset: 0, kind: "struct", of: WardenEvent },
    inode: { offset: 96, kind: "struct", of: WardenInode },
    path_len: { offset: 112, kind: "u32" },
    path_cut: { offset: 116, kind: "u32" },
    path: { offset: 120, kind: "bytes", length: 1280 },
  },
} as const satisfies AbiStruct;

/** struct warden_guard_event */
export const WardenGuardEvent = {
  size: 120,
  fields: {
    h: { offset: 0, kind: "struct", of: WardenEvent },
    target: { offset: 96, kind: "u32" },
    detail: { offset: 100, kind: "u32" },
    comm: { offset: 104, kind: "bytes", length: 16 },
  },
} as const satisfies AbiStruct;

/** struct warden_process_event */
export const WardenProcessEvent = {
  size: 96,
  fields: {
    h: { offset: 0, kind: "struct", of: WardenEvent },
  },
} as const satisfies AbiStruct;

/** struct warden_exec_event */
export const WardenExecEvent = {
  size: 1808,
  fields: {
    h: { offset: 0, kind: "struct", of: WardenEvent },
    inode: { offset: 96, kind: "struct", of: WardenInode },
    path_len: { offset: 112, kind: "u32" },
    path_cut: { offset: 116, kind: "u32" },
    args_len: { offset: 120, kind: "u32" },
    pad: { offset: 124, kind: "u32" },
    step_id: { offset: 128, kind: "bytes", length: 64 },
    container: { offset: 192, kind: "bytes", length: 80 },
    args: { offset: 272, kind: "bytes", length: 256 },
    path: { offset: 528, kind: "bytes", length: 1280 },
  },
} as const satisfies AbiStruct;

/** struct warden_frame */
export const WardenFrame = {
  size: 8,
  fields: {
    size: { offset: 0, kind: "u32" },
    type: { offset: 4, kind: "u32" },
  },
} as const satisfies AbiStruct;

/** struct warden_hello */
export const WardenHello = {
  size: 16,
  fields: {
    f: { offset: 0, kind: "struct", of: WardenFrame },
    abi: { offset: 8, kind: "u32" },
    pad: { offset: 12, kind: "u32" },
  },
} as const satisfies AbiStruct;

/** struct warden_welcome */
export const WardenWelcome = {
  size: 24,
  fields: {
    f: { offset: 0, kind: "struct", of: WardenFrame },
    abi: { offset: 8, kind: "u32" },
    committed: { offset: 12, kind: "u32" },
    away_ms: { offset: 16, kind: "u64" },
  },
} as const satisfies AbiStruct;

/** struct warden_rule_path */
export const WardenRulePath = {
  size: 16,
  fields: {
    f: { offset: 0, kind: "struct", of: WardenFrame },
    rule: { offset: 8, kind: "u32" },
    op: { offset: 12, kind: "u8" },
    effect: { offset: 13, kind: "u8" },
    form: { offset: 14, kind: "u8" },
    pad: { offset: 15, kind: "u8" },
  },
} as const satisfies AbiStruct;

/** struct warden_rule_net */
export const WardenRuleNet = {
  size: 40,
  fields: {
    f: { offset: 0, kind: "struct", of: WardenFrame },
    rule: { offset: 8, kind: "u32" },
    effect: { offset: 12, kind: "u8" },
    family: { offset: 13, kind: "u8" },
    prefix: { offset: 14, kind: "u8" },
    protocol: { offset: 15, kind: "u8" },
    port: { offset: 16, kind: "u16" },
    remove: { offset: 18, kind: "u8" },
    direction: { offset: 19, kind: "u8" },
    pad: { offset: 20, kind: "u32" },
    addr: { offset: 24, kind: "bytes", length: 16 },
  },
} as const satisfies AbiStruct;

/** struct warden_commit */
export const WardenCommit = {
  size: 16,
  fields: {
    f: { offset: 0, kind: "struct", of: WardenFrame },
    flags: { offset: 8, kind: "u32" },
    pad: { offset: 12, kind: "u32" },
  },
} as const satisfies AbiStruct;

/** struct warden_result */
export const WardenResult = {
  size: 24,
  fields: {
    f: { offset: 0, kind: "struct", of: WardenFrame },
    rule: { offset: 8, kind: "u32" },
    error: { offset: 12, kind: "u32" },
    held: { offset: 16, kind: "u32" },
    pad: { offset: 20, kind: "u32" },
  },
} as const satisfies AbiStruct;

/** struct warden_class_posture */
export const WardenClassPosture = {
  size: 48,
  fields: {
    state: { offset: 0, kind: "u32" },
    absence: { offset: 4, kind: "u32" },
    error: { offset: 8, kind: "u32" },
    pad: { offset: 12, kind: "u32" },
    hook: { offset: 16, kind: "bytes", length: 32 },
  },
} as const satisfies AbiStruct;

/** struct warden_stats */
export const WardenStats = {
  size: 40,
  fields: {
    f: { offset: 0, kind: "struct", of: WardenFrame },
    total: { offset: 8, kind: "u64" },
    emitted: { offset: 16, kind: "u64" },
    lost: { offset: 24, kind: "u64" },
    denied: { offset: 32, kind: "u64" },
  },
} as const satisfies AbiStruct;

/** struct warden_posture */
export const WardenPosture = {
  size: 344,
  fields: {
    f: { offset: 0, kind: "struct", of: WardenFrame },
    flavour: { offset: 8, kind: "u32" },
    outlived: { offset: 12, kind: "u32" },
    ending: { offset: 16, kind: "u32" },
    pad: { offset: 20, kind: "u32" },
    classes: { offset: 24, kind: "array", length: 6, of: WardenClassPosture },
    total: { offset: 312, kind: "u64" },
    emitted: { offset: 320, kind: "u64" },
    lost: { offset: 328, kind: "u64" },
    denied: { offset: 336, kind: "u64" },
  },
} as const satisfies AbiStruct;

/** struct warden_started */
export const WardenStarted = {
  size: 16,
  fields: {
    f: { offset: 0, kind: "struct", of: WardenFrame },
    ok: { offset: 8, kind: "u32" },
    pad: { offset: 12, kind: "u32" },
  },
} as const satisfies AbiStruct;

/** struct warden_ack */
export const WardenAck = {
  size: 16,
  fields: {
    f: { offset: 0, kind: "struct", of: WardenFrame },
    count: { offset: 8, kind: "u64" },
  },
} as const satisfies AbiStruct;
