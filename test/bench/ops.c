/* SPDX-License-Identifier: Apache-2.0
 *
 * ops serve: does what the lines of standard input say, and answers each with one line.
 *
 *   measure OP TARGET TAG ROUNDS   the instructions of each round, and how many rounds were refused
 *   make OP TARGET TAG ROUNDS      what such a run needs, and away with it
 *   unmake OP TARGET TAG ROUNDS
 *
 * A run is a process of its own, with the rights of an ordinary user and real-time priority: whoever reads the guard's
 * events does so between the rounds and not within, and is not measured here.
 */
#define _GNU_SOURCE
#include "ops.h"
#include "count.h"
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define USER	    1001
#define PRIORITY    50
#define WARM_ROUNDS 16
#define MOST_ROUNDS 100000
#define NANOSECONDS 1000000000L
#define PERIODS	    3
/* An interrupt takes more instructions, and reading the clock fewer. */
#define INTERRUPTION 400

static const struct op *const tables[] = { file_ops, net_ops, process_ops };

static char (*paths)[PATH];
static enum target paths_target;

__attribute__((noreturn)) void fail(const char *what)
{
	fprintf(stderr, "ops: %s: %s\n", what, strerror(errno));
	exit(2);
}

static __attribute__((noreturn)) void misuse(const char *what)
{
	fprintf(stderr, "ops: %s\n", what);
	exit(2);
}

/* ---- paths ---- */

void cold_path(char *into, const struct run *run, const char *parent, long round, const char *name)
{
	int length =
		snprintf(into, PATH, "%s/cold-%s-%ld%s%s", parent, run->tag, round, name ? "/" : "", name ? name : "");

	if (length < 0 || length >= PATH)
		misuse("a path is too long");
}

void make_paths(const struct run *run, const char *parent, const char *last, const char *name)
{
	long count = run->target == COLD ? run->rounds : 1;

	paths_target = run->target;
	paths = calloc(count, sizeof(*paths));
	if (!paths)
		fail("paths");
	for (long round = 0; round < count; round++) {
		if (run->target == COLD)
			cold_path(paths[round], run, parent, round, name);
		else
			snprintf(paths[round], PATH, "%s/%s/%s", parent, run->target == DENIED ? "denied" : last, name);
	}
}

const char *path_of(long round)
{
	return paths[paths_target == COLD ? round : 0];
}

/* ---- the clock ---- */

static long now(void)
{
	struct timespec at;

	if (clock_gettime(CLOCK_MONOTONIC, &at))
		fail("clock_gettime");
	return at.tv_sec * NANOSECONDS + at.tv_nsec;
}

/* The end of the next interrupt. */
static long next_interruption(void)
{
	long last = now(), at;

	while ((at = now()) - last < INTERRUPTION)
		last = at;
	return at;
}

/*
 * The clock interrupt comes once in a period. Rounds begin a little after one, so that none falls into a round that is
 * shorter than the rest of the period, and those that are longer have the same number of them.
 */
struct beat {
	long period, start; /* ns */
};

static struct beat find_beat(void)
{
	struct timespec resolution;
	struct beat beat;
	long at = 0;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &resolution))
		fail("clock_getres");
	beat.period = resolution.tv_nsec;
	/* the clock's, and not another one that happened to come: it comes again after a period */
	for (int found = 0; found < PERIODS;) {
		long next = next_interruption();

		found = labs(next - at - beat.period) < beat.period / 64 ? found + 1 : 0;
		at = next;
	}
	beat.start = at + beat.period / 64;
	return beat;
}

/* Meanwhile whoever has less priority does what there is to do. */
static void wait_for_beat(const struct beat *beat)
{
	long at = beat->start + ((now() - beat->start) / beat->period + 1) * beat->period;
	struct timespec until = { .tv_sec = at / NANOSECONDS, .tv_nsec = at % NANOSECONDS };

	if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL))
		misuse("the wait for the next round was interrupted");
}

/* ---- runs ---- */

