/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting a program that does nothing, and waiting for its end. It is program.c, linked statically and dynamically; what
 * is cold is a copy that nobody has started before.
 */
#define _GNU_SOURCE
#include "ops.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stddef.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATIC "static"

/* The status of a child that was not let. */
#define NOT_LET 77

extern char **environ;

static void copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	struct stat st;

	if (in < 0 || out < 0 || fstat(in, &st))
		fail(to);
	for (off_t left = st.st_size; left > 0;) {
		ssize_t copied = sendfile(out, in, NULL, left);

		if (copied <= 0)
			fail(to);
		left -= copied;
	}
	if (fchmod(out, 0755) || close(out) || close(in))
		fail(to);
}

static void make_programs(const struct run *run)
{
	char path[PATH];

	for (long round = 0; run->target == COLD && round < run->rounds; round++) {
		cold_path(path, run, DEEP_4, round, NULL);
		if (mkdir(path, 0755))
			fail(path);
		cold_path(path, run, DEEP_4, round, STATIC);
		copy(DEEP_5 "/" STATIC, path);
	}
}

static void unmake_programs(const struct run *run)
{
	char path[PATH];

	for (long round = 0; run->target == COLD && round < run->rounds; round++) {
		cold_path(path, run, DEEP_4, round, STATIC);
		if (unlink(path))
			fail(path);
		cold_path(path, run, DEEP_4, round, NULL);
		if (rmdir(path))
			fail(path);
	}
}

static void begin_static(const struct run *run)
{
	make_paths(run, DEEP_4, "5", STATIC);
}

static void begin_dynamic(const struct run *run)
{
	make_paths(run, DEEP_4, "5", "dynamic");
}

static enum outcome end_of(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child)
		fail("waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_LET)
		return REFUSED;
	if (status)
		fail("the program failed");
	return DONE;
}

/* A copy of this process, as shells make one for a command. */
static enum outcome fork_exec(long round)
{
	char *argv[] = { (char *)path_of(round), NULL };
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (child == 0) {
		execve(argv[0], argv, environ);
		_exit(errno == EPERM ? NOT_LET : 1);
	}
	return end_of(child);
}

/* Without a copy, as make, Node and Go start one. */
static enum outcome spawn(long round)
{
	char *argv[] = { (char *)path_of(round), NULL };
	pid_t child;

	errno = posix_spawn(&child, argv[0], NULL, NULL, argv, environ);
	if (errno == EPERM)
		return REFUSED;
	if (errno)
		fail(argv[0]);
	return end_of(child);
}

const struct op process_ops[] = {
	{ .name = "fork-exec-static",
	  .make = make_programs,
	  .unmake = unmake_programs,
	  .begin = begin_static,
	  .act = fork_exec },
	{ .name = "spawn-static",
	  .make = make_programs,
	  .unmake = unmake_programs,
	  .begin = begin_static,
	  .act = spawn },
	{ .name = "spawn-dynamic", .begin = begin_dynamic, .act = spawn },
	{ .name = NULL },
};
