/* SPDX-License-Identifier: Apache-2.0
 *
 * ops OP ROUNDS DIRECTORY: does one operation so many times and prints what each took, ns, a line each. Under
 * `-icount shift=0` a nanosecond is an instruction. It runs with real-time priority, so that whoever reads the guard's
 * events does so after a round and not within: their work is measured apart.
 */
#define _GNU_SOURCE
#include "ops.h"
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WARM_ROUNDS 16
#define PAUSE_EVERY 64

static const struct op *const tables[] = { file_ops, process_ops, net_ops };

__attribute__((noreturn)) void fail(const char *what)
{
	fprintf(stderr, "ops: %s: %s\n", what, strerror(errno));
	exit(2);
}

static unsigned long now(void)
{
	struct timespec at;

	if (clock_gettime(CLOCK_MONOTONIC_RAW, &at))
		fail("clock_gettime");
	return at.tv_sec * 1000000000UL + at.tv_nsec;
}

static const struct op *find(const char *name)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
		for (const struct op *op = tables[t]; op->name; op++)
			if (!strcmp(op->name, name))
				return op;
	return NULL;
}

/* Lets the readers of events catch up: they run when nobody of higher priority does. */
static void pause_for_readers(void)
{
	struct timespec while_ = { .tv_nsec = 2000000 };

	if (nanosleep(&while_, NULL))
		fail("nanosleep");
}

int main(int argc, char **argv)
{
	struct sched_param priority = { .sched_priority = 50 };
	const struct op *op = argc == 4 ? find(argv[1]) : NULL;
	long rounds = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
	unsigned long *took;

	/* this is also the program that the exec operations start */
	if (argc == 1)
		return 0;
	if (!op || rounds < 1) {
		fprintf(stderr, "usage: ops OP ROUNDS DIRECTORY\n");
		return 2;
	}
	took = calloc(rounds, sizeof(*took));
	if (!took || chdir(argv[3]) || sched_setscheduler(0, SCHED_FIFO, &priority))
		fail("start");
	/* the pages are there before the first is written in a round */
	memset(took, 1, rounds * sizeof(*took));
	op->prepare(rounds);
	/* an operation that is done once per file has no round to spare */
	for (long i = 0; !op->once && i < WARM_ROUNDS; i++) {
		op->run(i);
		if (op->between)
			op->between(i);
	}
	for (long i = 0; i < rounds; i++) {
		unsigned long before, after;

		if (i % PAUSE_EVERY == 0)
			pause_for_readers();
		before = now();
		op->run(i);
		after = now();
		took[i] = after - before;
		if (op->between)
			op->between(i);
	}
	for (long i = 0; i < rounds; i++)
		printf("%lu\n", took[i]);
	return fflush(stdout) ? 2 : 0;
}
