// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Unix sockets of processes outside the session, which act there for whoever asks: systemd, D-Bus, a container
 * runtime. Connecting to a socket is writing to its file, and the kernel asks for the right to write; so rules that
 * deny writing deny it. Defaults do not: honest programs speak to many sockets, the machine's resolver among them.
 */
#include "lib/judge.h"

static __always_inline bool made_in_session(struct sock *sock)
{
	struct cgroup *cgroup = cgroup_of_socket(sock);
	u64 id;

	if (ancestor_of(cgroup) == config.cgroup)
		return true;
	id = BPF_CORE_READ(cgroup, kn, id);
	return state.containers && bpf_map_lookup_elem(&containers, &id);
}

static __always_inline int emit_socket(u32 verdict, struct dentry *dentry, u32 rule)
{
	if (dentry)
		emit_file(as_number(dentry), PACK(WARDEN_HOOK_UNIX, verdict, WARDEN_OP_WRITE), rule);
	else
		emit_guard(WARDEN_HOOK_UNIX, verdict, NULL, 0);
	return verdict == WARDEN_VERDICT_DENY;
}

/* .NET's diagnostic sockets, of which Runner.Worker has one, give a dump of their process's memory. */
static __always_inline bool is_diagnostic(struct dentry *dentry)
{
	char name[16] = {};
	u64 *w = (u64 *)name;

	if (bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name)) <= 0)
		return false;
	return w[0] == 0x642d74656e746f64ULL && w[1] << 8 == 0x74736f6e67616900ULL; /* "dotnet-diagnost" */
}

static __always_inline int reach(struct sock *other)
{
	struct unix_sock *peer = (struct unix_sock *)other;
	struct dentry *dentry = BPF_CORE_READ(peer, path.dentry);
	u64 pol = policy();
	u32 rule, verdict = pol & WARDEN_ENFORCE ? WARDEN_VERDICT_DENY : WARDEN_VERDICT_WOULD_DENY;

	/* it speaks to the monitor, by a socket among the guard's own files */
	if (is_post(current_task()))
		return 0;
	if (dentry) {
		rule = pol & WARDEN_HAS_FILES
			       ? find_rule((u64)(unsigned long)dentry, generation_of(pol), WARDEN_OP_WRITE)
			       : 0;
		if (rule)
			return emit_socket(verdict, dentry, rule);
		if ((pol & WARDEN_DENY_MEMORY) && is_diagnostic(dentry) && !made_in_session(other))
			return emit_socket(verdict, dentry, 0);
		return 0;
	}
	/* an abstract name has no file, and an unnamed socket no address: its other end was handed over */
	if (!(pol & WARDEN_DENY_SERVICES) || !BPF_CORE_READ(peer, addr) || made_in_session(other))
		return 0;
	return emit_socket(verdict, NULL, 0);
}

HOOK(unix_stream_connect)
int BPF_PROG(unix_connect, struct sock *sock, struct sock *other)
{
	return answer(governed() && reach(other));
}

HOOK(unix_may_send)
int BPF_PROG(unix_send, struct socket *sock, struct socket *other)
{
	return answer(governed() && reach(BPF_CORE_READ(other, sk)));
}
