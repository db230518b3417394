/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at a journal from outside of the session.
 *
 *   refusals written JOURNAL COUNT          until so many refusals are in it, or are told as lost; how many were lost
 *   refusals late JOURNAL CGROUP COUNT      one after the other: ns from before each refused call until it is in the journal
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REFUSED	    "\"verdict\":\"deny\""
#define LOST	    "\"lost\":"
#define NANOSECONDS 1000000000L
#define PATIENCE_MS 120000
/* No line is longer. */
#define ROOM (1 << 17)

static __attribute__((noreturn)) void fail(const char *what)
{
	fprintf(stderr, "refusals: %s: %s\n", what, strerror(errno));
	exit(2);
}

static long now(void)
{
	struct timespec at;

	if (clock_gettime(CLOCK_MONOTONIC, &at))
		fail("clock_gettime");
	return at.tv_sec * NANOSECONDS + at.tv_nsec;
}

/* ---- the journal ---- */

static int journal, news;
static long refused, lost;

static void follow(const char *file)
{
	journal = open(file, O_RDONLY | O_CLOEXEC);
	news = inotify_init1(IN_CLOEXEC);
	if (journal < 0 || news < 0 || inotify_add_watch(news, file, IN_MODIFY) < 0)
		fail(file);
}

static void count_line(const char *line)
{
	const char *gap = strstr(line, LOST);

	if (strstr(line, REFUSED))
		refused++;
	else if (gap)
		lost += atol(gap + strlen(LOST));
}

/* What has been written since; a line that is not whole waits for its end. */
static void read_on(void)
{
	static char text[ROOM + 1];
	static size_t kept;
	ssize_t n;

	while ((n = read(journal, text + kept, ROOM - kept)) > 0) {
		char *line = text, *end;

		kept += n;
		text[kept] = 0;
		while ((end = strchr(line, '\n'))) {
			*end = 0;
			count_line(line);
			line = end + 1;
		}
		kept -= line - text;
		memmove(text, line, kept);
	}
	if (n < 0)
		fail("journal");
}

static void wait_for_news(void)
{
	struct pollfd ready = { .fd = news, .events = POLLIN };
	char events[4096];

	if (poll(&ready, 1, PATIENCE_MS) != 1) {
		fprintf(stderr, "refusals: %ld refusals and %ld lost, and then nothing\n", refused, lost);
		exit(1);
	}
	if (read(news, events, sizeof(events)) < 0)
		fail("inotify");
}

static int written(long count)
{
	for (read_on(); refused + lost < count; read_on())
		wait_for_news();
	printf("%ld\n", lost);
	return 0;
}

/* ---- how late ---- */

struct shared {
	long began;
};

static void enter(const char *cgroup)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		fail(path);
	close(fd);
}

/* In the session: a refused call for each byte. */
static void refuse(int orders, struct shared *shared)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(443),
					.sin_addr = { htonl(198U << 24 | 18U << 16 | 1) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char order;

	if (fd < 0)
		fail("socket");
	while (read(orders, &order, 1) == 1) {
		shared->began = now();
		if (!connect(fd, (const struct sockaddr *)&to, sizeof(to)) || errno != EPERM)
			fail("connect");
	}
	_exit(0);
}

static int late(const char *cgroup, long count)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int pipes[2], status;
	pid_t child;

	if (shared == MAP_FAILED || pipe2(pipes, O_CLOEXEC))
		fail("set-up");
	read_on();
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		close(pipes[1]);
		enter(cgroup);
		refuse(pipes[0], shared);
	}
	for (long i = 0; i < count; i++) {
		long before = refused;

		if (write(pipes[1], "x", 1) != 1)
			fail("pipe");
		for (read_on(); refused == before; read_on())
			wait_for_news();
		printf("%ld ", now() - shared->began);
	}
	puts("");
	close(pipes[1]);
	if (waitpid(child, &status, 0) != child || status)
		fail("the process in the session");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "written")) {
		follow(argv[2]);
		return written(atol(argv[3]));
	}
	if (argc == 5 && !strcmp(argv[1], "late")) {
		follow(argv[2]);
		return late(argv[3], atol(argv[4]));
	}
	fprintf(stderr, "usage: refusals written JOURNAL COUNT | refusals late JOURNAL CGROUP COUNT\n");
	return 2;
}
