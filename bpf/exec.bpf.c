// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Execution: of programs (and, one by one, of the interpreters they name), and of code mapped from files, which is
 * how ld.so, LD_PRELOAD and dlopen execute. Always by the file, never by the name it was called by.
 */
#include "lib/judge.h"
#include "lib/guarded.h"
#include "lib/container.h"

/* memfd_create's files: unlinked, without a parent, named memfd:NAME by the kernel on its internal tmpfs. */
static __always_inline bool is_memfd(struct dentry *dentry)
{
	char name[8] = {};

	if (dentry->d_parent != dentry || dentry->d_inode->i_sb->s_magic != TMPFS_MAGIC)
		return false;
	if (bpf_probe_read_kernel_str(name, sizeof(name), dentry->d_name.name) <= 0)
		return false;
	return *(u64 *)name << 16 == 0x3a64666d656d0000ULL; /* "memfd:" */
}

static __always_inline int judge_code(u16 hook, struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	u64 pol = policy();

	if (!(pol & WARDEN_HAS_EXEC))
		return 0;
	if ((pol & WARDEN_DENY_MEMFD) && is_memfd(dentry)) {
		u32 verdict = pol & WARDEN_ENFORCE ? WARDEN_VERDICT_DENY : WARDEN_VERDICT_WOULD_DENY;

		emit_file(as_number(dentry), PACK(hook, verdict, WARDEN_OP_EXEC), 0);
		return verdict == WARDEN_VERDICT_DENY;
	}
	return judge(hook, dentry, WARDEN_OP_EXEC, 0);
}

/* A program that would make an ordinary user root: sudo, su, pkexec, and whatever else has root's set-user-ID bit. */
static __always_inline int makes_root(struct file *file)
{
	struct inode *inode = file->f_inode;
	u64 pol = policy();
	u32 verdict;

	if (!(pol & WARDEN_DENY_SUDO) || !(inode->i_mode & S_ISUID) || inode->i_uid.val)
		return 0;
	if (!BPF_CORE_READ(current_task(), cred, euid.val))
		return 0;
	verdict = pol & WARDEN_ENFORCE ? WARDEN_VERDICT_DENY : WARDEN_VERDICT_WOULD_DENY;
	emit_file(as_number(file->f_path.dentry), PACK(WARDEN_HOOK_EXEC, verdict, WARDEN_OP_EXEC), 0);
	return verdict == WARDEN_VERDICT_DENY;
}

/* Made or changed since the session began? */
static __always_inline bool is_newer(struct inode *inode)
{
	s64 changed;

	if (bpf_core_field_exists(struct inode, i_ctime_sec))
		changed = inode->i_ctime_sec;
	else if (bpf_core_field_exists(struct inode, __i_ctime))
		changed = inode->__i_ctime.tv_sec;
	else
		changed = inode->i_ctime.tv_sec;
	/* in that second itself nothing of the job runs, but the monitor was put in its place */
	return changed > (s64)config.began;
}

/* Does the kernel start this program itself? Not what init's parent, which is a thread of the kernel's too, once did. */
static __always_inline bool started_by_kernel(void)
{
	struct task_struct *parent = BPF_CORE_READ(current_task(), real_parent);

	return (BPF_CORE_READ(parent, flags) & PF_KTHREAD) && BPF_CORE_READ(parent, pid);
}

/*
 * Does this path lead to the program that it led to when the session began? Of one that was not looked at then, its
 * name must be the path's last: a link or a mount could lead to any program, such as a shell.
 */
