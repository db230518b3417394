// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Files: opening for reading and writing, and every change of a name. Opens are judged by the file; creations by
 * the new name and its directory, before anything is made. Renaming or linking something out of a tree would
 * take it out of the tree's rules, so its source must pass all that its old place says.
 */
#include "lib/judge.h"
#include "lib/guarded.h"

_Static_assert(WARDEN_OP_READ == FMODE_READ && WARDEN_OP_WRITE == FMODE_WRITE, "modes are operations");

HOOK(file_open)
int BPF_PROG(file_open, struct file *file)
{
	u32 mode, flags, ops, backing;
	struct inode *inode;
	int refused;

	if (!governed())
		return 0;
	inode = file->f_inode;
	mode = file->f_mode;
	refused = guard_open(file, inode, mode);
	if (refused || !(policy() & WARDEN_HAS_FILES))
		return answer(refused);
	/* Without branches: a walk is verified for each way that leads to it. Exec's own opens of program, script and
	 * interpreter belong to the exec hooks. */
	flags = file->f_flags;
	ops = mode & (WARDEN_OP_READ | WARDEN_OP_WRITE) & ~(flags / FMODE_EXEC & WARDEN_OP_READ);
	ops |= flags / (O_TRUNC / WARDEN_OP_WRITE) & WARDEN_OP_WRITE;
	if ((ops & WARDEN_OP_WRITE) && own_procfs(inode))
		ops &= ~WARDEN_OP_WRITE;
	if (!ops)
		return 0;
	/* A layer's file, opened by a stacking file system whose own file was judged already: only rules count. */
	backing = (mode & FMODE_BACKING) && !in_user_namespace() ? ops : 0;
	return answer(judge(WARDEN_HOOK_OPEN, file->f_path.dentry, ops & ~backing, backing));
}

static __always_inline int change(u16 hook, struct inode *dir, struct dentry *dentry, u32 ops)
{
	int refused;

	if (!governed())
		return 0;
	refused = guard_change(dentry);
	if (refused || !(policy() & WARDEN_HAS_FILES))
		return refused;
	return judge(hook, dentry, ops, 0);
}

HOOK(inode_create)
int BPF_PROG(inode_create, struct inode *dir, struct dentry *dentry)
{
	return answer(change(WARDEN_HOOK_CREATE, dir, dentry, WARDEN_OP_WRITE));
}

HOOK(inode_mkdir)
int BPF_PROG(inode_mkdir, struct inode *dir, struct dentry *dentry)
{
	return answer(change(WARDEN_HOOK_MKDIR, dir, dentry, WARDEN_OP_WRITE));
}

HOOK(inode_mknod)
int BPF_PROG(inode_mknod, struct inode *dir, struct dentry *dentry)
{
	return answer(change(WARDEN_HOOK_MKNOD, dir, dentry, WARDEN_OP_WRITE));
}

HOOK(inode_symlink)
int BPF_PROG(inode_symlink, struct inode *dir, struct dentry *dentry)
{
	return answer(change(WARDEN_HOOK_SYMLINK, dir, dentry, WARDEN_OP_WRITE));
}

HOOK(inode_unlink)
int BPF_PROG(inode_unlink, struct inode *dir, struct dentry *dentry)
{
	return answer(change(WARDEN_HOOK_UNLINK, dir, dentry, WARDEN_OP_DELETE));
}

HOOK(inode_rmdir)
int BPF_PROG(inode_rmdir, struct inode *dir, struct dentry *dentry)
{
	return answer(change(WARDEN_HOOK_RMDIR, dir, dentry, WARDEN_OP_DELETE));
}

HOOK(inode_link)
int BPF_PROG(inode_link, struct dentry *old, struct inode *dir, struct dentry *new)
{
	int refused = change(WARDEN_HOOK_LINK, dir, new, WARDEN_OP_WRITE);

	if (refused || !governed() || !(policy() & WARDEN_HAS_FILES))
		return answer(refused);
	return answer(
		judge(WARDEN_HOOK_LINK, old, WARDEN_OP_READ | WARDEN_OP_WRITE, WARDEN_OP_EXEC | WARDEN_OP_DELETE));
}

/* One walk for each of the two names, whatever happens between them: an exchange moves both. */
static __always_inline int renamed(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new,
				   bool exchange)
{
	u32 leaves = WARDEN_OP_READ | WARDEN_OP_DELETE, comes = WARDEN_OP_WRITE;
	int refused;

	if (!governed())
		return 0;
	refused = guard_change(old) || guard_change(new);
	if (refused || !(policy() & WARDEN_HAS_FILES))
		return refused;
	if (new->d_inode)
		comes |= WARDEN_OP_DELETE;
	comes |= leaves & exchange;
	leaves |= WARDEN_OP_WRITE & exchange;
	if (judge(WARDEN_HOOK_RENAME, new, comes, WARDEN_OP_EXEC & exchange))
		return 1;
	return judge(WARDEN_HOOK_RENAME, old, leaves, WARDEN_OP_WRITE | WARDEN_OP_EXEC);
}

HOOK(inode_rename)
#if WARDEN_FLAVOUR_LSM
/* For an exchange the kernel calls this hook a second time, the other way round. */
int BPF_PROG(inode_rename, struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new)
{
	return answer(renamed(old_dir, old, new_dir, new, 0));
}
#else
int BPF_PROG(inode_rename, struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new,
	     unsigned int flags)
{
	return answer(renamed(old_dir, old, new_dir, new, flags));
}
#endif

/*
 * Not a guard: how the monitor learns what an inode is to the kernel. stat's device number is another one on
 * overlayfs and btrfs. A stacking file system calls again for its layer; only the first call counts.
 */
HOOK(inode_getattr)
int BPF_PROG(inode_getattr, struct path *path)
{
	struct inode *inode;

	if ((u32)(bpf_get_current_pid_tgid() >> 32) != config.monitor_tgid || !state.resolving)
		return 0;
	inode = path->dentry->d_inode;
	if (!inode)
		return 0;
	state.resolved.ino = inode->i_ino;
	state.resolved.dev = inode->i_sb->s_dev;
	state.resolved.igen = told_apart(inode->i_generation, inode->i_mode);
	state.resolved_mode = inode->i_mode;
	state.resolving = 0;
	return 0;
}
