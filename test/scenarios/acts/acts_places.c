/* SPDX-License-Identifier: Apache-2.0 -- files in other places than they were, or deeper */
#define _GNU_SOURCE
#include "acts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct opening {
	int directory;
	int over;
};

/* Opens again and again, so that whatever is remembered of the way there is from every moment of the move. */
static void *open_often(void *arg)
{
	struct opening *opening = arg;

	while (!__atomic_load_n(&opening->over, __ATOMIC_SEQ_CST)) {
		int fd = openat(opening->directory, "file", O_RDONLY | O_CLOEXEC);

		/* it has arrived */
		if (fd < 0)
			break;
		close(fd);
	}
	return NULL;
}

static int make(const char *top, char *below, size_t room)
{
	char file[640];
	int fd;

	snprintf(below, room, "%s/below", top);
	snprintf(file, sizeof(file), "%s/file", below);
	if (mkdir(top, 0755) || mkdir(below, 0755))
		return trouble("mkdir");
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return trouble("file");
	return close(fd) ? trouble("close") : 0;
}

static int move_and_open(const char *from, const char *into)
{
	struct opening opening = {};
	pthread_t thread;
	char below[600];
	int result, fd;

	if (make(from, below, sizeof(below)))
		return TROUBLE;
	opening.directory = open(below, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (opening.directory < 0)
		return trouble("below");
	if (pthread_create(&thread, NULL, open_often, &opening))
		return trouble("pthread_create");
	result = rename(from, into) ? trouble("rename") : 0;
	fd = result ? -1 : openat(opening.directory, "file", O_RDONLY | O_CLOEXEC);
	if (!result)
		result = answer(fd);
	__atomic_store_n(&opening.over, 1, __ATOMIC_SEQ_CST);
	if (pthread_join(thread, NULL))
		return trouble("pthread_join");
	close(fd);
	close(opening.directory);
	return result;
}

/* open-moved FROM INTO TIMES: moves a directory to another place, each time one that was in use, and opens a file in
 * it. The first that opens is the answer. */
static int act_open_moved(int argc, char **argv)
{
	long times = number(argv[3]);
	int result = EPERM;

	(void)argc;
	for (long n = 0; result == EPERM && n < times; n++) {
		char from[512], into[512];

		snprintf(from, sizeof(from), "%s-%d-%ld", argv[1], getpid(), n);
		snprintf(into, sizeof(into), "%s-%d-%ld", argv[2], getpid(), n);
		result = move_and_open(from, into);
	}
	return result;
}

static int open_made(int directory)
{
	int result, fd = openat(directory, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return trouble("file");
	close(fd);
	fd = openat(directory, "file", O_RDONLY | O_CLOEXEC);
	result = answer(fd);
	close(fd);
	return result;
}

/* open-levels DIRECTORY FROM TO: makes directories one below the other, and a file in each between these depths. The
 * first file that opens is the answer. */
static int act_open_levels(int argc, char **argv)
{
	long from = number(argv[2]), to = number(argv[3]);
	int result = EPERM, at = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)argc;
	for (long level = 1; result == EPERM && level <= to; level++) {
		int below;

		if (at < 0 || (mkdirat(at, "d", 0777) && errno != EEXIST))
			return trouble("mkdir");
		below = openat(at, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = below;
		if (at >= 0 && level >= from)
			result = open_made(at);
	}
	close(at);
	return result;
}

const struct act place_acts[] = {
	{ "open-levels", 3, act_open_levels },
	{ "open-moved", 3, act_open_moved },
	{ NULL, 0, NULL },
};
