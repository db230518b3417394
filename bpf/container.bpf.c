// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Cgroups of containers: every one that somebody outside of the session makes while it lasts, but for those that a
 * service manager makes for its own units. Adopted before anybody can see it, so nobody is inside yet. Being in one
 * governs nobody by itself: see lib/container.h.
 */
#include "lib/event.h"

/* The last eight bytes of a name; 0 for a shorter one. */
static __always_inline u64 ending_of(const char *name, u32 len)
{
	u64 word = 0;

	/* kernfs takes names of at most 255 bytes */
	if (len < 8 || len > 255)
		return 0;
	bpf_probe_read_kernel(&word, sizeof(word), name + len - 8);
	return word;
}

static __always_inline u64 beginning_of(const char *name)
{
	u64 word = 0;

	bpf_probe_read_kernel_str(&word, sizeof(word), name);
	return word;
}

/* systemd, the machine's or a user's: containers that it makes cgroups for are scopes. */
static __always_inline bool is_service_manager(void)
{
	char comm[16] = {};

	if ((u32)(bpf_get_current_pid_tgid() >> 32) == 1)
		return true;
	bpf_get_current_comm(comm, sizeof(comm));
	return *(u64 *)comm == 0x646d6574737973ULL; /* "systemd" */
}

/* *.service, *.slice, *.mount, *.socket, *.swap, session-*, user@*, init.scope, .control */
static __always_inline bool is_unit(const char *name)
{
	u64 first = beginning_of(name), last;
	char text[256] = {};
	long n = bpf_probe_read_kernel_str(text, sizeof(text), name);

	if (n <= 1)
		return false;
	last = ending_of(name, n - 1);
	if (last == 0x656369767265732eULL || last >> 16 == 0x6563696c732eULL || last >> 16 == 0x746e756f6d2eULL ||
	    last >> 8 == 0x74656b636f732eULL || last >> 24 == 0x706177732eULL)
		return true;
	/* bytes 0 to 6 and a NUL; "session", "user@", "init.sc", "." */
	return first == 0x6e6f6973736573ULL || (first & 0xffffffffffULL) == 0x4072657375ULL ||
	       first == 0x63732e74696e69ULL || (first & 0xff) == '.';
}

SEC("raw_tp/cgroup_mkdir")
int on_cgroup_mkdir(struct bpf_raw_tracepoint_args *ctx)
{
	struct cgroup *cgroup = (void *)ctx->args[0];
	u64 id = BPF_CORE_READ(cgroup, kn, id);
	u32 flags = WARDEN_CONTAINER_MADE;

	/* another hierarchy has ids of its own */
	if (BPF_CORE_READ(cgroup, root, hierarchy_id))
		return 0;
	if ((u32)(bpf_get_current_pid_tgid() >> 32) == config.monitor_tgid) {
		if (!state.canary)
			return 0;
		flags = WARDEN_CONTAINER_CANARY;
	} else if (!(policy() & WARDEN_GOVERN_CONTAINERS) || in_session(current_task())) {
		return 0;
	} else if (is_service_manager() && is_unit(BPF_CORE_READ(cgroup, kn, name))) {
		return 0;
	}
	state.containers = 1;
	if (bpf_map_update_elem(&containers, &id, &flags, BPF_ANY)) {
		state.crowded = 1;
		emit_guard(WARDEN_HOOK_CONTAINER, WARDEN_VERDICT_DENY, NULL, 0);
	}
	return 0;
}

SEC("raw_tp/cgroup_rmdir")
int on_cgroup_rmdir(struct bpf_raw_tracepoint_args *ctx)
{
	struct cgroup *cgroup = (void *)ctx->args[0];
	u64 id;

	if (!state.containers || BPF_CORE_READ(cgroup, root, hierarchy_id))
		return 0;
	id = BPF_CORE_READ(cgroup, kn, id);
	bpf_map_delete_elem(&containers, &id);
	return 0;
}
