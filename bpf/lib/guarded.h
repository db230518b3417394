/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What the guard keeps for itself, in audit mode too: cgroupfs (the way out of the session), bpffs (the pins),
 * and the procfs files through which another process's memory can be read or written.
 */
#ifndef WARDEN_LIB_GUARDED_H
#define WARDEN_LIB_GUARDED_H

#include "event.h"

static __always_inline int guard_file_system(unsigned long magic)
{
	if (magic == CGROUP2_SUPER_MAGIC || magic == CGROUP_SUPER_MAGIC) {
		emit_guard(WARDEN_HOOK_CGROUP, WARDEN_VERDICT_DENY, NULL, 0);
		return 1;
	}
	if (magic == BPF_FS_MAGIC) {
		emit_guard(WARDEN_HOOK_BPFFS, WARDEN_VERDICT_DENY, NULL, 0);
		return 1;
	}
	return 0;
}

/*
 * Is it in the cgroup that the current process's container was given, or below? A container that starts containers of
 * its own (BuildKit, Docker in Docker, Kubernetes) makes cgroups there. That takes nobody out of the guard: all who are
 * inside carry the mark. They must not fetch others in, so whoever can name processes outside, by the machine's own
 * process ids, has no such place. A global function: see emit_file.
 */
__noinline int in_own_cgroup(u64 at)
{
	struct dentry *dentry = (void *)at;
	u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct warden_proc *proc = bpf_map_lookup_elem(&procs, &tgid);
	u64 own;

	if (!proc || !(proc->flags & WARDEN_PROC_CONTAINED) || !BPF_CORE_READ(current_task(), thread_pid, level))
		return 0;
	own = proc->container;
	for (int i = 0; i < 16; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);

		if (BPF_CORE_READ(dentry, d_inode, i_ino) == own)
			return 1;
		if (parent == dentry)
			return 0;
		dentry = parent;
	}
	return 0;
}

static __always_inline bool containers_cgroup(struct dentry *dentry)
{
	return *(volatile u32 *)&state.contained && dentry->d_sb->s_magic == CGROUP2_SUPER_MAGIC &&
	       in_own_cgroup(as_number(dentry));
}

/* The task a procfs inode is about, or NULL: /proc/sys and the like have none. */
static __always_inline struct task_struct *procfs_task(struct inode *inode)
{
	struct proc_inode *proc = (void *)inode - bpf_core_field_offset(struct proc_inode, vfs_inode);
	struct pid *pid = BPF_CORE_READ(proc, pid);
	struct hlist_node *first;

	if (!pid)
		return NULL;
	first = BPF_CORE_READ(pid, tasks[0].first);
	if (!first)
		return NULL;
	return (void *)first - bpf_core_field_offset(struct task_struct, pid_links);
}

/* Files below /proc/PID that give access to the process itself. The kernel asks for ptrace access when they are
 * opened, and says EACCES; judged here first, they say EPERM and are reported with the file's name. */
static __always_inline bool opens_process(struct dentry *dentry)
{
	char name[16] = {};
	u64 *w = (u64 *)name;

	if (bpf_probe_read_kernel_str(name, sizeof(name), dentry->d_name.name) <= 0)
		return false;
	/* little endian words of mem, environ, maps, smaps, auxv, pagemap, clear_refs, numa_maps, smaps_rollup */
	switch (w[0]) {
	case 0x6d656dULL:
	case 0x6e6f7269766e65ULL:
	case 0x7370616dULL:
	case 0x7370616d73ULL:
	case 0x76787561ULL:
	case 0x70616d65676170ULL:
	case 0x65725f7261656c63ULL:
	case 0x70616d5f616d756eULL:
	case 0x6f725f7370616d73ULL:
		return true;
	}
	return false;
}

/* /proc/bus/pci/BUS/DEVICE: a device's settings, among them which memory it reaches. */
static __always_inline bool below_pci(struct dentry *dentry)
{
	u32 name = 0;

	bpf_probe_read_kernel_str(&name, sizeof(name), BPF_CORE_READ(dentry, d_parent, d_parent, d_name.name));
	return name == 0x696370; /* pci */
}

