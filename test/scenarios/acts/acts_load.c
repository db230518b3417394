/* SPDX-License-Identifier: Apache-2.0
 *
 * Many at once: files, processes, opens, ports. Refused only when every one was; the note says how many, and how long it took.
 */
#define _GNU_SOURCE
#include "acts.h"
#include "acts_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOAD_SECONDS 300

struct tally {
	long refused, let, other;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void count(struct tally *tally, long result)
{
	__atomic_fetch_add(result >= 0	    ? &tally->let
			   : errno == EPERM ? &tally->refused
					    : &tally->other,
			   1, __ATOMIC_SEQ_CST);
}

static void try_open(struct tally *tally, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	count(tally, fd);
	if (fd >= 0)
		close(fd);
}

static int verdict(const struct tally *tally, long wanted, double seconds)
{
	snprintf(outcome->note, sizeof(outcome->note), "refused %ld of %ld in %ld ms", tally->refused, wanted,
		 (long)(seconds * 1000));
	if (tally->refused == wanted)
		return EPERM;
	return tally->let == wanted ? 0 : TROUBLE;
}

/* make-leaves DIR COUNT PER: COUNT files, PER of them in each directory DIR/0, DIR/1, ... */
static int act_make_leaves(int argc, char **argv)
{
	long wanted = number(argv[2]), each = number(argv[3]);
	char path[4096];

	(void)argc;
	alarm(LOAD_SECONDS);
	if (mkdir(argv[1], 0755) && errno != EEXIST)
		return trouble(argv[1]);
	for (long i = 0; i < wanted; i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/%ld", argv[1], i / each);
		if (i % each == 0 && mkdir(path, 0755) && errno != EEXIST)
			return trouble(path);
		snprintf(path, sizeof(path), "%s/%ld/%ld", argv[1], i / each, i % each);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0)
			return trouble(path);
		close(fd);
	}
	return 0;
}

/* leaves DIR COUNT PER: opens every file that make-leaves made */
static int act_leaves(int argc, char **argv)
{
	long wanted = number(argv[2]), each = number(argv[3]);
	struct tally tally = {};
	double began = now();
	char path[4096];

	(void)argc;
	alarm(LOAD_SECONDS);
	for (long i = 0; i < wanted; i++) {
		snprintf(path, sizeof(path), "%s/%ld/%ld", argv[1], i / each, i % each);
		try_open(&tally, path);
	}
	return verdict(&tally, wanted, now() - began);
}

static void one_of_the_crowd(int gate, struct tally *tally, long opens, const char *path)
{
	char byte;

	/* nobody begins before all are there: the pipe's end is that */
	if (read(gate, &byte, 1) != 0)
		_exit(2);
	for (long i = 0; i < opens; i++)
		try_open(tally, path);
	_exit(0);
}

/* crowd PROCESSES OPENS PATH: so many processes at once, each of which opens the file so many times */
static int act_crowd(int argc, char **argv)
{
	long processes = number(argv[1]), opens = number(argv[2]), started = 0;
	struct tally *tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int gate[2];
	double began;

	(void)argc;
	alarm(LOAD_SECONDS);
	if (tally == MAP_FAILED || pipe(gate))
		return trouble("set-up");
	for (; started < processes; started++) {
		pid_t pid = fork();

		if (pid < 0) {
			trouble("fork");
			break;
		}
		if (pid == 0) {
			close(gate[1]);
			alarm(LOAD_SECONDS);
			one_of_the_crowd(gate[0], tally, opens, argv[3]);
		}
	}
	began = now();
	close(gate[1]);
	while (wait(NULL) > 0)
		;
	if (started < processes)
		return TROUBLE;
	return verdict(tally, processes * opens, now() - began);
}

/* ports ADDRESS COUNT: tells a datagram socket to send to each of so many ports, which needs nobody there */
static int act_ports(int argc, char **argv)
{
	long wanted = number(argv[2]);
	struct tally tally = {};
	double began = now();
	union address to;
	socklen_t size = parse_address(argv[1], "0", &to);
	int fd = socket_for("udp", to.any.sa_family);

	(void)argc;
	alarm(LOAD_SECONDS);
	if (!size || fd < 0)
		return trouble("socket");
	for (long port = 1; port <= wanted; port++) {
		/* at the same place in both families */
		to.v4.sin_port = htons(port);
		count(&tally, connect(fd, &to.any, size));
	}
	close(fd);
	return verdict(&tally, wanted, now() - began);
}

const struct act load_acts[] = {
	{ "make-leaves", 3, act_make_leaves },
	{ "leaves", 3, act_leaves },
	{ "crowd", 3, act_crowd },
	{ "ports", 2, act_ports },
	{},
};
