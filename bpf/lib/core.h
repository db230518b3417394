/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Maps, configuration, and the one question every hook asks first: is the current task governed? */
#ifndef WARDEN_LIB_CORE_H
#define WARDEN_LIB_CORE_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>
#include "../warden.h"
#include "filter.h"

/*
 * Both flavours hook the same functions with the same arguments; HOOK_AS names the two where they differ.
 *
 * The verdict so far is not read: the trampoline leaves the chain at the first program that returns non-zero
 * (arch/x86 and arch/arm64 invoke_bpf_mod_ret), so a program that runs is the first to have something to say.
 */
#if WARDEN_FLAVOUR_LSM
#define HOOK_AS(lsm_name, security_name) SEC("lsm/" #lsm_name)
#else
#define HOOK_AS(lsm_name, security_name) SEC("fmod_ret/security_" #security_name)
#endif
#define HOOK(name) HOOK_AS(name, name)

/*
 * A hook's answer, from whether it refuses. Two constants on two paths: from 6.12 on, the verifier wants to see that
 * an lsm program returns nothing but 0 or an errno, and the compiler would rather compute one from the other.
 */
static __always_inline int answer(int refused)
{
	asm volatile("" : "+r"(refused));
	if (refused)
		return -EPERM_;
	return 0;
}

const volatile struct warden_config config = {};
_Static_assert(WARDEN_DESTINATIONS == 1 << 10, "place_of() takes ten bits");
struct warden_state state = {};
/* A section, and so a map, of its own: the monitor shares it with us apart from `state`. */
u8 node_filter[FILTER_BYTES] SEC(".bss.filter") = {};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct warden_node_key);
	__type(value, struct warden_node);
} nodes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 131072);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct warden_name_key);
	__type(value, struct warden_node);
} names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 131072);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct warden_addr4_key);
	__type(value, struct warden_addr);
} addr4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 131072);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct warden_addr6_key);
	__type(value, struct warden_addr);
} addr6 SEC(".maps");

/* Lineage of governed processes, by thread-group id. Attribution, but for WARDEN_PROC_CONTAINED: see contained(). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, struct warden_proc);
} procs SEC(".maps");

/* Cgroups of containers, by their ids. Not from memory that may be short when one is made. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, u32);
} containers SEC(".maps");

/* Device numbers of the file systems that the machine has mounted: no container's own. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, u8);
} host_devices SEC(".maps");

/* Who opened a socket, as an event's header has it; tgid 0 is nobody that is known. */
struct opener {
	u64 start;
	u64 parent_start;
	u32 tgid, pid, parent, uid, step;
	u32 exempt; /* the exempt process did: its packets leave in softirq, where there is no current task */
	char comm[WARDEN_COMM];
};

/*
 * By the socket. Where no hook of the caller's tells who listens (see config.c), one that is accepted is given what the
 * listening one has. Elsewhere it has nothing, which makes a connection cheaper by the time that the copy takes.
 */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct opener);
} openers SEC(".maps");

/* Those of the exempt process, always handed on: no verdict but the exemption depends on who opened a socket. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct opener);
} exempt_openers SEC(".maps");

struct listener_key {
	u64 cgroup; /* of the socket */
	u64 port;   /* host order */
};

/* Who listens, for what is told of packets of accepted connections, and of nothing else. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct listener_key);
	__type(value, struct opener);
} listeners SEC(".maps");

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

/* The id of a cgroup's ancestor at the session's depth; 0 when it lies above. */
static __always_inline u64 ancestor_of(struct cgroup *cgroup)
{
	u32 level = config.level;
	u64 id = 0;

	if (level > 64 || (u32)BPF_CORE_READ(cgroup, level) < level)
		return 0;
	if (bpf_core_field_exists(struct cgroup, ancestors)) {
		struct cgroup *up = NULL;

		bpf_core_read(&up, sizeof(up),
			      (void *)cgroup + bpf_core_field_offset(struct cgroup, ancestors) + level * 8);
		id = BPF_CORE_READ(up, kn, id);
	} else if (bpf_core_field_exists(struct cgroup, ancestor_ids)) {
		bpf_core_read(&id, sizeof(id),
			      (void *)cgroup + bpf_core_field_offset(struct cgroup, ancestor_ids) + level * 8);
	}
	return id;
}

static __always_inline bool in_session(struct task_struct *task)
{
	return ancestor_of(BPF_CORE_READ(task, cgroups, dfl_cgrp)) == config.cgroup;
}