/* Files of /proc that are the machine's memory, or name a program that the kernel starts as root outside of us. */
static __always_inline bool opens_kernel(struct file *file)
{
	char name[16] = {};
	u64 *w = (u64 *)name;

	if (bpf_probe_read_kernel_str(name, sizeof(name), file->f_path.dentry->d_name.name) <= 0)
		return false;
	if (w[0] == 0x65726f636bULL || w[0] == 0x65726f636d76ULL) /* kcore, vmcore */
		return true;
	if (!(file->f_mode & FMODE_WRITE))
		return false;
	if (below_pci(file->f_path.dentry))
		return true;
	/* core_pattern, modprobe, hotplug, poweroff_cmd, sysrq-trigger, mtrr, and ftrace_enabled, which the trampolines
	 * that call us depend on; none is the name of another file there */
	return w[0] == 0x7272746dULL || w[0] == 0x7461705f65726f63ULL || w[0] == 0x65626f7270646f6dULL ||
	       w[0] == 0x67756c70746f68ULL || w[0] == 0x66666f7265776f70ULL || w[0] == 0x72742d7172737973ULL ||
	       w[0] == 0x655f656361727466ULL;
}

/* File systems that steer the kernel: probes on any function, programs that it runs for any format, its modules, servers
 * of files and disks within the kernel, the firmware's variables. */
static __always_inline bool kernel_controls(unsigned long magic)
{
	return magic == TRACEFS_MAGIC || magic == DEBUGFS_MAGIC || magic == BINFMTFS_MAGIC ||
	       magic == SECURITYFS_MAGIC || magic == CONFIGFS_MAGIC || magic == NFSD_MAGIC || magic == EFIVARFS_MAGIC;
}

/* A name is made, removed or moved. In configfs and efivarfs names are what there is. */
static __always_inline int guard_change(struct dentry *dentry)
{
	unsigned long magic = dentry->d_sb->s_magic;

	if (kernel_controls(magic)) {
		emit_guard(WARDEN_HOOK_KERNEL, WARDEN_VERDICT_DENY, NULL, 0);
		return 1;
	}
	return !containers_cgroup(dentry) && guard_file_system(magic);
}

/* Of sysfs, by the first eight bytes of a name: resource0 and its kin (a device's memory), config, bind, unbind, resume
 * (from an image of the whole memory), uevent_helper (a program). */
static __always_inline bool device_controls(struct dentry *dentry)
{
	char name[16] = {};
	u64 *w = (u64 *)name;

	if (bpf_probe_read_kernel_str(name, sizeof(name), dentry->d_name.name) <= 0)
		return false;
	return w[0] == 0x656372756f736572ULL || w[0] == 0x6769666e6f63ULL || w[0] == 0x646e6962ULL ||
	       w[0] == 0x646e69626e75ULL || w[0] == 0x656d75736572ULL || w[0] == 0x685f746e65766575ULL;
}

/* Devices (Documentation/admin-guide/devices.txt) that are the machine's memory or disks: what is on them has no
 * path that a rule could speak of. Loop and ram disks are what a job makes for itself. */
static __always_inline bool gives_machine(u32 major, u32 minor)
{
	for (int i = 0; i < WARDEN_MAJORS; i++)
		if (config.raw_majors[i] && config.raw_majors[i] == major)
			return true;
	if (major == 1)
		return minor == 1 || minor == 2 || minor == 4; /* mem, kmem, port */
	/* watchdog, nvram, vfio, uinput and uhid (keys that are pressed for whoever sits there, and for the kernel),
	 * snapshot, mapper/control */
	if (major == 10)
		return minor == 130 || minor == 144 || minor == 196 || minor == 223 || minor == 239 || minor == 231 ||
		       minor == 236;
	return major == 21 || major == 90; /* sg, mtd */
}

/* Consoles and serial lines: somebody may log in there, outside of the session, and what is written to a line that
 * was told to answer itself comes back as his words. */
static __always_inline bool is_terminal(u32 major, u32 minor)
{
	return major == 4 || (major == 5 && minor == 1);
}

