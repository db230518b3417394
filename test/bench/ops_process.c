/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting programs: this program itself with nothing to do, which is static, and a dynamic one.
 */
#define _GNU_SOURCE
#include "ops.h"
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void nothing(long rounds)
{
	(void)rounds;
}

/* vfork and exec, as shells and make do it; until the child is gone. */
static void start(char *const argv[])
{
	int status;
	pid_t child;

	if (posix_spawn(&child, argv[0], NULL, NULL, argv, environ))
		fail(argv[0]);
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) > 2)
		fail("wait");
}

static void exec_static(long round)
{
	static char *const argv[] = { "/bench/1/2/3/4/5/static", NULL };

	(void)round;
	start(argv);
}

static void exec_dynamic(long round)
{
	static char *const argv[] = { "/bench/1/2/3/4/5/dynamic", NULL };

	(void)round;
	start(argv);
}

const struct op process_ops[] = {
	{ "exec-static", false, nothing, exec_static, NULL },
	{ "exec-dynamic", false, nothing, exec_dynamic, NULL },
	{ NULL, false, NULL, NULL, NULL },
};
