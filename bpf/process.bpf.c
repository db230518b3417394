// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Reaching from the session into processes outside it: their memory, descriptors and environment; signals to the guard. */
#include "lib/guarded.h"

HOOK(ptrace_access_check)
int BPF_PROG(ptrace_access, struct task_struct *child, unsigned int mode)
{
	u8 verdict = WARDEN_VERDICT_DENY;
	bool of_guard;

	if (!governed() || governed_task(child))
		return 0;
	of_guard = is_guard(child);
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

HOOK(task_kill)
int BPF_PROG(task_kill, struct task_struct *target, void *info, int sig)
{
	if (!governed() || !is_guard(target) || governed_task(target))
		return 0;
	emit_guard(WARDEN_HOOK_SIGNAL, WARDEN_VERDICT_DENY, target, sig);
	return answer(1);
}

/* The other way to signal: a descriptor that is set to signal its owner. Whoever makes it ready is current here. */
HOOK(file_send_sigiotask)
int BPF_PROG(send_sigio, struct task_struct *target)
{
	if (!is_guard(target) || governed_task(target))
		return 0;
	/* an interrupt may have made it ready: then nobody is to blame, and the guard is kept from it all the same */
	if (governed())
		emit_guard(WARDEN_HOOK_SIGNAL, WARDEN_VERDICT_DENY, target, 0);
	return answer(1);
}

/* A limit of processor time or of descriptors ends a process as well as a signal does. */
HOOK(task_setrlimit)
int BPF_PROG(task_setrlimit, struct task_struct *target)
{
	if (!governed() || !is_guard(target) || governed_task(target))
		return 0;
	emit_guard(WARDEN_HOOK_SIGNAL, WARDEN_VERDICT_DENY, target, 0);
	return answer(1);
}
