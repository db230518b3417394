/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Making events. The verdict is decided before; nothing here can change it. Every event is counted, and then either
 * emitted or counted as lost: emitted + lost = total at any quiet moment. Each carries the losses before it, so
 * that the journal can say where they were. (Numbering them here would take a fetching atomic, which 5.10 has not.)
 */
#ifndef WARDEN_LIB_EVENT_H
#define WARDEN_LIB_EVENT_H

#include "core.h"

struct cause {
	u16 kind;
	u16 hook;
	u8 verdict;
	u8 op;
	u32 rule;
};

static __always_inline void *reserve(const struct cause *cause, u64 size)
{
	struct warden_event *h;

	__sync_fetch_and_add(&state.total, 1);
	if (cause->verdict != WARDEN_VERDICT_ALLOW)
		__sync_fetch_and_add(&state.denied, 1);
	h = bpf_ringbuf_reserve(&events, size, 0);
	if (!h) {
		__sync_fetch_and_add(&state.lost, 1);
		return NULL;
	}
	__sync_fetch_and_add(&state.emitted, 1);
	h->seq = 0;
	h->lost = state.lost;
	h->size = size;
	return h;
}

/* What was done, and when; by whom is filled in after. */
static __always_inline void fill_cause(struct warden_event *h, const struct cause *cause)
{
	h->time = bpf_ktime_get_boot_ns();
	h->kind = cause->kind;
	h->hook = cause->hook;
	h->verdict = cause->verdict;
	h->op = cause->op;
	h->pad = 0;
	h->rule = cause->rule;
	h->pad2 = 0;
}

/* Who a task is; for an event's header and for a socket's opener, which have these fields alike. */
#define IDENTIFY(who, task)                                                                           \
	do {                                                                                          \
		u32 tgid_ = BPF_CORE_READ(task, tgid);                                                \
		struct warden_proc *proc_ = bpf_map_lookup_elem(&procs, &tgid_);                      \
                                                                                                      \
		(who)->tgid = tgid_;                                                                  \
		(who)->pid = BPF_CORE_READ(task, pid);                                                \
		(who)->parent = BPF_CORE_READ(task, real_parent, tgid);                               \
		(who)->uid = BPF_CORE_READ(task, cred, uid.val);                                      \
		(who)->step = proc_ ? proc_->step : 0;                                                \
		(who)->start = BPF_CORE_READ(task, group_leader, start_boottime);                     \
		(who)->parent_start = BPF_CORE_READ(task, real_parent, group_leader, start_boottime); \
		BPF_CORE_READ_STR_INTO(&(who)->comm, task, comm);                                     \
	} while (0)

static __always_inline void fill(struct warden_event *h, const struct cause *cause, struct task_struct *task)
{
	fill_cause(h, cause);
	IDENTIFY(h, task);
}

static __always_inline void fill_opener(struct warden_event *h, const struct cause *cause, const struct opener *opener)
{
	fill_cause(h, cause);
	h->tgid = opener->tgid;
	h->pid = opener->pid;
	h->parent = opener->parent;
	h->uid = opener->uid;
	h->step = opener->step;
	h->start = opener->start;
	h->parent_start = opener->parent_start;
	__builtin_memcpy(h->comm, opener->comm, sizeof(h->comm));
}

#define OPAQUE(variable) asm volatile("" : "+r"(variable))
#define PATH_CUT	 (1u << 31)

/*
 * The names from a dentry up to its file system's root, leaf first, NUL separated. The agent reverses them and
 * puts the mount point in front. Returns the bytes used, with PATH_CUT when components are missing.
 */
static __always_inline u32 put_path(char *to, struct dentry *dentry)
{
	/* a zero that the verifier does not know, so that whichever way the loop is left, what follows is the same */
	u32 zero = *(volatile u32 *)&state.zero;
	u32 used = zero, result = zero | PATH_CUT;

	for (int i = 0; i < 40; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
		u32 at;
		long n;

		if (!parent || parent == dentry) {
			result = zero;
			break;
		}
		if (used >= WARDEN_PATH)
			break;
		/* says the same again, in a way that survives what the compiler does with registers */
		at = used & (WARDEN_PATH - 1);
		OPAQUE(at);
		at &= WARDEN_PATH - 1;
		n = bpf_probe_read_kernel_str(to + at, WARDEN_PATH_SLACK, name);
		if (n <= 0 || n > WARDEN_PATH_SLACK)
			break;
		used += n;
		dentry = parent;
	}
	return used | result;
}

/*
 * What tells inodes of one number apart: the generation, and what kind of file it is. An overlay of several file systems
 * numbers its directories by itself, and takes its other files' numbers from below, so that two of them may be the same.
 */
static __always_inline u32 told_apart(u32 generation, u16 mode)
{
	return generation ^ (u32)(mode & S_IFMT) << 16;
}

static __always_inline void put_inode(struct warden_inode *to, struct inode *inode)
{
	to->ino = BPF_CORE_READ(inode, i_ino);
	to->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	to->igen = told_apart(BPF_CORE_READ(inode, i_generation), BPF_CORE_READ(inode, i_mode));
}

/*
 * A global function, and so checked by the verifier once and by itself, not again from each state that a walk may
 * end in. It may take only scalars (5.10): the dentry as a number, the cause packed.
 */
#define PACK(hook, verdict, op) ((u32)(hook) | (u32)(verdict) << 16 | (u32)(op) << 24)
#define PACK_CWD		(1u << 15)

__noinline int emit_file(u64 at, u32 packed, u32 rule)
{
	struct cause cause = { .kind = packed & PACK_CWD ? WARDEN_KIND_CWD : WARDEN_KIND_FILE,
			       .hook = packed & (PACK_CWD - 1),
			       .verdict = packed >> 16,
			       .op = packed >> 24,
			       .rule = rule };
	struct dentry *dentry = (void *)at;
	struct warden_file_event *e = reserve(&cause, sizeof(*e));
	u32 path;

	if (!e)
		return 0;
	fill(&e->h, &cause, current_task());
	put_inode(&e->inode, BPF_CORE_READ(dentry, d_inode));
	/* a name about to be made has no inode yet, but it has a file system */
	e->inode.dev = BPF_CORE_READ(dentry, d_sb, s_dev);
	path = put_path(e->path, dentry);
	e->path_len = path & ~PATH_CUT;
	e->path_cut = path >> 31;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

__noinline int emit_guard_event(u64 at, u32 packed, u32 detail)
{
	struct cause cause = { .kind = WARDEN_KIND_GUARD, .hook = packed, .verdict = packed >> 16 };
	struct warden_guard_event *e = reserve(&cause, sizeof(*e));
	struct task_struct *target = (void *)at;

	if (!e)
		return 0;
	fill(&e->h, &cause, current_task());
	e->target = target ? BPF_CORE_READ(target, tgid) : 0;
	e->detail = detail;
	if (target)
		BPF_CORE_READ_STR_INTO(&e->comm, target, comm);
	else
		__builtin_memset(e->comm, 0, sizeof(e->comm));
	bpf_ringbuf_submit(e, 0);
	return 0;
}

static __always_inline void emit_guard(u16 hook, u8 verdict, struct task_struct *target, u32 detail)
{
	emit_guard_event(target ? as_number(target) : 0, PACK(hook, verdict, 0), detail);
}

#endif
