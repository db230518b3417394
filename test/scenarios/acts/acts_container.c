/* SPDX-License-Identifier: Apache-2.0 -- what a container runtime does, and the acts of what it starts */
#define _GNU_SOURCE
#include "acts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Descriptor of the mount namespace that a container was made in, for `rejoin`. */
#define OUTER 90

static int enter_cgroup(const char *cgroup)
{
	char path[512];
	int fd, result;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	result = write(fd, "0", 1) == 1 ? 0 : -1;
	close(fd);
	return result;
}

/* contain own|machine CGROUP PROGRAM ACT...: makes the cgroup, goes there, into a mount namespace of its own or not, and
 * executes PROGRAM, another acts program, to do the act */
static int act_contain(int argc, char **argv)
{
	bool own = strcmp(argv[1], "own") == 0;
	int fd = memfd_create("outcome", 0), pid;
	struct outcome *inside;
	char name[16];

	(void)argc;
	if (fd < 0 || ftruncate(fd, sizeof(*inside)))
		return trouble("memfd");
	inside = mmap(NULL, sizeof(*inside), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (inside == MAP_FAILED)
		return trouble("mmap");
	inside->result = UNSET;
	if (mkdir(argv[2], 0755) && errno != EEXIST)
		return trouble("mkdir");
	snprintf(name, sizeof(name), "%d", fd);
	setenv(OUTCOME_VARIABLE, name, 1);
	pid = fork();
	if (pid < 0)
		return trouble("fork");
	if (pid == 0) {
		int outer = open("/proc/self/ns/mnt", O_RDONLY);

		take_part();
		if (outer < 0 || dup2(outer, OUTER) < 0 || enter_cgroup(argv[2]) || (own && unshare(CLONE_NEWNS)) ||
		    (own && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))) {
			outcome->result = trouble("container");
			_exit(2);
		}
		execv(argv[3], argv + 3);
		inside->result = errno;
		_exit(1);
	}
	waitpid(pid, NULL, 0);
	/* a dead process leaves its cgroup a moment after it can be reaped */
	for (int tries = 0; rmdir(argv[2]) && errno == EBUSY && tries < 500; tries++)
		usleep(10000);
	if (inside->result == UNSET)
		return outcome->result == UNSET ? trouble_text("the program told nothing") : outcome->result;
	memcpy(outcome->note, inside->note, sizeof(outcome->note));
	return inside->result;
}

/* rejoin ACT...: in the mount namespace that the container was made in */
static int act_rejoin(int argc, char **argv)
{
	if (setns(OUTER, CLONE_NEWNS))
		return trouble("setns");
	return run_act(argc - 1, argv + 1);
}

/* The errno of a name, 0 for `ok`, TROUBLE for any other text. */
static int result_of(const char *text)
{
	if (strcmp(text, "ok") == 0)
		return 0;
	for (int number = 1; number < 200; number++) {
		const char *name = strerrorname_np(number);

		if (name && strcmp(name, text) == 0)
			return number;
	}
	return TROUBLE;
}

/* program PATH ARG...: a program whose last line of output tells the result, as that of acts does */
static int act_program(int argc, char **argv)
{
	char said[4096] = {}, *last;
	size_t used = 0;
	int ends[2], pid, result;
	ssize_t n;

	(void)argc;
	if (pipe(ends))
		return trouble("pipe");
	pid = fork();
	if (pid < 0)
		return trouble("fork");
	if (pid == 0) {
		take_part();
		/* a container takes longer to start than an act is given */
		alarm(0);
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv(argv[1], argv + 1);
		_exit(127);
	}
	alarm(0);
	close(ends[1]);
	while ((n = read(ends[0], said + used, sizeof(said) - 1 - used)) > 0)
		used += n;
	waitpid(pid, NULL, 0);
	while (used && said[used - 1] == '\n')
		said[--used] = 0;
	last = strrchr(said, '\n');
	last = last ? last + 1 : said;
	result = result_of(last);
	/* the runtime's words for a program that the kernel refused to it; which one, and for whom, the journal says */
	if (result == TROUBLE && strcasestr(last, "operation not permitted"))
		return EPERM;
	return result == TROUBLE ? trouble_text(last) : result;
}

const struct act container_acts[] = {
	{ "program", 1, act_program },
	{ "contain", 4, act_contain },
	{ "rejoin", 1, act_rejoin },
	{ NULL, 0, NULL },
};
