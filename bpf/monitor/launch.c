// SPDX-License-Identifier: Apache-2.0
/*
 * `monitor launch CGROUP UID GID GROUPS COMMAND ARG...`: enter the cgroup, become the user, run the command. Started
 * by `warden run` as its own child, so that terminal, directory, environment and signals are the caller's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "monitor.h"

/* A user's or a group's number. One that is cut becomes root's, and all ones would mean "stay as you are". */
static int number(const char *text, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return errno || *text < '0' || *text > '9' || *end || *value >= UINT32_MAX ? -1 : 0;
}

int launch_main(int argc, char **argv)
{
	unsigned long uid, gid;
	gid_t groups[256];
	int count = 0;
	char *list, *one;

	if (argc < 6 || number(argv[2], &uid) || number(argv[3], &gid)) {
		complain("usage: launch CGROUP UID GID GROUPS COMMAND ARG...");
		return 2;
	}
	list = argv[4];
	while ((one = strsep(&list, ","))) {
		unsigned long group;

		if (!*one)
			continue;
		if (count == 256 || number(one, &group)) {
			complain("launch: bad group list");
			return 2;
		}
		groups[count++] = group;
	}
	if (cgroup_move(argv[1], getpid())) {
		complain("launch: cannot enter %s: %s", argv[1], strerror(errno));
		return 1;
	}
	if (setgroups(count, groups) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid)) {
		complain("launch: cannot become user %lu: %s", uid, strerror(errno));
		return 1;
	}
	execvp(argv[5], argv + 5);
	/* as a shell says it */
	complain("%s: %s", argv[5], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
