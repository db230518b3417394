/* SPDX-License-Identifier: Apache-2.0
 *
 * What a command costs the whole machine, from its start to its end: the guard's own processes, too.
 *
 *   meter spin FILE           is there whenever nobody else wants the processor, and counts its own instructions in FILE
 *   meter serve LOG [FILE]    does what the lines of standard input say; what commands print goes to LOG
 *
 * An emulated processor that sleeps lets its counter leap to the next timer. With a process that always runs it never
 * sleeps, and what that process ran is taken off: the rest is work that somebody wanted done. Copied to a file
 * `Runner.Worker`, `serve` is what starts a job's steps.
 */
#define _GNU_SOURCE
#include "count.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS	    64
#define LINE	    4096
#define NANOSECONDS 1000000000L
/* Of one turn of spin()'s loop. */
#define TURN 2

static volatile const unsigned long *turns;

static __attribute__((noreturn)) void fail(const char *what)
{
	fprintf(stderr, "meter: %s: %s\n", what, strerror(errno));
	exit(2);
}

static volatile unsigned long *shared(const char *file, int protection)
{
	bool writes = protection & PROT_WRITE;
	int fd = open(file, writes ? O_RDWR | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0644);
	void *at;

	if (fd < 0 || (writes && ftruncate(fd, sizeof(*turns))))
		fail(file);
	at = mmap(NULL, sizeof(*turns), protection, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		fail(file);
	close(fd);
	return at;
}

static int spin(const char *file)
{
	volatile unsigned long *count = shared(file, PROT_READ | PROT_WRITE);
	const struct sched_param none = {};

	if (sched_setscheduler(0, SCHED_IDLE, &none))
		fail("sched_setscheduler");
	puts("ready");
	fflush(stdout);
	for (;;)
		asm volatile("incq %0" : "+m"(*count));
}

static long now(void)
{
	struct timespec at;

	if (clock_gettime(CLOCK_MONOTONIC, &at))
		fail("clock_gettime");
	return at.tv_sec * NANOSECONDS + at.tv_nsec;
}

static int split(char *line, char **words)
{
	int count = 0;

	for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
		if (count == WORDS - 1)
			return -1;
		words[count++] = word;
	}
	words[count] = NULL;
	return count;
}

static __attribute__((noreturn)) void become(char **words, int log)
{
	int nothing = open("/dev/null", O_RDONLY);

	if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		_exit(126);
	execvp(words[0], words);
	dprintf(2, "meter: %s: %s\n", words[0], strerror(errno));
	_exit(127);
}

/* The status as a shell has it. */
static int run(char **words, int log)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		fail("fork");
	if (child == 0)
		become(words, log);
	if (waitpid(child, &status, 0) != child)
		fail("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void measure(char *line, int log)
{
	unsigned long began, spun, took;
	char *words[WORDS];
	long at;
	int status;

	if (split(line, words) < 1) {
		puts("failed: no command, or too many words");
		return;
	}
	at = now();
	spun = turns ? *turns : 0;
	began = instructions();
	status = run(words, log);
	took = instructions() - began;
	spun = turns ? *turns - spun : 0;
	at = now() - at;
	printf("took %d %lu %ld\n", status, took - spun * TURN, at);
}

static void mark(void)
{
	unsigned long spun = turns ? *turns : 0, at = instructions();

	printf("mark %lu %ld\n", at - spun * TURN, now());
}

static bool starts(const char *line, const char *verb)
{
	return !strncmp(line, verb, strlen(verb));
}

/*
 * Of standard input, an answer to each:
 *
 *   set NAME=VALUE   for the commands after it
 *   cd DIRECTORY
 *   run WORD...      took STATUS INSTRUCTIONS NANOSECONDS
 *   mark             mark INSTRUCTIONS NANOSECONDS, since the machine began
 */
static int serve(const char *log)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	static char line[LINE];

	if (fd < 0)
		fail(log);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (starts(line, "run ")) {
			measure(line + 4, fd);
		} else if (!strcmp(line, "mark")) {
			mark();
		} else if (starts(line, "cd ")) {
			puts(chdir(line + 3) ? strerror(errno) : "done");
		} else if (starts(line, "set ")) {
			char *variable = strdup(line + 4);

			puts(!variable || putenv(variable) ? "failed" : "done");
		} else {
			puts("failed: no such verb");
		}
		if (fflush(stdout))
			fail("stdout");
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "spin"))
		return spin(argv[2]);
	if (argc >= 3 && argc <= 4 && !strcmp(argv[1], "serve")) {
		if (argc == 4)
			turns = shared(argv[3], PROT_READ);
		return serve(argv[2]);
	}
	fprintf(stderr, "usage: meter spin FILE | meter serve LOG [FILE]\n");
	return 2;
}
