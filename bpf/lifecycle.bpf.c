// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Fork, exec and exit of governed processes: who descends from whom, and from which step.
 *
 * A step's first process is one that Runner.Worker itself forked; not one whose parent it is, which clone's
 * CLONE_PARENT can forge. Its first exec, seen before the program's first instruction, gives the step's id from
 * the environment that the Worker made, and tells whether this is the action's own post.
 */
#include "lib/event.h"

SEC("raw_tp/sched_process_fork")
int on_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *parent = (void *)ctx->args[0], *child = (void *)ctx->args[1];
	struct cause cause = { .kind = WARDEN_KIND_FORK };
	u32 tgid = BPF_CORE_READ(child, tgid);
	u32 parent_tgid = BPF_CORE_READ(parent, tgid);
	struct warden_proc proc = {};
	struct warden_process_event *e;
	bool inside;

	if ((u32)BPF_CORE_READ(child, pid) != tgid)
		return 0;
	inside = in_session(parent);
	if (!inside && !contained(parent, parent_tgid))
		return 0;
	proc.start = BPF_CORE_READ(child, start_boottime);
	if (inside && exempt(parent)) {
		proc.step = tgid;
		proc.flags = WARDEN_PROC_ROOT;
	} else {
		struct warden_proc *up = bpf_map_lookup_elem(&procs, &parent_tgid);

		if (up) {
			proc.step = up->step;
			proc.container = up->container;
		}
	}
	if (!inside) {
		proc.flags = WARDEN_PROC_CONTAINED | WARDEN_PROC_EXECED;
		__sync_fetch_and_add(&state.contained, 1);
	}
	if (bpf_map_update_elem(&procs, &tgid, &proc, BPF_ANY) && !inside) {
		/* the child cannot be reached from here: from now on its cgroup is enough to be governed by */
		state.unmarked = 1;
		emit_guard(WARDEN_HOOK_CONTAINER, WARDEN_VERDICT_DENY, child, 0);
	}
	e = reserve(&cause, sizeof(*e));
	if (!e)
		return 0;
	fill(&e->h, &cause, child);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* "GITHUB_ACTION=" as two little-endian words */
#define STEP_VARIABLE_1	  0x415f425548544947ULL
#define STEP_VARIABLE_2	  0x3d4e4f495443ULL
#define STEP_VARIABLE_LEN 14

/*
 * Variables by which code gets into a Node program before its own: LD_PRELOAD, LD_AUDIT, NODE_OPTIONS,
 * NODE_COMPILE_CACHE, OPENSSL_CONF and its kin, by their first eight bytes. (LD_LIBRARY_PATH is not among them: honest
 * steps set it. What it leads to is judged when it is mapped.)
 */
static __always_inline bool brings_code(u64 word)
{
	return word == 0x4f4c4552505f444cULL || word == 0x54494455415f444cULL || word == 0x54504f5f45444f4eULL ||
	       word == 0x4d4f435f45444f4eULL || word == 0x5f4c53534e45504fULL;
}

/* Had the action's main the very same variable? Then no step has brought it. A global function: see emit_file. */
__noinline int was_there(u64 at)
{
	const volatile u64 *known = (const volatile u64 *)config.variables;
	u64 have[WARDEN_VARIABLE / 8] = {};
	long n = bpf_probe_read_user_str(have, sizeof(have), (void *)at);

	if (n <= 0 || n == sizeof(have))
		return 0;
	for (int i = 0; i < WARDEN_VARIABLES; i++) {
		u64 differs = 0;

		for (int j = 0; j < WARDEN_VARIABLE / 8; j++)
			differs |= have[j] ^ known[i * (WARDEN_VARIABLE / 8) + j];
		if (!differs)
			return 1;
	}
	return 0;
}

/* An environment is gone through in pieces, for which there is room; an entry that is longer has several. */
enum {
	PIECE = 16 + WARDEN_STEP,
	PIECE_NAMES_STEP = 1 << 16, /* GITHUB_ACTION= */
	PIECE_BRINGS_CODE = 1 << 17,
	PIECE_LENGTH = PIECE_NAMES_STEP - 1,
};

/*
 * The length of the piece at a place, with its NUL, and what it is; 0 when it cannot be read. `inside` an entry it is a
 * value, which a step may have chosen to look like a name. A global function: see emit_file.
 */
__noinline u32 piece_of_environment(u64 at, u32 inside)
{
	u64 piece[PIECE / 8] = {};
	long n = bpf_probe_read_user_str(piece, sizeof(piece), (void *)at);

	if (n <= 0)
		return 0;
	n &= PIECE_LENGTH;
	if (inside)
		return n;
	if (piece[0] == STEP_VARIABLE_1 && (piece[1] & 0xffffffffffffULL) == STEP_VARIABLE_2)
		return n | PIECE_NAMES_STEP;
	return brings_code(piece[0]) && !was_there(at) ? n | PIECE_BRINGS_CODE : n;
}

/*
 * The fresh program's environment: GITHUB_ACTION into `step` (values longer than the room are cut: an id is short),
 * and whether it brings code. What lies beyond the entries that are looked at might. A step in this loop has one way
 * through it, or the verifier would take all of them, each time.
 */
