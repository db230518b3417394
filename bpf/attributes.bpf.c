// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * What a file is besides its contents: size, mode, owner and times, extended attributes (access lists and capabilities
 * among them), flags. Changing any of it is writing to the file, by path or by descriptor.
 */
#include "lib/judge.h"
#include "lib/guarded.h"

static __always_inline int changes(u16 hook, struct dentry *dentry)
{
	if (!governed() || !(policy() & WARDEN_HAS_FILES))
		return 0;
	return judge(hook, dentry, WARDEN_OP_WRITE, 0);
}

/* Opening a file of /proc may ask for it, too, and then it means nothing. */
static __always_inline int truncates(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	if (inode && governed() && own_procfs(inode))
		return 0;
	return changes(WARDEN_HOOK_TRUNCATE, dentry);
}

/*
 * The kernel itself takes set-user-ID bits away after a write, which was judged when the file was opened, and then
 * forces the change.
 */
static __always_inline int attributes(struct dentry *dentry, u32 valid)
{
	u16 hook;

	if (valid & ATTR_SIZE)
		return truncates(dentry);
	if (valid & (ATTR_UID | ATTR_GID))
		hook = WARDEN_HOOK_CHOWN;
	else if ((valid & ATTR_MODE) && !(valid & ATTR_FORCE))
		hook = WARDEN_HOOK_CHMOD;
	else if (valid & (ATTR_ATIME_SET | ATTR_MTIME_SET | ATTR_TOUCH))
		hook = WARDEN_HOOK_UTIMES;
	else
		return 0;
	return changes(hook, dentry);
}

/*
 * Some hooks took another argument on the way, in front of the others, and at different versions for each flavour. Then
 * there are two programs, named by how many arguments they take, and the monitor counts.
 */
HOOK(inode_setattr)
int BPF_PROG(inode_setattr2, struct dentry *dentry, struct iattr *attr)
{
	return answer(attributes(dentry, attr->ia_valid));
}

HOOK(inode_setattr)
int BPF_PROG(inode_setattr3, void *idmap, struct dentry *dentry, struct iattr *attr)
{
	return answer(attributes(dentry, attr->ia_valid));
}

HOOK(inode_setxattr)
int BPF_PROG(inode_setxattr5, struct dentry *dentry)
{
	return answer(changes(WARDEN_HOOK_XATTR, dentry));
}

HOOK(inode_setxattr)
int BPF_PROG(inode_setxattr6, void *idmap, struct dentry *dentry)
{
	return answer(changes(WARDEN_HOOK_XATTR, dentry));
}

HOOK(inode_removexattr)
int BPF_PROG(inode_removexattr2, struct dentry *dentry)
{
	return answer(changes(WARDEN_HOOK_XATTR, dentry));
}

HOOK(inode_removexattr)
int BPF_PROG(inode_removexattr3, void *idmap, struct dentry *dentry)
{
	return answer(changes(WARDEN_HOOK_XATTR, dentry));
}

/* From 6.2 on access lists have hooks of their own. */
HOOK(inode_set_acl)
int BPF_PROG(inode_set_acl, void *idmap, struct dentry *dentry)
{
	return answer(changes(WARDEN_HOOK_XATTR, dentry));
}

HOOK(inode_remove_acl)
int BPF_PROG(inode_remove_acl, void *idmap, struct dentry *dentry)
{
	return answer(changes(WARDEN_HOOK_XATTR, dentry));
}

/* From 6.17 on flags can be set without a descriptor. */
HOOK(inode_file_setattr)
int BPF_PROG(inode_file_setattr, struct dentry *dentry)
{
	return answer(changes(WARDEN_HOOK_FLAGS, dentry));
}

/*
 * By ioctl: flags; and what would make a rule's file another one to the guard, which knows it by its generation. Of
 * terminals what puts words into somebody else's input: whoever reads there, such as a login, is outside of the session.
 */
static __always_inline int controls(struct file *file, u32 cmd)
{
	switch (cmd) {
	case FS_IOC_SETFLAGS:
	case FS_IOC32_SETFLAGS:
	case FS_IOC_FSSETXATTR:
	case FS_IOC_ENABLE_VERITY:
		return changes(WARDEN_HOOK_FLAGS, file->f_path.dentry);
	case FS_IOC_SETVERSION:
	case FS_IOC32_SETVERSION:
	case EXT4_IOC_SETVERSION:
	case EXT4_IOC32_SETVERSION:
	case EXT4_IOC_SWAP_BOOT:
	case TIOCSTI:
	case TIOCLINUX:
		if (!governed())
			return 0;
		emit_guard(WARDEN_HOOK_IOCTL, WARDEN_VERDICT_DENY, NULL, cmd);
		return 1;
	}
	return 0;
}

HOOK(file_ioctl)
int BPF_PROG(file_ioctl, struct file *file, unsigned int cmd)
{
	return answer(controls(file, cmd));
}

/* By a 32-bit program. */
HOOK(file_ioctl_compat)
int BPF_PROG(file_ioctl_compat, struct file *file, unsigned int cmd)
{
	return answer(controls(file, cmd));
}
