/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations on files. The tree is made by `guest.ts` before anything is measured: 1, 5 and 12 directories deep a
 * file `file`, 12 deep `cold/0`..., a directory `many` of 1,000 files, and `denied`, which the policy denies.
 */
#define _GNU_SOURCE
#include "ops.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEEP_1	"/bench/1"
#define DEEP_5	DEEP_1 "/2/3/4/5"
#define DEEP_12 DEEP_5 "/6/7/8/9/10/11/12"

static char path[256];
static int read_fd;

static void nothing(long rounds)
{
	(void)rounds;
}

static void empty(long round)
{
	(void)round;
}

static void open_close(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail(name);
	if (close(fd))
		fail("close");
}

static void open_1(long round)
{
	(void)round;
	open_close(DEEP_1 "/file");
}

static void open_5(long round)
{
	(void)round;
	open_close(DEEP_5 "/file");
}

static void open_12(long round)
{
	(void)round;
	open_close(DEEP_12 "/file");
}

static void open_cold(long round)
{
	snprintf(path, sizeof(path), DEEP_12 "/cold/%ld", round);
	open_close(path);
}

/* What is refused has another way back than what is done: no close. Without a guard it is opened and closed. */
static void open_denied(long round)
{
	int fd = open(DEEP_5 "/denied", O_RDONLY | O_CLOEXEC);

	(void)round;
	if (fd < 0 && errno != EPERM)
		fail("open denied");
	if (fd >= 0 && close(fd))
		fail("close");
}

static void stat_5(long round)
{
	struct stat st;

	(void)round;
	if (stat(DEEP_5 "/file", &st))
		fail("stat");
}

static void open_for_reading(long rounds)
{
	(void)rounds;
	read_fd = open(DEEP_5 "/file", O_RDONLY | O_CLOEXEC);
	if (read_fd < 0)
		fail("open");
}

static void read_some(long round)
{
	char some[64];

	(void)round;
	if (pread(read_fd, some, sizeof(some), 0) < 0)
		fail("read");
}

static void create_unlink(long round)
{
	int fd = open(DEEP_5 "/new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	(void)round;
	if (fd < 0)
		fail("create");
	if (close(fd) || unlink(DEEP_5 "/new"))
		fail("unlink");
}

static void walk(long round)
{
	DIR *directory = opendir(DEEP_1 "/many");
	struct dirent *entry;
	struct stat st;

	(void)round;
	if (!directory)
		fail("opendir");
	while ((entry = readdir(directory)))
		if (fstatat(dirfd(directory), entry->d_name, &st, 0))
			fail(entry->d_name);
	if (closedir(directory))
		fail("closedir");
}

const struct op file_ops[] = {
	{ "nothing", false, nothing, empty, NULL },
	{ "open-1", false, nothing, open_1, NULL },
	{ "open-5", false, nothing, open_5, NULL },
	{ "open-12", false, nothing, open_12, NULL },
	{ "open-12-cold", true, nothing, open_cold, NULL },
	{ "open-5-denied", false, nothing, open_denied, NULL },
	{ "stat-5", false, nothing, stat_5, NULL },
	{ "read", false, open_for_reading, read_some, NULL },
	{ "create-unlink", false, nothing, create_unlink, NULL },
	{ "walk-1000", false, nothing, walk, NULL },
	{ NULL, false, NULL, NULL, NULL },
};
