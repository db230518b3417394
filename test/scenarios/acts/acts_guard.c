/* SPDX-License-Identifier: Apache-2.0 -- acts that reach for other processes, or out of the session's cgroup */
#define _GNU_SOURCE
#include "acts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

static char secret[32] = "the victim's secret";

/* victim: says where its secret is, and waits to be reached for (runs outside the session, until killed) */
static int act_victim(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	alarm(0);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	printf("{\"pid\":%d,\"address\":%lu}\n", getpid(), (unsigned long)secret);
	fflush(stdout);
	while (pause())
		;
	return 0;
}

/* ptrace-attach PID */
static int act_attach(int argc, char **argv)
{
	int pid = number(argv[1]);

	(void)argc;
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL))
		return errno;
	waitpid(pid, NULL, __WALL);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return 0;
}

/* ptrace-seize PID */
static int act_seize(int argc, char **argv)
{
	(void)argc;
	return answer(ptrace(PTRACE_SEIZE, (int)number(argv[1]), NULL, NULL));
}

/* vm-read PID ADDRESS */
static int act_vm_read(int argc, char **argv)
{
	char buffer[16];
	struct iovec here = { .iov_base = buffer, .iov_len = sizeof(buffer) };
	struct iovec there = { .iov_base = (void *)strtoul(argv[2], NULL, 10), .iov_len = sizeof(buffer) };

	(void)argc;
	return answer(process_vm_readv(number(argv[1]), &here, 1, &there, 1, 0));
}

/* vm-write PID ADDRESS */
static int act_vm_write(int argc, char **argv)
{
	char buffer[4] = "THE ";
	struct iovec here = { .iov_base = buffer, .iov_len = sizeof(buffer) };
	struct iovec there = { .iov_base = (void *)strtoul(argv[2], NULL, 10), .iov_len = sizeof(buffer) };

	(void)argc;
	return answer(process_vm_writev(number(argv[1]), &here, 1, &there, 1, 0));
}

/* proc-read PID NAME: opens and reads a byte of /proc/PID/NAME, since some files judge at open and some at read */
static int act_proc_read(int argc, char **argv)
{
	char path[64], byte;
	int fd;

	(void)argc;
	snprintf(path, sizeof(path), "/proc/%s/%s", argv[1], argv[2]);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return errno;
	return answer(read(fd, &byte, 1));
}

/* proc-mem PID ADDRESS: reads memory through /proc/PID/mem */
static int act_proc_mem(int argc, char **argv)
{
	char path[64], byte;
	int fd;

	(void)argc;
	snprintf(path, sizeof(path), "/proc/%s/mem", argv[1]);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return errno;
	return answer(pread(fd, &byte, 1, strtoul(argv[2], NULL, 10)));
}

/* take-fd PID FD: duplicates a descriptor of another process */
static int act_take_fd(int argc, char **argv)
{
	int fd = syscall(SYS_pidfd_open, (int)number(argv[1]), 0);

	(void)argc;
	if (fd < 0)
		return trouble("pidfd_open");
	return answer(syscall(SYS_pidfd_getfd, fd, (int)number(argv[2]), 0));
}

/* signal CALL PID SIGNAL: CALL is kill, tgkill, sigqueue or pidfd */
static int act_signal(int argc, char **argv)
{
	int pid = number(argv[2]), sig = number(argv[3]), fd;
	union sigval value = { 0 };

	(void)argc;
	if (strcmp(argv[1], "kill") == 0)
		return answer(kill(pid, sig));
	if (strcmp(argv[1], "tgkill") == 0)
		return answer(syscall(SYS_tgkill, pid, pid, sig));
	if (strcmp(argv[1], "sigqueue") == 0)
		return answer(sigqueue(pid, sig, value));
	fd = syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return trouble("pidfd_open");
	return answer(syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0));
}

/* The state of a process, as ps shows it; 'X' when there is none. */
static char state_of(int pid)
{
	char path[64], text[512];
	ssize_t size;
	char *after;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 'X';
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (size <= 0)
		return 'X';
	text[size] = '\0';
	after = strrchr(text, ')');
	return after && after[1] == ' ' ? after[2] : 'X';
}

/* sigio PID: lets a pipe kill its owner when it can be read. Whether it did, the call that made it readable does not
 * say; but it has sent the signal when it returns, and a task that was sent SIGKILL never sleeps again. */
