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

/* By each of these an ordinary user is root, or has what is root's: where he may not become root, a program whose file
 * gives them to him is of no use either. */
#define OF_ROOT                                                                                                  \
	(BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) | BIT(CAP_SETGID) | \
	 BIT(CAP_SETUID) | BIT(CAP_SETPCAP) | BIT(CAP_SYS_CHROOT) | BIT(CAP_SYS_PTRACE) | BIT(CAP_SYS_ADMIN) |   \
	 BIT(CAP_MKNOD) | BIT(CAP_SETFCAP) | BIT(CAP_PERFMON - 32) << 32 | BIT(CAP_BPF - 32) << 32 |             \
	 BIT(CAP_CHECKPOINT_RESTORE - 32) << 32)

HOOK(capable)
int BPF_PROG(capable, const struct cred *cred, struct user_namespace *ns, int cap, unsigned int opts)
{
	u8 verdict = WARDEN_VERDICT_DENY;
	u64 asked = BIT(cap & 63), have = 0;

	if (!(asked & (OVER_MACHINE | OVER_NETWORK | OF_ROOT)) || ns->level || !governed())
		return 0;
	if ((asked & OF_ROOT) && (!(policy() & WARDEN_DENY_SUDO) || !BPF_CORE_READ(cred, euid.val)))
		return 0;
	/* who does not have it is refused by the kernel, and has done nothing that anybody should hear of */
	if (bpf_probe_read_kernel(&have, sizeof(have), &cred->cap_effective) || !(have & asked))
		return 0;
	if ((asked & OVER_NETWORK) && !(policy() & WARDEN_DENY_NET_ADMIN))
		return 0;
	if (!(asked & OVER_MACHINE) && !(policy() & WARDEN_ENFORCE))
		verdict = WARDEN_VERDICT_WOULD_DENY;
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

/* Root needs no right over a process to sample it alone; an event is made for it before it is told to anybody. One that
 * a child inherits was allowed when its parent's was made. */
HOOK(perf_event_alloc)
int BPF_PROG(perf_event_alloc, struct perf_event *event)
{
	u8 verdict = WARDEN_VERDICT_DENY;
	struct task_struct *target;

	if (!(event->attach_state & PERF_ATTACH_TASK) || event->parent || !governed())
		return 0;
	target = BPF_CORE_READ(event, hw.target);
	if (!target || !out_of_reach(target))
		return 0;
	if (!is_guard(target) && !is_post(target)) {
		if (!(policy() & WARDEN_DENY_MEMORY))
			return 0;
		if (!(policy() & WARDEN_ENFORCE))
			verdict = WARDEN_VERDICT_WOULD_DENY;
	}
	emit_guard(WARDEN_HOOK_PERF, verdict, target, 0);
	return answer(verdict == WARDEN_VERDICT_DENY);
}

/*
 * Events that ask before a file is opened or read hold up whoever does it, until they are answered: a guard that waits
 * for the job decides and reports nothing, as one that was stopped.
 */
HOOK(path_notify)
int BPF_PROG(path_notify, struct path *path, u64 mask)
{
	if (!(mask & (FS_OPEN_PERM | FS_ACCESS_PERM | FS_OPEN_EXEC_PERM | FS_PRE_ACCESS)) || !governed())
		return 0;
	emit_guard(WARDEN_HOOK_NOTIFY, WARDEN_VERDICT_DENY, NULL, 0);
	return answer(1);
}

/*
 * File systems of other machines. The kernel's own threads connect for them, which are in no session: what is asked of
 * the mount, even its name, would be sent past all that judges the network. By the first eight bytes of their names:
 * nfs, nfs4, cifs, smb3, smbfs, ceph, afs, 9p, ocfs2, lustre, coda.
 */
static __always_inline bool is_remote(u64 name)
{
	return name == 0x73666eULL || name == 0x3473666eULL || name == 0x73666963ULL || name == 0x33626d73ULL ||
	       name == 0x7366626d73ULL || name == 0x68706563ULL || name == 0x736661ULL || name == 0x7039ULL ||
	       name == 0x327366636fULL || name == 0x65727473756cULL || name == 0x61646f63ULL;
}

/* Every way to mount says its source and its options here, before anything is connected. Other security modules take
 * what they know; as one of them, a program has to say that it does not. */
HOOK_AS(fs_context_parse_param, fs_context_parse_param)
int BPF_PROG(fs_parameter, struct fs_context *fc)
{
	u8 verdict = WARDEN_VERDICT_DENY;
	u64 name[2] = {};

	if (governed() && (policy() & WARDEN_DENY_NETWORK) &&
	    bpf_probe_read_kernel_str(name, sizeof(name), fc->fs_type->name) > 0 && is_remote(name[0])) {
		if (!(policy() & WARDEN_ENFORCE))
			verdict = WARDEN_VERDICT_WOULD_DENY;
		emit_guard(WARDEN_HOOK_MOUNT, verdict, NULL, 0);
		if (verdict == WARDEN_VERDICT_DENY)
			return -EPERM_;
	}
	return WARDEN_FLAVOUR_LSM ? -ENOPARAM_ : 0;
}
