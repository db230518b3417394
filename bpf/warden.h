/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The ABI: every struct and constant shared by the kernel programs, the monitor and the agent.
 *
 * The TypeScript side is generated from the BTF of this header (src/kernel/abi.gen.ts), so the two cannot
 * disagree. Rules for what stands here: fixed-width types only, every struct without
 * implicit padding (checked below), no pointers, no bit-fields, constants as enums (a #define leaves no BTF).
 */
#ifndef WARDEN_H
#define WARDEN_H

#ifndef __bpf__
#include <stdint.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#endif

enum warden_abi {
	WARDEN_ABI_VERSION = 1,
};

enum warden_limit {
	WARDEN_NAME = 64,	       /* a file name in a rule, with its NUL */
	WARDEN_COMM = 16,	       /* TASK_COMM_LEN */
	WARDEN_DESTINATIONS = 1 << 10, /* allowed destinations that are remembered */
	WARDEN_PORTS = 1 << 16,	       /* of every protocol */
	WARDEN_STEP = 64,	       /* a GITHUB_ACTION id, with its NUL */
	WARDEN_CONTAINER = 80,	       /* name of a container's cgroup, with its NUL: docker-ID.scope is the longest */
	WARDEN_ARGS = 256,	       /* the first bytes of argv, NUL separated */
	WARDEN_POST_PATH = 256,	       /* argv[1] of the action's post */
	WARDEN_VARIABLE = 256,	       /* NAME=value of a variable that the post may have, with its NUL */
	WARDEN_VARIABLES = 8,	       /* ... and how many */
	WARDEN_MAJORS = 8,	       /* devices whose numbers the kernel gives as they come */
	WARDEN_HELPERS = 8,	       /* programs that the kernel itself starts ... */
	WARDEN_HELPER_PATH = 64,       /* ... and the path of each, with its NUL */
	WARDEN_PATH = 1024,	       /* component names, leaf first, NUL separated ... */
	WARDEN_PATH_SLACK = 256,       /* ... the last of which may start just below WARDEN_PATH */
	WARDEN_DEPTH = 64,	       /* directories a walk climbs before it gives up, and refuses */
	WARDEN_PATH_MAX = 4096,	       /* a rule's path on the wire, with its NUL */
	WARDEN_FRAME_MAX = 8192,       /* a whole frame on the agent's socket */
	WARDEN_TREES_SHIFT = 20,       /* in the policy's flags: the four operations that some subtree rule denies */
};

/* Numbers of epochs, in which the rules on addresses stay what they are: see question(). */
enum warden_epoch {
	WARDEN_NO_EPOCH = 1, /* they change */
	WARDEN_FIRST_EPOCH = 2,
	WARDEN_LAST_EPOCH = 255, /* and again from the first */
};

/* After so long somebody stops waiting for somebody, ms. Whoever asks waits longer than the monitor does. */
enum warden_patience {
	WARDEN_PATIENCE_START = 300000,	 /* the agent, from its start to a proved policy, however large */
	WARDEN_PATIENCE_DRAIN = 60000,	 /* the last events, into the journal */
	WARDEN_PATIENCE_REPORT = 60000,	 /* the reports */
	WARDEN_PATIENCE_RELEASE = 60000, /* whoever copies the reports */
};

/* Bits of a file operation; the index of the bit is the index of its rule id in a node. */
enum warden_op {
	WARDEN_OP_READ = 1,
	WARDEN_OP_WRITE = 2,
	WARDEN_OP_DELETE = 4,
	WARDEN_OP_EXEC = 8,
	WARDEN_OPS = 4, /* how many */
};

enum warden_effect {
	WARDEN_ALLOW = 0,
	WARDEN_DENY = 1,
};

enum warden_verdict {
	WARDEN_VERDICT_ALLOW = 0,
	WARDEN_VERDICT_DENY = 1,
	WARDEN_VERDICT_WOULD_DENY = 2,
};

/* The hook classes a canary proves. */
enum warden_class {
	WARDEN_CLASS_NETWORK = 0,
	WARDEN_CLASS_EXEC = 1,
	WARDEN_CLASS_READ = 2,
	WARDEN_CLASS_WRITE = 3,
	WARDEN_CLASS_GUARD = 4,
	WARDEN_CLASS_CONTAINERS = 5,
	WARDEN_CLASSES = 6,
};

enum warden_kind {
	WARDEN_KIND_FORK = 1,
	WARDEN_KIND_EXEC = 2,
	WARDEN_KIND_EXIT = 3,
	WARDEN_KIND_NET = 4,
	WARDEN_KIND_FILE = 5,
	WARDEN_KIND_GUARD = 6,
	WARDEN_KIND_CWD = 7, /* a warden_file_event: the directory in which the next EXEC of this process is done */
};

enum warden_hook {
	WARDEN_HOOK_NONE = 0,
	WARDEN_HOOK_CONNECT = 1,
	WARDEN_HOOK_SEND = 2,
	WARDEN_HOOK_EGRESS = 3,
	WARDEN_HOOK_SOCKET = 4,
	WARDEN_HOOK_BIND = 5, /* a datagram socket, which hears from then on */
	WARDEN_HOOK_LISTEN = 6,
	WARDEN_HOOK_OPEN = 10,
	WARDEN_HOOK_CREATE = 11,
	WARDEN_HOOK_MKDIR = 12,
	WARDEN_HOOK_UNLINK = 13,
	WARDEN_HOOK_RMDIR = 14,
	WARDEN_HOOK_RENAME = 15,
	WARDEN_HOOK_LINK = 16,
	WARDEN_HOOK_SYMLINK = 17,
	WARDEN_HOOK_MKNOD = 18,
	WARDEN_HOOK_TRUNCATE = 19,
	WARDEN_HOOK_CHMOD = 20,
	WARDEN_HOOK_CHOWN = 21,
	WARDEN_HOOK_EXEC = 22,
	WARDEN_HOOK_MMAP = 23,
	WARDEN_HOOK_MPROTECT = 24,
	WARDEN_HOOK_MOUNT = 25,
	WARDEN_HOOK_UTIMES = 26,
	WARDEN_HOOK_UNIX = 27,	/* connecting or sending to a unix socket, which is writing to its file */
	WARDEN_HOOK_XATTR = 28, /* extended attributes and access lists */
	WARDEN_HOOK_FLAGS = 29,
	WARDEN_HOOK_PTRACE = 30,
	WARDEN_HOOK_PROCFS = 31,
	WARDEN_HOOK_SIGNAL = 32,
	WARDEN_HOOK_BPF = 33,
	WARDEN_HOOK_CGROUP = 34,
	WARDEN_HOOK_BPFFS = 35,
	WARDEN_HOOK_CLONE = 36,
	WARDEN_HOOK_CAPABLE = 38,
	WARDEN_HOOK_PERF = 39,
	WARDEN_HOOK_KERNEL = 40,    /* tracefs, debugfs, binfmt_misc, securityfs, and sysctls that name programs */
	WARDEN_HOOK_DEVICE = 41,    /* memory and disks */
	WARDEN_HOOK_IOCTL = 43,	    /* an inode's generation, a terminal's input */
	WARDEN_HOOK_NOTIFY = 44,    /* events that hold up whoever opens a file */
	WARDEN_HOOK_CONTAINER = 45, /* a container's process for which there was no room to be remembered in */
	WARDEN_HOOK_POST = 42,	    /* the action's post, with code in it that is not its own: it was ended */
};

/* warden_state.policy: the low half is these flags, the high half the policy generation: one store swaps both. */
enum warden_policy_flag {
	WARDEN_ENFORCE = 1 << 0,
	WARDEN_DENY_NETWORK = 1 << 1, /* the section's default */
	WARDEN_DENY_EXEC = 1 << 2,
	WARDEN_DENY_READ = 1 << 3,
	WARDEN_DENY_WRITE = 1 << 4,
	WARDEN_DENY_DELETE = 1 << 5,
	WARDEN_DELETE_INHERITS = 1 << 6, /* delete without a rule or default of its own is judged as write */
	WARDEN_DENY_MEMFD = 1 << 7,
	WARDEN_DENY_MEMORY = 1 << 8,	 /* of processes outside the session */
	WARDEN_HAS_NETWORK = 1 << 9,	 /* there is a network rule or a denying default */
	WARDEN_HAS_FILES = 1 << 10,	 /* there is a file rule or a denying default */
	WARDEN_HAS_NAMES = 1 << 11,	 /* there is a name-anywhere rule */
	WARDEN_HAS_EXEC = 1 << 12,	 /* exec rules, default or memfd: code mappings must be looked at */
	WARDEN_DENY_NET_ADMIN = 1 << 13, /* configuring the network, as root */
	WARDEN_DENY_SUDO = 1 << 14,	 /* programs that make one root */
	WARDEN_DENY_SERVICES = 1 << 15,	 /* abstract unix sockets from before the session */
	WARDEN_NET_PORT_PROTO = 1 << 16, /* which shapes of network rule exist, to skip lookups */
	WARDEN_NET_PROTO = 1 << 17,
	WARDEN_NET_PORT = 1 << 18,
	WARDEN_NET_ANY = 1 << 19,
	WARDEN_GOVERN_CONTAINERS = 1 << 27, /* what a container runtime starts during the session */
	WARDEN_DENY_SIGNALS = 1 << 24,	    /* to processes outside the session; 20 to 23: WARDEN_TREES_SHIFT */
	WARDEN_DENY_LISTEN = 1 << 25,	    /* the section's default */
	WARDEN_HAS_LISTEN = 1 << 26,	    /* there is a rule of it, or a denying default */
};

/* A file's identity: the kernel's own device and inode numbers, and the inode's generation, where it has one, with its
 * type; zeros where there is no inode. */
struct warden_inode {
	u64 ino;
	u32 dev;
	u32 igen;
};

/* Key of a rule node. */
struct warden_node_key {
	struct warden_inode inode;
	u32 generation;
	u32 pad;
};

/* Key of a rule on a name: below a directory (a file that does not exist yet), or anywhere (inode all zero). */
struct warden_name_key {
	struct warden_inode dir;
	u32 generation;
	u32 pad;
	char name[WARDEN_NAME];
};

/*
 * What the rules say of one inode or name: four masks of operations in one word, so that a walk gathers them with one
 * load, and per operation the rule to name. Self masks count where the walk begins, tree masks at every step.
 */
enum warden_mask {
	WARDEN_DENY_SELF_SHIFT = 0,
	WARDEN_DENY_TREE_SHIFT = 8,
	WARDEN_ALLOW_SELF_SHIFT = 16,
	WARDEN_ALLOW_TREE_SHIFT = 24,
	WARDEN_MASK_ALWAYS = 0x10,  /* in a deny mask: refuse in audit mode too, the guard protects itself */
	WARDEN_MASK_ENTRIES = 0x20, /* in the allow tree mask: there are name rules below this directory */
};

struct warden_node {
	u32 masks;
	u32 pad;
	u32 deny_rule[WARDEN_OPS];
};

/* What an address of a rule is: a destination, or one of this machine's that is listened at. */
enum warden_direction {
	WARDEN_OUT = 0,
	WARDEN_IN = 1,
	WARDEN_IN_ANY = 2, /* every address of the machine at once; the address of the key is zero */
};

/* Keys of the address tries. The prefix covers everything up to the address, then its own bits. */
struct warden_addr4_key {
	u32 prefixlen; /* 64 + prefix */
	u32 generation;
	u16 port;     /* host order, 0 any */
	u8 protocol;  /* 6, 17, 0 any */
	u8 direction; /* enum warden_direction */
	u8 addr[4];
};

struct warden_addr6_key {
	u32 prefixlen; /* 64 + prefix */
	u32 generation;
	u16 port;
	u8 protocol;
	u8 direction;
	u8 addr[16];
};

struct warden_addr {
	u32 effect; /* enum warden_effect */
	u32 rule;
};

enum warden_proc_flag {
	WARDEN_PROC_ROOT = 1,	   /* forked by Runner.Worker itself: a step's first process */
	WARDEN_PROC_EXECED = 2,	   /* has executed a program since */
	WARDEN_PROC_POST = 4,	   /* ... and its first program was the action's post */
	WARDEN_PROC_CONTAINED = 8, /* outside of the session's cgroup, in a container: governed by this flag alone */
};

/* What the kernel side remembers of a governed process. */
struct warden_proc {
	u64 start;     /* boot ns of the thread-group leader's start */
	u64 container; /* id of the container's cgroup, 0 none */
	u32 step;      /* thread-group id of the step's first process, 0 unknown */
	u32 flags;     /* enum warden_proc_flag */
};

/* Why a cgroup outside of the session is a container's. Its key in `containers` is the cgroup's id. */
enum warden_container_flag {
	WARDEN_CONTAINER_MADE = 1,   /* made during the session, by somebody outside of it */
	WARDEN_CONTAINER_FOUND = 2,  /* there when the session began */
	WARDEN_CONTAINER_CANARY = 4, /* made by the monitor: no mount namespace of its own is asked for */
};

/* Set before the programs are loaded, constant from then on. */
struct warden_config {
	u64 cgroup;	  /* id of the session's cgroup */
	u64 rename_lock;  /* the kernel's, by its address; 0 where it may not be used: see lib/above.h */
	u64 exempt_start; /* in clock ticks (10 ms) since boot, as /proc/PID/stat has it */
	u32 level;	  /* depth of the session's cgroup below the root */
	u32 exempt_tgid;  /* Runner.Worker, 0 none */
	u32 monitor_tgid;
	u32 has_ancestor_helper; /* bpf_get_current_ancestor_cgroup_id may be called in tracing and lsm programs */
	u32 refuse_uring;	 /* io-wq workers leave the cgroup on this kernel */
	u32 post_len;		 /* bytes of post_path that count, 0 none */
	u32 refuse_overlay;	 /* its layers' files cannot be told on this kernel */
	u32 mount_namespace;	 /* the monitor's, by its inode number */
	u64 began;		 /* when the session did, in seconds of the wall clock, as inodes have it */
	u32 raw_majors[WARDEN_MAJORS]; /* of devices that give a disk; 0 none */
	char post_path[WARDEN_POST_PATH];
	char variables[WARDEN_VARIABLES * WARDEN_VARIABLE]; /* see brings_code(): what the post may have, a row each */
};

/* A program that the kernel starts by this path, and the file that this was when the session began; zeros: none. */
struct warden_helper {
	char path[WARDEN_HELPER_PATH];
	struct warden_inode inode;
};

/* Shared state: written by the kernel side, but for policy, resolving, helpers, epoch and ruled_ports. Counters are exact:
 * atomic adds. */
struct warden_state {
	u64 policy;    /* flags | generation << 32 */
	u64 total;     /* events made */
	u64 emitted;   /* of these, put in the ring buffer */
	u64 lost;      /* ... and not: emitted + lost = total */
	u64 denied;    /* refusals and would-be refusals among total */
	u64 resolving; /* the monitor's next getattr is to be recorded */
	struct warden_inode resolved;
	u32 resolved_mode; /* S_IFMT and permissions */
	u32 zero;	   /* always; see find() */
	u32 containers;	   /* there is, or was, a cgroup in `containers` */
	u32 contained;	   /* processes that are governed by WARDEN_PROC_CONTAINED, or more */
	u32 crowded;	   /* no room for a cgroup: everyone in a mount namespace of its own counts as in a container */
	u32 unmarked;	   /* no room for a process: everyone in a container's cgroup is governed */
	u32 canary;	   /* the cgroup that the monitor makes now is the canary's */
	u32 epoch;	   /* enum warden_epoch; 0 before there is a policy */
	struct warden_helper helpers[WARDEN_HELPERS];
	u64 destinations[WARDEN_DESTINATIONS]; /* allowed ones: each the whole question */
	u8 ruled_ports[WARDEN_PORTS];	       /* by a port as packets have it: does a rule speak of this one alone? */
};

/* ---- events: header, then the tail of its kind ---- */

struct warden_event {
	u64 seq;   /* given by the monitor, in the order of the ring: dense from 1 */
	u64 lost;  /* events lost before this one was made */
	u64 time;  /* boot ns */
	u64 start; /* of the process, boot ns */
	u64 parent_start;
	u32 size; /* of the whole event */
	u16 kind;
	u16 hook;
	u8 verdict;
	u8 op; /* enum warden_op, for files */
	u16 pad;
	u32 rule;
	u32 tgid;
	u32 pid;
	u32 parent;
	u32 uid;
	u32 step; /* thread-group id of the step's first process, 0 unknown */
	u32 pad2;
	char comm[WARDEN_COMM];
};

struct warden_net_event {
	struct warden_event h;
	u16 family;
	u16 port; /* host order */
	u32 protocol;
	u32 type;
	u32 pad;
	u8 addr[16]; /* v4 in the first four bytes */
};

struct warden_file_event {
	struct warden_event h;
	struct warden_inode inode;
	u32 path_len; /* bytes of path used */
	u32 path_cut; /* components are missing at the root end */
	char path[WARDEN_PATH + WARDEN_PATH_SLACK];
};

struct warden_guard_event {
	struct warden_event h;
	u32 target;
	u32 detail; /* signal, bpf command, ptrace mode */
	char comm[WARDEN_COMM];
};

struct warden_process_event {
	struct warden_event h;
};

struct warden_exec_event {
	struct warden_event h;
	struct warden_inode inode;
	u32 path_len, path_cut;
	u32 args_len;
	u32 pad;
	char step_id[WARDEN_STEP];
	char container[WARDEN_CONTAINER]; /* the cgroup's name, in the first exec inside; empty else */
	char args[WARDEN_ARGS];
	char path[WARDEN_PATH + WARDEN_PATH_SLACK];
};

/* ---- frames on the socketpair of monitor and agent ---- */

enum warden_frame_type {
	/* agent to monitor */
	WARDEN_FRAME_HELLO = 1,	    /* warden_hello */
	WARDEN_FRAME_BEGIN = 2,	    /* header alone: start a new generation */
	WARDEN_FRAME_RULE_PATH = 3, /* warden_rule_path, then the path with its NUL */
	WARDEN_FRAME_RULE_NET = 4,  /* warden_rule_net */
	WARDEN_FRAME_COMMIT = 5,    /* warden_commit: swap, prove, answer with POSTURE */
	WARDEN_FRAME_STARTED = 6,   /* warden_started: tell the one who started us */
	WARDEN_FRAME_ACK = 7,	    /* warden_ack: so many events are in the journal */
	WARDEN_FRAME_REPORTED = 8,  /* warden_started: the reports are written */
	/* monitor to agent */
	WARDEN_FRAME_WELCOME = 64, /* warden_welcome */
	WARDEN_FRAME_RESULT = 65,  /* warden_result, answers RULE_PATH, RULE_NET */
	WARDEN_FRAME_POSTURE = 66, /* warden_posture */
	WARDEN_FRAME_EVENT = 67,   /* warden_event and its tail */
	WARDEN_FRAME_FINISH = 68,  /* warden_posture: the session is over, write the reports */
	WARDEN_FRAME_STATS = 69,   /* warden_stats */
	/* monitor to the one who started it, and to post */
	WARDEN_FRAME_STATUS = 96, /* warden_started */
	/* the one who started it, or post, to the monitor */
	WARDEN_FRAME_STOP = 97,	   /* header alone */
	WARDEN_FRAME_RELEASE = 98, /* header alone: reports are copied, clean up */
};

struct warden_frame {
	u32 size; /* of the whole frame, header included */
	u32 type;
};

struct warden_hello {
	struct warden_frame f;
	u32 abi;
	u32 pad;
};

struct warden_welcome {
	struct warden_frame f;
	u32 abi;
	u32 committed; /* 1: rules are in force, this is a restart */
	u64 away_ms;   /* how long there was no agent */
};

enum warden_path_form {
	WARDEN_PATH_EXACT = 0,
	WARDEN_PATH_TREE = 1,
	WARDEN_PATH_NAME = 2,
};

struct warden_rule_path {
	struct warden_frame f;
	u32 rule;
	u8 op; /* enum warden_op */
	u8 effect;
	u8 form;
	u8 pad;
};

struct warden_rule_net {
	struct warden_frame f;
	u32 rule;
	u8 effect;
	u8 family; /* 4 or 6 */
	u8 prefix;
	u8 protocol;
	u16 port;
	u8 remove;
	u8 direction; /* enum warden_direction */
	u32 pad;
	u8 addr[16];
};

struct warden_commit {
	struct warden_frame f;
	u32 flags; /* enum warden_policy_flag */
	u32 pad;
};

/* How a path rule is held. */
enum warden_held {
	WARDEN_HELD_INODE = 0,
	WARDEN_HELD_NAME = 1,	/* does not exist yet: by its directory and name */
	WARDEN_HELD_PREFIX = 2, /* several components missing, deny: the first missing one is refused whole */
	WARDEN_HELD_NOT = 3,	/* several components missing, allow: not in force, stays denied */
};

struct warden_result {
	struct warden_frame f;
	u32 rule;
	u32 error; /* errno, 0 when in force */
	u32 held;
	u32 pad;
};

enum warden_state_of_class {
	WARDEN_ABSENT = 0,
	WARDEN_AUDITED = 1,
	WARDEN_ENFORCED = 2,
};

enum warden_absence {
	WARDEN_ABSENCE_NONE = 0,
	WARDEN_ABSENCE_NO_FUNCTION = 1, /* the kernel has no such hook */
	WARDEN_ABSENCE_LOAD = 2,	/* the program was refused at load; error says why */
	WARDEN_ABSENCE_ATTACH = 3,
	WARDEN_ABSENCE_CONTROL = 4,    /* the ungoverned control of the canary did not succeed */
	WARDEN_ABSENCE_NOT_DENIED = 5, /* attached, and the canary was let through */
	WARDEN_ABSENCE_CANARY = 6,     /* the canary could not be run */
	WARDEN_ABSENCE_LEFT_OUT = 7,   /* this kernel does not always run the program */
};

enum warden_flavour {
	WARDEN_BY_NONE = 0,
	WARDEN_BY_LSM = 1,
	WARDEN_BY_FMOD_RET = 2,
};

struct warden_class_posture {
	u32 state;   /* enum warden_state_of_class */
	u32 absence; /* enum warden_absence */
	u32 error;   /* errno */
	u32 pad;
	char hook[32]; /* the first hook or canary that failed */
};

struct warden_stats {
	struct warden_frame f;
	u64 total;
	u64 emitted;
	u64 lost;
	u64 denied;
};

/* Why a session ends. */
enum warden_ending {
	WARDEN_ENDED_BY_STARTER = 1, /* asked by who started it, or that one is gone */
	WARDEN_ENDED_BY_POST = 2,
	WARDEN_ENDED_BY_WORKER = 3, /* Runner.Worker is gone, and post never asked */
	WARDEN_ENDED_BY_SIGNAL = 4,
};

struct warden_posture {
	struct warden_frame f;
	u32 flavour;
	u32 outlived; /* FINISH: processes that outlived the job and were ended */
	u32 ending;   /* FINISH: enum warden_ending */
	u32 pad;
	struct warden_class_posture classes[WARDEN_CLASSES];
	u64 total, emitted, lost, denied;
};

struct warden_started {
	struct warden_frame f;
	u32 ok;
	u32 pad;
};

struct warden_ack {
	struct warden_frame f;
	u64 count; /* of the events sent since WELCOME */
};

#define WARDEN_CHECK(type, bytes) _Static_assert(sizeof(struct type) == (bytes), #type " changed size")
WARDEN_CHECK(warden_node_key, 24);
WARDEN_CHECK(warden_name_key, 88);
WARDEN_CHECK(warden_node, 24);
WARDEN_CHECK(warden_addr4_key, 16);
WARDEN_CHECK(warden_addr6_key, 28);
WARDEN_CHECK(warden_event, 96);
WARDEN_CHECK(warden_net_event, 128);
WARDEN_CHECK(warden_file_event, 1400);
WARDEN_CHECK(warden_exec_event, 1808);
WARDEN_CHECK(warden_rule_net, 40);
WARDEN_CHECK(warden_class_posture, 48);

#endif