__noinline int leads_elsewhere(u64 path, u64 at)
{
	u64 have[WARDEN_HELPER_PATH / 8] = {}, name[WARDEN_HELPER_PATH / 8] = {}, differs = 0;
	struct dentry *dentry = (void *)at;
	struct warden_inode inode;
	long n = bpf_probe_read_kernel_str(have, sizeof(have), (void *)path), m;

	put_inode(&inode, BPF_CORE_READ(dentry, d_inode));
	for (int i = 0; i < WARDEN_HELPERS; i++) {
		const volatile struct warden_helper *helper = &state.helpers[i];
		const volatile u64 *want = (const volatile u64 *)helper->path;

		differs = 0;
		for (int j = 0; j < WARDEN_HELPER_PATH / 8; j++)
			differs |= have[j] ^ want[j];
		if (!differs)
			return helper->inode.ino != inode.ino || helper->inode.dev != inode.dev ||
			       helper->inode.igen != inode.igen;
	}
	m = bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name));
	if (n <= 0 || m <= 0 || n == sizeof(have) || m >= n)
		return 1;
	__builtin_memset(have, 0, sizeof(have));
	/* both end in NUL */
	if (bpf_probe_read_kernel_str(have, sizeof(have), (void *)(path + n - m)) != m)
		return 1;
	differs = 0;
	for (int j = 0; j < WARDEN_HELPER_PATH / 8; j++)
		differs |= have[j] ^ name[j];
	return differs != 0;
}

/*
 * A helper that the kernel itself starts, as root and outside of the session: modprobe, request-key, a core dump's
 * handler. Which program that is a job can choose by taking its place, or by leading its path to another one. When it
 * is a script, its interpreter comes after it.
 */
static __always_inline bool helps_kernel(struct linux_binprm *bprm)
{
	struct file *file = bprm->file;

	if (!started_by_kernel())
		return false;
	if (!is_newer(file->f_inode) && (bprm->interp != bprm->filename ||
					 !leads_elsewhere(as_number(bprm->filename), as_number(file->f_path.dentry))))
		return false;
	emit_file(as_number(file->f_path.dentry), PACK(WARDEN_HOOK_EXEC, WARDEN_VERDICT_DENY, WARDEN_OP_EXEC), 0);
	return true;
}

HOOK_AS(bprm_check_security, bprm_check)
int BPF_PROG(bprm_check, struct linux_binprm *bprm)
{
	if (!governed()) {
		int entry = enter_container();

		if (entry == NOT_ENTERED)
			return answer(helps_kernel(bprm));
		if (entry == KEPT_OUT)
			return answer(1);
	}
	return answer(makes_root(bprm->file) || judge_code(WARDEN_HOOK_EXEC, bprm->file));
}

/* With this personality the kernel makes every readable mapping executable, after the hook has seen `prot`. */
static __always_inline bool makes_code(unsigned long prot)
{
	if (prot & PROT_EXEC)
		return true;
	return (prot & PROT_READ) && (BPF_CORE_READ(current_task(), personality) & READ_IMPLIES_EXEC);
}

/* Code that neither the post nor an agent that is started again may map. Root in the job may replace any library. */
static __always_inline bool refuse_to_guard(u16 hook, struct file *file)
{
	if (!is_newer(file->f_inode) || !(is_guard(current_task()) || is_post(current_task())))
		return false;
	emit_file(as_number(file->f_path.dentry), PACK(hook, WARDEN_VERDICT_DENY, WARDEN_OP_EXEC), 0);
	return true;
}

/* The second argument is what the program asked for, in both flavours. */
HOOK(mmap_file)
int BPF_PROG(mmap_file, struct file *file, unsigned long prot)
{
	if (!file)
		return 0;
	if (makes_code(prot) && refuse_to_guard(WARDEN_HOOK_MMAP, file))
		return answer(1);
	if (!governed())
		return 0;
	if (config.refuse_uring && refuse_uring(file))
		return answer(1);
	return answer(makes_code(prot) && judge_code(WARDEN_HOOK_MMAP, file));
}

HOOK(file_mprotect)
int BPF_PROG(file_mprotect, struct vm_area_struct *vma, unsigned long reqprot)
{
	struct file *file = vma->vm_file;

	if (!file || !makes_code(reqprot))
		return 0;
	if (refuse_to_guard(WARDEN_HOOK_MPROTECT, file))
		return answer(1);
	if (!governed())
		return 0;
	return answer(judge_code(WARDEN_HOOK_MPROTECT, file));
}