static __always_inline bool read_environment(char *step, u64 at, u64 end)
{
	u64 zero = *(volatile u32 *)&state.zero, step_at = zero;
	u32 inside = zero, what = zero;

	for (int i = 0; i < 400; i++) {
		u32 piece, length;
		u64 names;

		if (at >= end)
			break;
		piece = piece_of_environment(at, inside);
		length = piece & PIECE_LENGTH;
		if (!length)
			break;
		what |= piece;
		names = -(u64)(piece / PIECE_NAMES_STEP & 1);
		step_at = (at & names) | (step_at & ~names);
		inside = length / PIECE;
		at += length - inside;
	}
	if (step_at)
		bpf_probe_read_user_str(step, WARDEN_STEP, (void *)(step_at + STEP_VARIABLE_LEN));
	return at < end || (what & PIECE_BRINGS_CODE);
}

/* Is argv[1] the path of the action's post? The Worker made these arguments; the program has not run yet. */
__noinline int runs_post(u64 args)
{
	const volatile u64 *want = (const volatile u64 *)config.post_path;
	u64 have[WARDEN_POST_PATH / 8], differs = 0;
	long n;

	if (!config.post_len)
		return 0;
	n = bpf_probe_read_user_str(have, sizeof(have), (void *)args);
	if (n <= 0 || n == sizeof(have))
		return 0;
	__builtin_memset(have, 0, sizeof(have));
	if (bpf_probe_read_user_str(have, sizeof(have), (void *)(args + n)) <= 0)
		return 0;
	for (int i = 0; i < WARDEN_POST_PATH / 8; i++)
		differs |= have[i] ^ want[i];
	return !differs;
}

/*
 * A step's first program, of a process that the Worker forked. Decided before there is an event, since there may be no
 * room for one. Returns whether it is the post with code in it that no action of ours brought.
 */
static __always_inline bool first_program(struct warden_proc *proc, char *step, u64 args, u64 env, u64 env_end)
{
	bool brought = read_environment(step, env, env_end);

	if (!runs_post(args))
		return false;
	if (!brought)
		proc->flags |= WARDEN_PROC_POST;
	return brought;
}

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	struct linux_binprm *bprm = (void *)ctx->args[2];
	struct cause cause = { .kind = WARDEN_KIND_EXEC };
	struct warden_exec_event *e;
	struct warden_proc *proc;
	char step[WARDEN_STEP] = {};
	bool enters = false;
	struct dentry *dentry;
	u32 tgid, path;
	u64 args, len;

	if (!governed())
		return 0;
	emit_file((u64)BPF_CORE_READ(task, fs, pwd.dentry), PACK_CWD, 0);
	args = BPF_CORE_READ(task, mm, arg_start);
	tgid = BPF_CORE_READ(task, tgid);
	proc = bpf_map_lookup_elem(&procs, &tgid);
	if (proc && (proc->flags & WARDEN_PROC_ROOT) && !(proc->flags & WARDEN_PROC_EXECED)) {
		/* ended before its first instruction: the step fails, and with it the job */
		if (first_program(proc, step, args, BPF_CORE_READ(task, mm, env_start),
				  BPF_CORE_READ(task, mm, env_end)) &&
		    !bpf_send_signal(SIGKILL))
			emit_guard(WARDEN_HOOK_POST, WARDEN_VERDICT_DENY, NULL, 0);
	}
	if (proc) {
		enters = (proc->flags & (WARDEN_PROC_CONTAINED | WARDEN_PROC_EXECED)) == WARDEN_PROC_CONTAINED;
		proc->flags |= WARDEN_PROC_EXECED;
	}
	e = reserve(&cause, sizeof(*e));
	if (!e)
		return 0;
	fill(&e->h, &cause, task);
	dentry = BPF_CORE_READ(bprm, file, f_path.dentry);
	put_inode(&e->inode, BPF_CORE_READ(dentry, d_inode));
	path = put_path(e->path, dentry);
	e->path_len = path & ~PATH_CUT;
	e->path_cut = path >> 31;
	len = BPF_CORE_READ(task, mm, arg_end) - args;
	if (len > WARDEN_ARGS)
		len = WARDEN_ARGS;
	__builtin_memcpy(e->step_id, step, sizeof(e->step_id));
	e->pad = 0;
	__builtin_memset(e->container, 0, sizeof(e->container));
	if (enters)
		bpf_probe_read_kernel_str(e->container, sizeof(e->container),
					  BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, name));
	e->args_len = bpf_probe_read_user(e->args, len, (void *)args) ? 0 : len;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	struct cause cause = { .kind = WARDEN_KIND_EXIT };
	struct warden_process_event *e;
	struct warden_proc *proc;
	bool marked;
	u32 tgid;

	/* the last thread of its process, and of this session */
	if (BPF_CORE_READ(task, signal, live.counter) != 0 || !governed())
		return 0;
	e = reserve(&cause, sizeof(*e));
	if (e) {
		fill(&e->h, &cause, task);
		bpf_ringbuf_submit(e, 0);
	}
	tgid = BPF_CORE_READ(task, tgid);
	proc = bpf_map_lookup_elem(&procs, &tgid);
	marked = proc && (proc->flags & WARDEN_PROC_CONTAINED);
	/* two last threads may both come here, and one of them deletes */
	if (!bpf_map_delete_elem(&procs, &tgid) && marked)
		__sync_fetch_and_sub(&state.contained, 1);
	return 0;
}