/* Somewhere else than under `-icount shift=0` the figures would mean nothing. */
static void check_counter(void)
{
	unsigned long once = count_known(), again = count_known();

	if (once != again || once < KNOWN || once > KNOWN + 16)
		misuse("this processor's time stamp counter counts no instructions: emulate it with -icount shift=0");
}

static void become_user(void)
{
	if (setgroups(0, NULL) || setresgid(USER, USER, USER) || setresuid(USER, USER, USER))
		fail("cannot become an ordinary user");
}

static void measure(const struct op *op, const struct run *run)
{
	struct sched_param priority = { .sched_priority = PRIORITY };
	unsigned long *took = calloc(run->rounds, sizeof(*took));
	long refused = 0;
	struct beat beat;

	if (!took)
		fail("calloc");
	/* the pages are there before the first is written in a round */
	memset(took, 1, run->rounds * sizeof(*took));
	check_counter();
	if (sched_setscheduler(0, SCHED_FIFO, &priority))
		fail("sched_setscheduler");
	become_user();
	beat = find_beat();
	if (op->begin)
		op->begin(run);
	/* cold targets are cold once */
	for (long i = 0; run->target != COLD && i < WARM_ROUNDS; i++) {
		op->act(i);
		if (op->after)
			op->after(i);
	}
	for (long i = 0; i < run->rounds; i++) {
		unsigned long before, after;
		enum outcome outcome;

		wait_for_beat(&beat);
		before = instructions();
		outcome = op->act(i);
		after = instructions();
		took[i] = after - before;
		refused += outcome == REFUSED;
		if (op->after)
			op->after(i);
	}
	printf("measured %ld", refused);
	for (long i = 0; i < run->rounds; i++)
		printf(" %lu", took[i]);
}

/* ---- lines ---- */

static const struct op *find_op(const char *name)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
		for (const struct op *op = tables[t]; op->name; op++)
			if (!strcmp(op->name, name))
				return op;
	return NULL;
}

static bool find_target(const char *name, enum target *target)
{
	static const char *const names[] = { [WARM] = "warm", [COLD] = "cold", [DENIED] = "denied" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], name)) {
			*target = i;
			return true;
		}
	return false;
}

static void obey(const char *line)
{
	char verb[16], name[32], target[16], tag[32];
	struct run run = { .tag = tag };
	const struct op *op;

	if (sscanf(line, "%15s %31s %15s %31s %ld", verb, name, target, tag, &run.rounds) != 5)
		misuse("a line is VERB OP TARGET TAG ROUNDS");
	op = find_op(name);
	if (!op || !find_target(target, &run.target) || run.rounds < 1 || run.rounds > MOST_ROUNDS)
		misuse("no such operation, target or number of rounds");
	if (!strcmp(verb, "measure")) {
		measure(op, &run);
	} else if (!strcmp(verb, "make") || !strcmp(verb, "unmake")) {
		void (*does)(const struct run *) = verb[0] == 'm' ? op->make : op->unmake;

		if (does)
			does(&run);
		printf("done");
	} else {
		misuse("no such verb");
	}
	printf("\n");
	if (fflush(stdout))
		fail("stdout");
}

static int serve(void)
{
	char line[128];

	while (fgets(line, sizeof(line), stdin)) {
		int status = 0;
		pid_t child = fork();

		if (child < 0)
			fail("fork");
		if (child == 0) {
			obey(line);
			_exit(0);
		}
		if (waitpid(child, &status, 0) != child)
			fail("waitpid");
		if (status) {
			printf("failed %d\n", status);
			fflush(stdout);
		}
	}
	return 0;
}

/* An address space that is laid out anew for each program has page tables of another size each time; so had a copy. */
static void lay_out_alike(char **argv)
{
	int now = personality(0xffffffff);

	if (now < 0)
		fail("personality");
	if (now & ADDR_NO_RANDOMIZE)
		return;
	if (personality(now | ADDR_NO_RANDOMIZE) < 0)
		fail("personality");
	execv("/proc/self/exe", argv);
	fail("exec");
}

int main(int argc, char **argv)
{
	if (argc != 2 || strcmp(argv[1], "serve"))
		misuse("usage: ops serve");
	lay_out_alike(argv);
	return serve();
}