static __always_inline bool exempt(struct task_struct *task)
{
	return config.exempt_tgid && (u32)BPF_CORE_READ(task, tgid) == config.exempt_tgid &&
	       BPF_CORE_READ(task, group_leader, start_boottime) / 10000000 == config.exempt_start;
}

/* As exempt(), for the current task. */
static __always_inline bool is_exempt(void)
{
	return config.exempt_tgid && (u32)(bpf_get_current_pid_tgid() >> 32) == config.exempt_tgid &&
	       exempt(current_task());
}

static __always_inline u64 cgroup_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

/* The cgroup in which a socket was made. */
static __always_inline struct cgroup *cgroup_of_socket(struct sock *sk)
{
	if (bpf_core_field_exists(struct sock_cgroup_data, cgroup))
		return BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
	return (void *)BPF_CORE_READ(sk, sk_cgrp_data.val);
}

/* A pointer as a number: the verifier does not let one be the other, so it goes by way of memory. */
static __always_inline u64 as_number(const void *pointer)
{
	u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &pointer);
	return number;
}

/* A global function, and so verified once and not in every hook: it may take only scalars (5.10). */
__noinline int is_marked(u64 task, u32 tgid)
{
	struct warden_proc *proc = bpf_map_lookup_elem(&procs, &tgid);
	u64 cgroup;

	if (proc && (proc->flags & WARDEN_PROC_CONTAINED))
		return 1;
	if (!*(volatile u32 *)&state.unmarked)
		return 0;
	cgroup = cgroup_of((void *)task);
	return bpf_map_lookup_elem(&containers, &cgroup) != NULL;
}

/*
 * Is it a process of a container's, in no cgroup of the session's but governed like one? It carries the mark from its
 * first exec inside, its children from their fork, whatever they do to their namespaces and cgroups. One load where
 * there is none. When there was no room for a mark, all of the container's cgroup is governed, its runtime included.
 */
static __always_inline bool contained(struct task_struct *task, u32 tgid)
{
	return *(volatile u32 *)&state.contained && is_marked(as_number(task), tgid);
}

/* As is_marked(), of the current task; global, too, so that hooks have no more of it in them than a call. */
__noinline int is_current_marked(void)
{
	return is_marked(bpf_get_current_task(), bpf_get_current_pid_tgid() >> 32);
}

static __always_inline bool in_container(void)
{
	/* before asking who it is, as everyone on the machine comes by here */
	return *(volatile u32 *)&state.contained && is_current_marked();
}

/* For a task other than the current one. */
static __always_inline bool governed_task(struct task_struct *task)
{
	if (in_session(task))
		return !exempt(task);
	return contained(task, BPF_CORE_READ(task, tgid));
}

/* For the current task. Threads share their process's exemption, children do not inherit it. */
static __always_inline bool governed(void)
{
	bool inside;

	if (config.has_ancestor_helper)
		inside = bpf_get_current_ancestor_cgroup_id(config.level) == config.cgroup;
	else
		inside = in_session(current_task());
	if (!inside)
		return in_container();
	return !is_exempt();
}

/* The monitor, or the agent (its only kind of child). */
static __always_inline bool is_guard(struct task_struct *task)
{
	return (u32)BPF_CORE_READ(task, tgid) == config.monitor_tgid ||
	       (u32)BPF_CORE_READ(task, real_parent, tgid) == config.monitor_tgid;
}

/* The action's post runs in the session and reports on it: what other processes of the job do to it counts as done
 * to the guard. */
static __always_inline bool is_post(struct task_struct *task)
{
	u32 tgid = BPF_CORE_READ(task, tgid);
	struct warden_proc *proc;

	if (!config.post_len)
		return false;
	proc = bpf_map_lookup_elem(&procs, &tgid);
	return proc && (proc->flags & WARDEN_PROC_POST);
}

/* Whom the session may not reach: what is outside of it, and the post, but for itself. */
static __always_inline bool out_of_reach(struct task_struct *task)
{
	if (!governed_task(task))
		return true;
	return is_post(task) && (u32)BPF_CORE_READ(task, tgid) != (u32)(bpf_get_current_pid_tgid() >> 32);
}

static __always_inline bool in_our_namespace(void)
{
	return BPF_CORE_READ(current_task(), nsproxy, mnt_ns, ns.inum) == config.mount_namespace;
}

static __always_inline u64 policy(void)
{
	return *(volatile u64 *)&state.policy;
}

static __always_inline u32 generation_of(u64 policy)
{
	return policy >> 32;
}

#endif
