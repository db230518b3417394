// SPDX-License-Identifier: Apache-2.0
/*
 * Does this kernel leave our programs out at times? A trampoline does not run a program that is already active on its
 * processor (kernel/bpf/trampoline.c, prog->active; since 5.12, not for LSM programs since 6.2). Where the kernel
 * preempts its own code, a task can stop within a program for as long as it likes, and whoever runs on that processor
 * meanwhile is not asked. Nothing that a program does can mend this: such a kernel enforces nothing by it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "monitor.h"

#define MODE "sched/preempt"

/* Of `none (voluntary) full lazy` the one in force. Of text that is not such, the worst is assumed. */
static bool mode_preempts(const char *text)
{
	const char *at = strchr(text, '(');

	return !at || (strncmp(at, "(none)", 6) && strncmp(at, "(voluntary)", 11));
}

/* The file's text, from a debugfs of our own where nobody has mounted it. */
static int read_mode(char *text, size_t size)
{
	int fd = open("/sys/kernel/debug/" MODE, O_RDONLY | O_CLOEXEC), fs, mount;
	ssize_t n;

	if (fd < 0) {
		fs = syscall(SYS_fsopen, "debugfs", FSOPEN_CLOEXEC);
		if (fs < 0)
			return -1;
		mount = syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)
				? -1
				: (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
		close(fs);
		if (mount < 0)
			return -1;
		fd = openat(mount, MODE, O_RDONLY | O_CLOEXEC);
		close(mount);
		if (fd < 0)
			return -1;
	}
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return -1;
	text[n] = 0;
	return 0;
}

/* With the choice made at boot, debugfs tells which; a kernel that was built with one says so in its version. */
bool kernel_preempts(void)
{
	struct utsname kernel;
	char text[128];

	if (uname(&kernel) || !strstr(kernel.version, "PREEMPT"))
		return false;
	return !strstr(kernel.version, "PREEMPT_DYNAMIC") || read_mode(text, sizeof(text)) || mode_preempts(text);
}

bool kernel_leaves_out(u32 flavour)
{
	if (kernel_before(5, 12) || (flavour == WARDEN_BY_LSM && !kernel_before(6, 2)))
		return false;
	return kernel_preempts();
}
