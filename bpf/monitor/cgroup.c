// SPDX-License-Identifier: Apache-2.0
/* The session's cgroup: made, filled, emptied, removed. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "monitor.h"

/* The kernel's id of a cgroup is the inode number of its directory (64-bit kernels, 5.5 and later). Its level is
 * counted from the mount: kernfs parents up to the cgroup2 root, whose inode is 1. */
int cgroup_make(const char *dir, u64 *id, u32 *level)
{
	char path[PATH_MAX];
	struct stat st;

	if (mkdir(dir, 0755) && errno != EEXIST)
		return -1;
	if (stat(dir, &st))
		return -1;
	*id = st.st_ino;
	*level = 0;
	if (snprintf(path, sizeof(path), "%s", dir) >= (int)sizeof(path))
		return -1;
	while (st.st_ino != 1) {
		size_t used = strlen(path);

		if (used + 4 > sizeof(path) || ++*level > 64) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(path + used, "/..", 4);
		if (stat(path, &st))
			return -1;
	}
	return 0;
}

static int write_file(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	if (close(fd))
		return -1;
	return n < 0 ? -1 : 0;
}

int cgroup_move(const char *dir, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return write_file(dir, "cgroup.procs", text);
}

/* Child cgroups that the job made before the guard refused it cannot exist, so one directory is all there is. */
static int each_process(const char *dir, int (*act)(pid_t pid, void *arg), void *arg)
{
	char path[PATH_MAX];
	int count = 0;
	FILE *file;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	file = fopen(path, "re");
	if (!file)
		return -1;
	while (fscanf(file, "%d", &pid) == 1)
		count += act(pid, arg);
	fclose(file);
	return count;
}

struct kept {
	const pid_t *pids;
	int count;
};

/* Counts a process that is there and shall not be, whether or not it could be killed just now. */
static int end_one(pid_t pid, void *arg)
{
	struct kept *keep = arg;

	for (int i = 0; i < keep->count; i++)
		if (keep->pids[i] == pid)
			return 0;
	if (kill(pid, SIGKILL) && errno != ESRCH)
		complain("cannot end process %d: %s", pid, strerror(errno));
	return 1;
}

int cgroup_end(const char *dir, const pid_t *keep, int kept)
{
	struct kept arg = { keep, kept };
	int ended = 0, left = -1;

	/* Frozen, nobody forks on while the list is read; a frozen process can be killed. */
	if (write_file(dir, "cgroup.freeze", "1"))
		complain("cannot freeze %s: %s", dir, strerror(errno));
	for (int i = 0; i < 1000; i++) {
		left = each_process(dir, end_one, &arg);
		if (left <= 0)
			break;
		if (ended < left)
			ended = left;
		usleep(2000);
	}
	if (write_file(dir, "cgroup.freeze", "0"))
		complain("cannot thaw %s: %s", dir, strerror(errno));
	if (left == 0)
		return ended;
	errno = left > 0 ? EBUSY : errno;
	return -1;
}

int cgroup_remove(const char *dir)
{
	/* A dead process leaves its cgroup a moment after it can be reaped. */
	for (int i = 0; i < 500; i++) {
		if (!rmdir(dir) || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			return -1;
		usleep(10000);
	}
	return -1;
}
