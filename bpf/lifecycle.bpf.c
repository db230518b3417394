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
	struct warden_proc proc = {};
	struct warden_process_event *e;

	if ((u32)BPF_CORE_READ(child, pid) != tgid || !in_session(parent))
		return 0;
	proc.start = BPF_CORE_READ(child, start_boottime);
	if (exempt(parent)) {
		proc.step = tgid;
		proc.flags = WARDEN_PROC_ROOT;
	} else {
		u32 parent_tgid = BPF_CORE_READ(parent, tgid);
		struct warden_proc *up = bpf_map_lookup_elem(&procs, &parent_tgid);

		if (up)
			proc.step = up->step;
	}
	bpf_map_update_elem(&procs, &tgid, &proc, BPF_ANY);
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

/* GITHUB_ACTION from the fresh program's environment. Values longer than the room are cut: an id is short. */
static __always_inline void put_step_id(char *to, u64 at, u64 end)
{
	struct {
		u64 word[2];
		char rest[WARDEN_STEP];
	} entry = {};
	u32 inside = *(volatile u32 *)&state.zero;

	for (int i = 0; i < 400; i++) {
		long n;

		if (at >= end)
			return;
		n = bpf_probe_read_user_str(&entry, sizeof(entry), (void *)at);
		if (n <= 0)
			return;
		if (!inside && entry.word[0] == STEP_VARIABLE_1 &&
		    (entry.word[1] & 0xffffffffffffULL) == STEP_VARIABLE_2) {
			bpf_probe_read_kernel_str(to, WARDEN_STEP, (char *)&entry + STEP_VARIABLE_LEN);
			return;
		}
		/* a long entry is gone through in pieces, and only its first can be a name: the rest is a value,
		 * which a step may have chosen to look like one */
		inside = n / sizeof(entry);
		at += n - inside;
	}
}

/* Is argv[1] the path of the action's post? The Worker made these arguments; the program has not run yet. */
static __always_inline bool runs_post(char *scratch, u64 args)
{
	const volatile u64 *want = (const volatile u64 *)config.post_path;
	u64 *have = (u64 *)scratch, differs = 0;
	long n;

	if (!config.post_len)
		return false;
	n = bpf_probe_read_user_str(scratch, WARDEN_POST_PATH, (void *)args);
	if (n <= 0 || n == WARDEN_POST_PATH)
		return false;
	__builtin_memset(scratch, 0, WARDEN_POST_PATH);
	if (bpf_probe_read_user_str(scratch, WARDEN_POST_PATH, (void *)(args + n)) <= 0)
		return false;
	for (int i = 0; i < WARDEN_POST_PATH / 8; i++)
		differs |= have[i] ^ want[i];
	return !differs;
}

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	struct linux_binprm *bprm = (void *)ctx->args[2];
	struct cause cause = { .kind = WARDEN_KIND_EXEC };
	struct warden_exec_event *e;
	struct warden_proc *proc;
	struct dentry *dentry;
	u64 args, len;
	u32 tgid, path;

	if (!governed())
		return 0;
	emit_file((u64)BPF_CORE_READ(task, fs, pwd.dentry), PACK_CWD, 0);
	tgid = BPF_CORE_READ(task, tgid);
	proc = bpf_map_lookup_elem(&procs, &tgid);
	e = reserve(&cause, sizeof(*e));
	if (!e) {
		if (proc)
			proc->flags |= WARDEN_PROC_EXECED;
		return 0;
	}
	fill(&e->h, &cause, task);
	dentry = BPF_CORE_READ(bprm, file, f_path.dentry);
	put_inode(&e->inode, BPF_CORE_READ(dentry, d_inode));
	path = put_path(e->path, dentry);
	e->path_len = path & ~PATH_CUT;
	e->path_cut = path >> 31;
	args = BPF_CORE_READ(task, mm, arg_start);
	len = BPF_CORE_READ(task, mm, arg_end) - args;
	if (len > WARDEN_ARGS)
		len = WARDEN_ARGS;
	__builtin_memset(e->step_id, 0, sizeof(e->step_id));
	if (proc && (proc->flags & WARDEN_PROC_ROOT) && !(proc->flags & WARDEN_PROC_EXECED)) {
		put_step_id(e->step_id, BPF_CORE_READ(task, mm, env_start), BPF_CORE_READ(task, mm, env_end));
		if (runs_post(e->args, args))
			proc->flags |= WARDEN_PROC_POST;
	}
	e->pad = 0;
	e->args_len = bpf_probe_read_user(e->args, len, (void *)args) ? 0 : len;
	if (proc)
		proc->flags |= WARDEN_PROC_EXECED;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	struct cause cause = { .kind = WARDEN_KIND_EXIT };
	struct warden_process_event *e;
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
	bpf_map_delete_elem(&procs, &tgid);
	return 0;
}