static __always_inline int guard_device(struct inode *inode, u32 mode)
{
	u32 type = inode->i_mode & S_IFMT, major, minor;
	u8 verdict = WARDEN_VERDICT_DENY;

	if (type != S_IFBLK && type != S_IFCHR)
		return 0;
	major = inode->i_rdev >> 20;
	minor = inode->i_rdev & 0xfffff;
	if (type == S_IFBLK) {
		if (major == 1 || major == 7)
			return 0;
		/* reading a disk is no attack on the guard, so an audit lets it pass */
		if (!(policy() & WARDEN_ENFORCE) && !(mode & FMODE_WRITE))
			verdict = WARDEN_VERDICT_WOULD_DENY;
	} else if (is_terminal(major, minor)) {
		if (!(mode & FMODE_WRITE) || !(policy() & WARDEN_DENY_SERVICES))
			return 0;
		if (!(policy() & WARDEN_ENFORCE))
			verdict = WARDEN_VERDICT_WOULD_DENY;
	} else if (!gives_machine(major, minor)) {
		return 0;
	}
	emit_guard(WARDEN_HOOK_DEVICE, verdict, NULL, inode->i_rdev);
	return verdict == WARDEN_VERDICT_DENY;
}

/* `inode` and `mode` are the file's: each load costs the same as eight of the instructions around it. */
static __always_inline int guard_open(struct file *file, struct inode *inode, u32 mode)
{
	unsigned long magic = inode->i_sb->s_magic;

	if (magic == PROC_SUPER_MAGIC) {
		struct task_struct *task;
		u8 verdict = WARDEN_VERDICT_DENY;

		if (opens_kernel(file)) {
			emit_guard(WARDEN_HOOK_PROCFS, WARDEN_VERDICT_DENY, NULL, 0);
			return 1;
		}

		task = procfs_task(inode);
		if (!task || !out_of_reach(task))
			return 0;
		/* oom_score_adj for one: who is first to be killed */
		if ((mode & FMODE_WRITE) && (is_guard(task) || exempt(task) || is_post(task))) {
			emit_guard(WARDEN_HOOK_PROCFS, WARDEN_VERDICT_DENY, task, 0);
			return 1;
		}
		if (!(policy() & WARDEN_DENY_MEMORY) || !opens_process(file->f_path.dentry))
			return 0;
		if (!(policy() & WARDEN_ENFORCE) && !is_guard(task) && !is_post(task))
			verdict = WARDEN_VERDICT_WOULD_DENY;
		emit_guard(WARDEN_HOOK_PROCFS, verdict, task, 0);
		return verdict == WARDEN_VERDICT_DENY;
	}
	if (guard_device(inode, mode))
		return 1;
	if (!(mode & FMODE_WRITE))
		return 0;
	if (kernel_controls(magic) || (magic == SYSFS_MAGIC && device_controls(file->f_path.dentry))) {
		emit_guard(WARDEN_HOOK_KERNEL, WARDEN_VERDICT_DENY, NULL, 0);
		return 1;
	}
	return !containers_cgroup(file->f_path.dentry) && guard_file_system(magic);
}

/* Before 5.12 io_uring's workers are kernel threads outside the session's cgroup; a ring that cannot be mapped
 * cannot be used. No event: it is as if the kernel had none, and every Node program asks, and does without. */
static __always_inline bool refuse_uring(struct file *file)
{
	char name[16] = {};
	u64 *w = (u64 *)name;

	if (bpf_probe_read_kernel_str(name, sizeof(name), file->f_path.dentry->d_name.name) <= 0)
		return false;
	return w[0] == 0x6e6972755f6f695bULL && w[1] == 0x5d67ULL; /* "[io_uring]" */
}

/* A process may write its own, and its session's, files below /proc/PID: the write section does not speak of them. */
static __always_inline bool own_procfs(struct inode *inode)
{
	struct task_struct *task;

	if (inode->i_sb->s_magic != PROC_SUPER_MAGIC)
		return false;
	task = procfs_task(inode);
	return task && governed_task(task);
}

#endif
