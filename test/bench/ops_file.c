/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations on files, on a tmpfs. The driver makes the tree (tree.ts): 1, 5 and 12 directories deep a `file`, another
 * one in a directory `denied` beside the last, and a directory `many` of 1,000 files. What is cold has a directory of its
 * own for each round, at the same depth.
 */
#define _GNU_SOURCE
#include "ops.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_fd;

static enum outcome refusal(const char *what)
{
	if (errno != EPERM)
		fail(what);
	return REFUSED;
}

static enum outcome open_close(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return refusal(path);
	if (close(fd))
		fail("close");
	return DONE;
}

/* ---- cold directories ---- */

static void make_cold(const struct run *run, const char *parent, const char *name)
{
	char path[PATH];

	for (long round = 0; run->target == COLD && round < run->rounds; round++) {
		cold_path(path, run, parent, round, NULL);
		/* whoever measures is another user, who creates files here */
		if (mkdir(path, 0777) || chmod(path, 0777))
			fail(path);
		if (!name)
			continue;
		cold_path(path, run, parent, round, name);
		if (mknod(path, S_IFREG | 0644, 0))
			fail(path);
	}
}

static void unmake_cold(const struct run *run, const char *parent, const char *name)
{
	char path[PATH];

	for (long round = 0; run->target == COLD && round < run->rounds; round++) {
		if (name) {
			cold_path(path, run, parent, round, name);
			if (unlink(path))
				fail(path);
		}
		cold_path(path, run, parent, round, NULL);
		if (rmdir(path))
			fail(path);
	}
}

#define FILES_AT(depth, parent, last)                     \
	static void make_##depth(const struct run *run)   \
	{                                                 \
		make_cold(run, parent, "file");           \
	}                                                 \
	static void unmake_##depth(const struct run *run) \
	{                                                 \
		unmake_cold(run, parent, "file");         \
	}                                                 \
	static void begin_##depth(const struct run *run)  \
	{                                                 \
		make_paths(run, parent, last, "file");    \
	}

FILES_AT(1, BENCH, "1")
FILES_AT(5, DEEP_4, "5")
FILES_AT(12, DEEP_11, "12")

/* ---- operations ---- */

static enum outcome nothing(long round)
{
	(void)round;
	return DONE;
}

static enum outcome open_for_reading(long round)
{
	return open_close(path_of(round), O_RDONLY);
}

static enum outcome get_attributes(long round)
{
	struct stat st;

	if (stat(path_of(round), &st))
		return refusal(path_of(round));
	return DONE;
}

static void begin_read(const struct run *run)
{
	(void)run;
	read_fd = open(DEEP_5 "/file", O_RDONLY | O_CLOEXEC);
	if (read_fd < 0)
		fail("open");
}

static enum outcome read_some(long round)
{
	char some[64];

	(void)round;
	if (pread(read_fd, some, sizeof(some), 0) < 0)
		return refusal("read");
	return DONE;
}

static void make_empty(const struct run *run)
{
	make_cold(run, DEEP_4, NULL);
}

static void unmake_empty(const struct run *run)
{
	unmake_cold(run, DEEP_4, NULL);
}

static void begin_create(const struct run *run)
{
	make_paths(run, DEEP_4, "5", "new");
}

static enum outcome create_unlink(long round)
{
	if (open_close(path_of(round), O_WRONLY | O_CREAT | O_EXCL) == REFUSED)
		return REFUSED;
	if (unlink(path_of(round)))
		return refusal("unlink");
	return DONE;
}

static enum outcome walk(long round)
{
	DIR *directory = opendir(DEEP_5 "/many");
	struct dirent *entry;
	struct stat st;

	(void)round;
	if (!directory)
		return refusal("opendir");
	while ((entry = readdir(directory)))
		if (fstatat(dirfd(directory), entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			return refusal(entry->d_name);
	if (closedir(directory))
		fail("closedir");
	return DONE;
}

const struct op file_ops[] = {
	{ .name = "nothing", .act = nothing },
	{ .name = "open-1", .make = make_1, .unmake = unmake_1, .begin = begin_1, .act = open_for_reading },
	{ .name = "open-5", .make = make_5, .unmake = unmake_5, .begin = begin_5, .act = open_for_reading },
	{ .name = "open-12", .make = make_12, .unmake = unmake_12, .begin = begin_12, .act = open_for_reading },
	{ .name = "stat-5", .make = make_5, .unmake = unmake_5, .begin = begin_5, .act = get_attributes },
	{ .name = "read", .begin = begin_read, .act = read_some },
	{ .name = "create-unlink",
	  .make = make_empty,
	  .unmake = unmake_empty,
	  .begin = begin_create,
	  .act = create_unlink },
	{ .name = "walk-1000", .act = walk },
	{ .name = NULL },
};
