// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Reaching from the session into processes outside it: their memory, descriptors and environment; signals to the guard. */
#include "lib/guarded.h"

HOOK(ptrace_access_check)
int BPF_PROG(ptrace_access, struct task_struct *child, unsigned int mode)
{
	u8 verdict = WARDEN_VERDICT_DENY;
	bool of_guard;

	if (!governed() || !out_of_reach(child))
		return 0;
	of_guard = is_guard(child) || is_post(child);
	if (!of_guard && !(policy() & WARDEN_DENY_MEMORY))
		return 0;
	/* /proc/PID/stat asks only to decide what to show: no act of the process's own, so no event */
	if (mode & PTRACE_MODE_NOAUDIT)
		return answer(policy() & WARDEN_ENFORCE || of_guard);
	if (!(policy() & WARDEN_ENFORCE) && !of_guard)
		verdict = WARDEN_VERDICT_WOULD_DENY;
	emit_guard(WARDEN_HOOK_PTRACE, verdict, child, mode);
	return answer(verdict == WARDEN_VERDICT_DENY);
}

/*
 * Is a signal, or what ends a process like one, kept from this target? From the guard and Runner.Worker always: one
 * that is stopped decides and reports nothing.
 */
static __always_inline bool kept_from(struct task_struct *target, u32 detail)
{
	u8 verdict = WARDEN_VERDICT_DENY;

	if (!out_of_reach(target))
		return false;
	if (!is_guard(target) && !exempt(target) && !is_post(target)) {
		if (!(policy() & WARDEN_DENY_SIGNALS))
			return false;
		if (!(policy() & WARDEN_ENFORCE))
			verdict = WARDEN_VERDICT_WOULD_DENY;
	}
	emit_guard(WARDEN_HOOK_SIGNAL, verdict, target, detail);
	return verdict == WARDEN_VERDICT_DENY;
}

HOOK(task_kill)
int BPF_PROG(task_kill, struct task_struct *target, void *info, int sig)
{
	/* whether a process is there is no secret; many a tool asks so for its parent, which may be the Worker */
	if (!governed() || (!sig && !is_guard(target)))
		return 0;
	return answer(kept_from(target, sig));
}

/* The other way to signal: a descriptor that is set to signal its owner. Whoever makes it ready is current here; an
 * interrupt may have done it, and then nobody is to blame, and the guard is kept from it all the same. */
HOOK(file_send_sigiotask)
int BPF_PROG(send_sigio, struct task_struct *target)
{
	if (!governed())
		return answer(is_guard(target));
	return answer(kept_from(target, 0));
}

/* A limit of processor time or of descriptors ends a process as well as a signal does. */
HOOK(task_setrlimit)
int BPF_PROG(task_setrlimit, struct task_struct *target)
{
	return answer(governed() && kept_from(target, 0));
}
