/* SPDX-License-Identifier: Apache-2.0 -- acts by which something outside of the session does what the act may not */
#define _GNU_SOURCE
#include "acts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Another end of a terminal of its own, or -1. */
static int own_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) || unlockpt(master))
		return -1;
	return open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/* own-terminal: makes one and writes to it */
static int act_own_terminal(int argc, char **argv)
{
	int fd = own_terminal();

	(void)argc;
	(void)argv;
	return answer(fd < 0 ? fd : write(fd, "x", 1));
}

/* terminal-input: puts a letter into a terminal's input, as if somebody had typed it. It is its own here. */
static int act_terminal_input(int argc, char **argv)
{
	int fd = own_terminal();

	(void)argc;
	(void)argv;
	if (fd < 0)
		return trouble("terminal");
	return answer(ioctl(fd, TIOCSTI, "x"));
}

static int mark(const char *path, unsigned class, unsigned long long events)
{
	int fd = fanotify_init(class | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return trouble("fanotify_init");
	return answer(fanotify_mark(fd, FAN_MARK_ADD, events, AT_FDCWD, path));
}

/* hold-up PATH: has the kernel ask it before anybody opens a file */
static int act_hold_up(int argc, char **argv)
{
	(void)argc;
	return mark(argv[1], FAN_CLASS_CONTENT, FAN_OPEN_PERM);
}

/* hear-of PATH: has the kernel tell it when somebody opened a file */
static int act_hear_of(int argc, char **argv)
{
	(void)argc;
	return mark(argv[1], FAN_CLASS_NOTIF, FAN_OPEN);
}

/* mount-source TYPE SOURCE: says what a mount is to be of; the mount itself needs somebody to answer */
static int act_mount_source(int argc, char **argv)
{
	int fd = syscall(SYS_fsopen, argv[1], 1 /* FSOPEN_CLOEXEC */);

	(void)argc;
	if (fd < 0)
		return trouble("fsopen");
	return answer(syscall(SYS_fsconfig, fd, 1 /* FSCONFIG_SET_STRING */, "source", argv[2], 0));
}

/* accounting PATH: has the kernel write there what every process did that ended, and takes it back */
static int act_accounting(int argc, char **argv)
{
	(void)argc;
	if (acct(argv[1]))
		return errno;
	return acct(NULL) ? trouble("taking it back") : 0;
}

/* join PID: enters a namespace of another process's */
static int act_join(int argc, char **argv)
{
	int fd = syscall(SYS_pidfd_open, (int)number(argv[1]), 0);

	(void)argc;
	if (fd < 0)
		return trouble("pidfd_open");
	return answer(setns(fd, CLONE_NEWUTS));
}

const struct act door_acts[] = {
	{ "accounting", 1, act_accounting },	 { "join", 1, act_join },
	{ "own-terminal", 0, act_own_terminal }, { "terminal-input", 0, act_terminal_input },
	{ "hold-up", 1, act_hold_up },		 { "hear-of", 1, act_hear_of },
	{ "mount-source", 2, act_mount_source }, { NULL, 0, NULL },
};
