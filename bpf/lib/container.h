/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Who is in a container. A runtime outside of the session makes a cgroup, puts a process of its own there, and that one
 * mounts, pivots and at last executes the container's program. It is governed from that exec on: the first in an
 * adopted cgroup and in a mount namespace that is not the machine's. What the runtime executes of itself before, it
 * executes in the machine's (runc's copies of itself, conmon, the shim).
 */
#ifndef WARDEN_LIB_CONTAINER_H
#define WARDEN_LIB_CONTAINER_H

#include "event.h"

enum entry {
	NOT_ENTERED,
	ENTERED,
	KEPT_OUT,
};

/* A global function: see emit_file. To be asked before an ungoverned task's exec is judged. */
__noinline int enter_container(void)
{
	struct task_struct *task = current_task();
	u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct warden_proc proc = { .flags = WARDEN_PROC_CONTAINED };
	const u32 *flags;

	if (!*(volatile u32 *)&state.containers)
		return NOT_ENTERED;
	proc.container = cgroup_of(task);
	flags = bpf_map_lookup_elem(&containers, &proc.container);
	if (!flags && !*(volatile u32 *)&state.crowded)
		return NOT_ENTERED;
	if (in_our_namespace() && !(flags && (*flags & WARDEN_CONTAINER_CANARY)))
		return NOT_ENTERED;
	proc.start = BPF_CORE_READ(task, group_leader, start_boottime);
	__sync_fetch_and_add(&state.contained, 1);
	if (!bpf_map_update_elem(&procs, &tgid, &proc, BPF_ANY))
		return ENTERED;
	__sync_fetch_and_sub(&state.contained, 1);
	emit_guard(WARDEN_HOOK_CONTAINER, WARDEN_VERDICT_DENY, NULL, 0);
	return KEPT_OUT;
}

#endif
