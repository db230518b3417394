// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* What root in the job may not do although it is root: hosted runners give sudo without a password. */
#include "lib/guarded.h"

#define BIT(n) (1ULL << (n))

/*
 * Capabilities over the machine itself. With the first, root leaves the guard behind: a module is the kernel, raw
 * input and output is its memory, a reboot or kexec is its end, security modules' policies may be the guard's, and
 * the clock says which files are older than the session. The
 * network's configuration gives ways to send (tunnels, rewriting, forwarding) that no hook of a socket sees.
 */
#define OVER_MACHINE                                                                        \
	(BIT(CAP_SYS_MODULE) | BIT(CAP_SYS_RAWIO) | BIT(CAP_SYS_BOOT) | BIT(CAP_SYS_TIME) | \
	 BIT(CAP_MAC_OVERRIDE - 32) << 32 | BIT(CAP_MAC_ADMIN - 32) << 32)
#define OVER_NETWORK BIT(CAP_NET_ADMIN)

HOOK(capable)
int BPF_PROG(capable, const struct cred *cred, struct user_namespace *ns, int cap, unsigned int opts)
{
	u8 verdict = WARDEN_VERDICT_DENY;
	u64 asked = BIT(cap & 63), have = 0;

	if (!(asked & (OVER_MACHINE | OVER_NETWORK)) || ns->level || !governed())
		return 0;
	/* who does not have it is refused by the kernel, and has done nothing that anybody should hear of */
	if (bpf_probe_read_kernel(&have, sizeof(have), &cred->cap_effective) || !(have & asked))
		return 0;
	if (asked & OVER_NETWORK) {
		if (!(policy() & WARDEN_DENY_NET_ADMIN))
			return 0;
		if (!(policy() & WARDEN_ENFORCE))
			verdict = WARDEN_VERDICT_WOULD_DENY;
	}
	/* asked only to decide what to show, or which way to go */
	if (!(opts & CAP_OPT_NOAUDIT))
		emit_guard(WARDEN_HOOK_CAPABLE, verdict, NULL, cap);
	return answer(verdict == WARDEN_VERDICT_DENY);
}

/* Events of a whole processor sample every process that runs on it, with its registers and stack. */
HOOK(perf_event_open)
int BPF_PROG(perf_event_open, void *attr, int type)
{
	u8 verdict = WARDEN_VERDICT_DENY;
	u64 first = as_number(attr);

	/* later kernels do not tell the attributes any more: the type is the first, and no address is as low */
	if (first <= PERF_SECURITY_LAST)
		type = first;
	if (type != PERF_SECURITY_CPU || !governed() || !(policy() & WARDEN_DENY_MEMORY))
		return 0;
	if (!(policy() & WARDEN_ENFORCE))
		verdict = WARDEN_VERDICT_WOULD_DENY;
	emit_guard(WARDEN_HOOK_PERF, verdict, NULL, 0);
	return answer(verdict == WARDEN_VERDICT_DENY);
}
