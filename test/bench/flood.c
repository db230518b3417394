/* SPDX-License-Identifier: Apache-2.0
 *
 * flood COUNT ADDRESSES [NANOSECONDS]: so many connections that have to be refused, to so many addresses by turns; with a
 * third number one begins so long after the other, or at once when the last one took longer. Status 0 when each of them
 * was refused.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* 198.18.0.0/15 is for measuring, and nobody is there. */
#define FIRST	    (198U << 24 | 18U << 16)
#define MOST	    (1 << 17)
#define PORT	    443
#define NANOSECONDS 1000000000L

static __attribute__((noreturn)) void fail(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int is_refused(int fd, unsigned int address)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(PORT),
					.sin_addr = { htonl(address) } };

	return connect(fd, (const struct sockaddr *)&to, sizeof(to)) && errno == EPERM;
}

static void wait_until(struct timespec *at, long pause)
{
	at->tv_nsec += pause;
	at->tv_sec += at->tv_nsec / NANOSECONDS;
	at->tv_nsec %= NANOSECONDS;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, at, NULL))
		;
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 0, addresses = argc > 2 ? atol(argv[2]) : 0;
	long pause = argc > 3 ? atol(argv[3]) : 0, refused = 0;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timespec at;

	if (count < 1 || addresses < 1 || addresses > MOST || pause < 0) {
		fprintf(stderr, "usage: flood COUNT ADDRESSES [NANOSECONDS]\n");
		return 2;
	}
	if (fd < 0 || clock_gettime(CLOCK_MONOTONIC, &at))
		fail("socket");
	for (long i = 0; i < count; i++) {
		if (pause)
			wait_until(&at, pause);
		refused += is_refused(fd, FIRST + i % addresses);
	}
	if (refused == count)
		return 0;
	fprintf(stderr, "flood: %ld of %ld were refused\n", refused, count);
	return 1;
}
