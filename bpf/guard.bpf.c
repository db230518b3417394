// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Doors that are shut to governed tasks whatever the policy says, root or not, audit or not. */
#include "lib/judge.h"
#include "lib/guarded.h"

/* Any use: making programs, and reaching the session's own maps and links by id or by pin. */
HOOK(bpf)
int BPF_PROG(bpf_syscall, int cmd)
{
	if (!governed())
		return 0;
	emit_guard(WARDEN_HOOK_BPF, WARDEN_VERDICT_DENY, NULL, cmd);
	return answer(1);
}

/* clone3 straight into a cgroup given by descriptor; the open of cgroup.procs is refused with the other files. */
HOOK(task_alloc)
int BPF_PROG(task_alloc, struct task_struct *task, u64 clone_flags)
{
	if (!(clone_flags & CLONE_INTO_CGROUP) || !governed())
		return 0;
	emit_guard(WARDEN_HOOK_CLONE, WARDEN_VERDICT_DENY, NULL, 0);
	return answer(1);
}

/* Unmounting bpffs lets go of the pins, and unmounting cgroupfs hides the way back. */
HOOK(sb_umount)
int BPF_PROG(sb_umount, struct vfsmount *mnt)
{
	struct super_block *sb = mnt->mnt_sb;

	return answer(governed() && guard_file_system(sb->s_magic));
}

/* A mount covers what is there: that is a change of it, and of the guard's own directory above all. */
HOOK(sb_mount)
int BPF_PROG(sb_mount, const char *dev, struct path *path)
{
	return answer(governed() && judge(WARDEN_HOOK_MOUNT, path->dentry, 0, WARDEN_OP_WRITE));
}

HOOK(move_mount)
int BPF_PROG(move_mount, struct path *from, struct path *to)
{
	return answer(governed() && judge(WARDEN_HOOK_MOUNT, to->dentry, 0, WARDEN_OP_WRITE));
}

/*
 * Before 6.5 overlayfs opens its layers' files under the path of its own, and what they are cannot be seen: there a
 * session makes no overlay mounts. Called for every way to mount.
 */
HOOK(sb_set_mnt_opts)
int BPF_PROG(sb_set_mnt_opts, struct super_block *sb)
{
	if (!config.refuse_overlay || sb->s_magic != OVERLAYFS_SUPER_MAGIC || !governed())
		return 0;
	emit_guard(WARDEN_HOOK_MOUNT, WARDEN_VERDICT_DENY, NULL, 0);
	return answer(1);
}
