// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Doors that are shut to governed tasks whatever the policy says, root or not, audit or not. */
#include "lib/judge.h"
#include "lib/guarded.h"

/*
 * What a container runtime inside a container asks of bpf(2): which devices the cgroups that it makes may use. Of
 * others' programs it gets descriptors, with which nothing else may be done.
 */
static __always_inline bool rules_devices(int cmd, union bpf_attr *attr)
{
	struct file **table;
	struct file *file;
	u32 type, target;

	if (!in_container())
		return false;
	if (cmd == BPF_PROG_LOAD)
		return attr->prog_type == BPF_PROG_TYPE_CGROUP_DEVICE;
	if (cmd == BPF_PROG_GET_FD_BY_ID)
		return true;
	if (cmd != BPF_PROG_ATTACH && cmd != BPF_PROG_DETACH && cmd != BPF_PROG_QUERY)
		return false;
	type = cmd == BPF_PROG_QUERY ? attr->query.attach_type : attr->attach.attach_type;
	target = attr->attach.target_fd;
	if (type != BPF_CGROUP_DEVICE || target >= BPF_CORE_READ(current_task(), files, fdt, max_fds))
		return false;
	table = BPF_CORE_READ(current_task(), files, fdt, fd);
	if (bpf_probe_read_kernel(&file, sizeof(file), table + target))
		return false;
	return in_own_cgroup((unsigned long)BPF_CORE_READ(file, f_path.dentry));
}

/* Any use: making programs, and reaching the session's own maps and links by id or by pin. */
HOOK(bpf)
int BPF_PROG(bpf_syscall, int cmd, union bpf_attr *attr)
{
	if (!governed() || rules_devices(cmd, attr))
		return 0;
	emit_guard(WARDEN_HOOK_BPF, WARDEN_VERDICT_DENY, NULL, cmd);
	return answer(1);
}

/* A container's cgroup.procs in the hands of who can name the machine's processes: see in_own_cgroup(). */
HOOK(file_receive)
int BPF_PROG(file_receive, struct file *file)
{
	if (!(file->f_mode & FMODE_WRITE) || !governed())
		return 0;
	return answer(guard_file_system(file->f_inode->i_sb->s_magic));
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

/*
 * Mounts. The monitor finds its directory, its pins and its cgroup by their paths, and so does the runner the action's
 * post: what covers, uncovers or moves a file system on the way there is refused. A mount namespace of a step's own is
 * its own business, as long as nothing that it does there propagates.
 */
static __always_inline bool is_shared(struct vfsmount *mnt)
{
	struct mount *mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);

	if (bpf_core_field_exists(struct mount, mnt_t_flags))
		return BPF_CORE_READ(mount, mnt_t_flags) & T_SHARED;
	return BPF_CORE_READ(mnt, mnt_flags) & MNT_SHARED;
}

/* `on`: the mount that something appears on, or vanishes from. */
static __always_inline bool is_seen_outside(struct vfsmount *on)
{
	return in_our_namespace() || is_shared(on);
}

/* On the way to something that may not be changed every directory may not be deleted, or moved: see put_place(). */
static __always_inline int judge_mount(struct vfsmount *on, struct dentry *dentry)
{
	u32 ops = WARDEN_OP_WRITE;

	if (is_seen_outside(on)) {
		if (guard_file_system(dentry->d_sb->s_magic))
			return 1;
		ops |= WARDEN_OP_DELETE;
	}
	return judge(WARDEN_HOOK_MOUNT, dentry, 0, ops);
}

HOOK(sb_mount)
int BPF_PROG(sb_mount, const char *dev, struct path *path, const char *type, unsigned long flags)
{
	/* how mounts propagate is no mount; a namespace of one's own begins with it */
	if ((flags & MS_PROPAGATION) || !governed())
		return 0;
	/* what is moved is a string here; move_mount says it as a file */
	if ((flags & MS_MOVE) && is_seen_outside(path->mnt)) {
		emit_guard(WARDEN_HOOK_MOUNT, WARDEN_VERDICT_DENY, NULL, 0);
		return answer(1);
	}
	return answer(judge_mount(path->mnt, path->dentry));
}

HOOK(move_mount)
int BPF_PROG(move_mount, struct path *from, struct path *to)
{
	if (!governed())
		return 0;
	return answer(judge_mount(from->mnt, from->dentry) || judge_mount(to->mnt, to->dentry));
}

/* Unmounting bpffs lets go of the pins, and unmounting cgroupfs hides the way back. */
HOOK(sb_umount)
int BPF_PROG(sb_umount, struct vfsmount *mnt)
{
	struct mount *mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
	struct mount *parent = BPF_CORE_READ(mount, mnt_parent);

	if (!governed())
		return 0;
	if (guard_file_system(mnt->mnt_sb->s_magic))
		return answer(1);
	if (!in_our_namespace() && !is_shared((void *)parent + bpf_core_field_offset(struct mount, mnt)))
		return 0;
	return answer(judge(WARDEN_HOOK_MOUNT, mnt->mnt_root, 0, WARDEN_OP_WRITE | WARDEN_OP_DELETE));
}

/* Another root for every process of the namespace. */
HOOK(sb_pivotroot)
int BPF_PROG(sb_pivotroot)
{
	if (!governed() || !in_our_namespace())
		return 0;
	emit_guard(WARDEN_HOOK_MOUNT, WARDEN_VERDICT_DENY, NULL, 0);
	return answer(1);
}

/*
 * Before 6.7 overlayfs opens its layers' files under the path of its own, and what they are cannot be seen: there a
 * session makes no overlay mounts. Called for every way to mount.
 */
HOOK(sb_set_mnt_opts)
int BPF_PROG(sb_set_mnt_opts, struct super_block *sb)
{
	bool enforce = policy() & WARDEN_ENFORCE;

	if (!config.refuse_overlay || sb->s_magic != OVERLAYFS_SUPER_MAGIC || !governed())
		return 0;
	emit_guard(WARDEN_HOOK_MOUNT, enforce ? WARDEN_VERDICT_DENY : WARDEN_VERDICT_WOULD_DENY, NULL, 0);
	return answer(enforce);
}