static int act_sigio(int argc, char **argv)
{
	int pid = number(argv[1]), ends[2];
	char state;

	(void)argc;
	if (pipe(ends))
		return trouble("pipe");
	if (fcntl(ends[0], F_SETOWN, pid) || fcntl(ends[0], F_SETSIG, SIGKILL) || fcntl(ends[0], F_SETFL, O_ASYNC))
		return errno;
	if (write(ends[1], "x", 1) != 1)
		return trouble("write");
	while ((state = state_of(pid)) != 'S') {
		if (state == 'X' || state == 'Z')
			return 0;
		sched_yield();
	}
	return EPERM;
}

/* limit PID: puts an end to another process's time on the processor; a late one, which ends no guard by mistake */
static int act_limit(int argc, char **argv)
{
	struct rlimit limit = { .rlim_cur = 3600, .rlim_max = 3600 };

	(void)argc;
	return answer(prlimit(number(argv[1]), RLIMIT_CPU, &limit, NULL));
}

/* clone-into CGROUP: makes a child that is born in another cgroup */
static int act_clone_into(int argc, char **argv)
{
	int fd = open(argv[1], O_PATH | O_DIRECTORY);
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = fd };
	long pid;

	(void)argc;
	if (fd < 0)
		return trouble("open of the cgroup");
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return answer(pid);
}

/* remount-cgroup DIRECTORY: another mount of the hierarchy, in a mount namespace of its own, and out through it */
static int act_remount_cgroup(int argc, char **argv)
{
	char path[512];
	int fd;

	(void)argc;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return errno == EPERM ? EPERM : trouble("mount namespace");
	if (mount("none", argv[1], "cgroup2", 0, NULL))
		return errno;
	snprintf(path, sizeof(path), "%s/cgroup.procs", argv[1]);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return errno;
	return answer(write(fd, "0", 1));
}

/* unmount PATH: in a mount namespace of its own, so that nobody else loses it */
static int act_unmount(int argc, char **argv)
{
	(void)argc;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return errno == EPERM ? EPERM : trouble("mount namespace");
	return answer(umount2(argv[1], MNT_DETACH));
}

/* What was covered is uncovered at once: nobody shall miss it when it was let through. */
static int covered(const char *path)
{
	return umount2(path, MNT_DETACH) ? trouble("umount") : 0;
}

/* mount-over PATH: covers a directory by an empty one, for everybody */
static int act_mount_over(int argc, char **argv)
{
	(void)argc;
	return mount("none", argv[1], "tmpfs", 0, NULL) ? errno : covered(argv[1]);
}

/* bind-over FROM TO: covers a file or directory by another, for everybody */
static int act_bind_over(int argc, char **argv)
{
	(void)argc;
	return mount(argv[1], argv[2], NULL, MS_BIND, NULL) ? errno : covered(argv[2]);
}

/* tree-over FROM TO: as bind-over, by the newer calls */
static int act_tree_over(int argc, char **argv)
{
	int fd = syscall(SYS_open_tree, AT_FDCWD, argv[1], OPEN_TREE_CLONE);

	(void)argc;
	if (fd < 0)
		return trouble("open_tree");
	if (syscall(SYS_move_mount, fd, "", AT_FDCWD, argv[2], MOVE_MOUNT_F_EMPTY_PATH))
		return errno;
	return covered(argv[2]);
}

const struct act guard_acts[] = {
	{ "victim", 0, act_victim },
	{ "ptrace-attach", 1, act_attach },
	{ "ptrace-seize", 1, act_seize },
	{ "vm-read", 2, act_vm_read },
	{ "vm-write", 2, act_vm_write },
	{ "proc-read", 2, act_proc_read },
	{ "proc-mem", 2, act_proc_mem },
	{ "take-fd", 2, act_take_fd },
	{ "signal", 3, act_signal },
	{ "sigio", 1, act_sigio },
	{ "limit", 1, act_limit },
	{ "clone-into", 1, act_clone_into },
	{ "remount-cgroup", 1, act_remount_cgroup },
	{ "unmount", 1, act_unmount },
	{ "mount-over", 1, act_mount_over },
	{ "bind-over", 2, act_bind_over },
	{ "tree-over", 2, act_tree_over },
	{ NULL, 0, NULL },
};
