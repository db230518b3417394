/* SPDX-License-Identifier: Apache-2.0 -- acts that wait to be reached, and those of honest clients that bind */
#define _GNU_SOURCE
#include "acts.h"
#include "acts_net.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int set(int fd, int level, int option)
{
	int one = 1;

	return setsockopt(fd, level, option, &one, sizeof(one));
}

static int bound(const char *kind, const char *host, const char *port, const char *how)
{
	union address at;
	socklen_t size = parse_address(host, port, &at);
	int fd = size ? socket_for(kind, at.any.sa_family) : -1;

	if (fd < 0 || set(fd, SOL_SOCKET, SO_REUSEADDR))
		return -1;
	if ((strcmp(how, "reuseport") == 0 && set(fd, SOL_SOCKET, SO_REUSEPORT)) ||
	    (strcmp(how, "freebind") == 0 && set(fd, IPPROTO_IP, IP_FREEBIND)) ||
	    (strcmp(how, "v6only") == 0 && set(fd, IPPROTO_IPV6, IPV6_V6ONLY)))
		return -1;
	return bind(fd, &at.any, size) ? -1 : fd;
}

/* listen KIND ADDRESS PORT [HOW]: HOW is reuseport, freebind or v6only */
static int act_listen(int argc, char **argv)
{
	int fd = bound(argv[1], argv[2], argv[3], argc > 4 ? argv[4] : "");

	if (fd < 0)
		return errno ? errno : trouble_text("bad address");
	return answer(listen(fd, 4));
}

/* listen-unbound KIND FAMILY */
static int act_listen_unbound(int argc, char **argv)
{
	int fd = socket_for(argv[1], number(argv[2]));

	(void)argc;
	return fd < 0 ? errno : answer(listen(fd, 4));
}

/* bind KIND ADDRESS PORT [HOW] */
static int act_bind(int argc, char **argv)
{
	return answer(bound(argv[1], argv[2], argv[3], argc > 4 ? argv[4] : ""));
}

/* bind-talk KIND OWN-ADDRESS OWN-PORT ADDRESS PORT: a client that chooses from where it speaks */
static int act_bind_talk(int argc, char **argv)
{
	int fd = bound(argv[1], argv[2], argv[3], "");
	union address to;
	socklen_t size = parse_address(argv[4], argv[5], &to);
	char byte = 'w';

	(void)argc;
	if (fd < 0)
		return errno;
	if (connect(fd, &to.any, size) || send(fd, &byte, 1, 0) != 1)
		return timed(-1);
	return recv(fd, &byte, 1, 0) == 1 ? 0 : timed(-1);
}

/* serve-self KIND ADDRESS: a server at a port of the kernel's choice, and its client */
static int act_serve_self(int argc, char **argv)
{
	int fd = bound(argv[1], argv[2], "0", ""), client;
	union address at;
	socklen_t size = sizeof(at);
	char byte = 'w';

	(void)argc;
	if (fd < 0 || (strcmp(argv[1], "udp") != 0 && listen(fd, 4)))
		return errno;
	if (getsockname(fd, &at.any, &size))
		return trouble("getsockname");
	client = socket_for(argv[1], at.any.sa_family);
	if (client < 0 || connect(client, &at.any, size) || send(client, &byte, 1, 0) != 1)
		return timed(-1);
	if (strcmp(argv[1], "udp") != 0 && (fd = accept(fd, NULL, NULL)) < 0)
		return timed(-1);
	return recv(fd, &byte, 1, 0) == 1 ? 0 : timed(-1);
}

/* listen-unix: a socket without an address of the network */
static int act_listen_unix(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)argc;
	(void)argv;
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at.sun_family)))
		return errno;
	return answer(listen(fd, 4));
}

/* passed-listen UNIXPATH ADDRESS PORT: on a socket that a process outside the session made */
static int act_passed_listen(int argc, char **argv)
{
	union address at;
	socklen_t size = parse_address(argv[2], argv[3], &at);
	int fd = size ? receive_fd(argv[1], at.any.sa_family, SOCK_STREAM) : -1;

	(void)argc;
	if (fd < 0)
		return trouble("passed socket");
	if (set(fd, SOL_SOCKET, SO_REUSEADDR) || bind(fd, &at.any, size))
		return errno;
	return answer(listen(fd, 4));
}

/* passed-bind UNIXPATH ADDRESS PORT */
static int act_passed_bind(int argc, char **argv)
{
	union address at;
	socklen_t size = parse_address(argv[2], argv[3], &at);
	int fd = size ? receive_fd(argv[1], at.any.sa_family, SOCK_DGRAM) : -1;

	(void)argc;
	return fd < 0 ? trouble("passed socket") : answer(bind(fd, &at.any, size));
}

/* Where a socket that listens can be reached: by every address? */
static int hears_all(int fd)
{
	union address at;
	socklen_t size = sizeof(at);

	if (getsockname(fd, &at.any, &size))
		return 0;
	return at.any.sa_family == AF_INET && at.v4.sin_addr.s_addr == 0;
}

/* listen-disconnected KIND ADDRESS PORT: connected, which gives it a loopback address, and then not any more */
static int act_listen_disconnected(int argc, char **argv)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	union address to;
	socklen_t size = parse_address(argv[2], argv[3], &to);
	int fd = size ? socket_for(argv[1], to.any.sa_family) : -1;

	(void)argc;
	if (fd < 0)
		return errno;
	if (connect(fd, &to.any, size) || connect(fd, &none, sizeof(none)))
		return trouble("connect");
	if (listen(fd, 4))
		return errno;
	return hears_all(fd) ? 0 : trouble_text("it listens at one address");
}

/* Each that is refused makes an event, and those of other acts must find room beside them. */
#define RACES_REFUSED 1000
/* Who of the two threads runs is the machine's choice: where nothing is refused, the race goes on until it is won. */
#define RACE_SECONDS 120

struct race {
	union address to;
	socklen_t size;
	int fd;
	int over;
};

static void *connect_and_disconnect(void *arg)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct race *race = arg;

	while (!__atomic_load_n(&race->over, __ATOMIC_SEQ_CST)) {
		/* whatever comes of it: what counts is what listen() finds */
		if (connect(race->fd, &race->to.any, race->size) && errno == EPERM)
			break;
		if (connect(race->fd, &none, sizeof(none)))
			continue;
	}
	return NULL;
}

/* listen-race KIND ADDRESS PORT: listens while another thread gives the socket a loopback address and takes it away */
static int act_listen_race(int argc, char **argv)
{
	struct race race = { .fd = -1 };
	time_t since = time(NULL);
	int result = EPERM;
	int refused = 0;
	pthread_t thread;

	(void)argc;
	race.size = parse_address(argv[2], argv[3], &race.to);
	if (!race.size)
		return trouble_text("bad address");
	race.fd = socket_for(argv[1], race.to.any.sa_family);
	if (race.fd < 0)
		return errno;
	if (pthread_create(&thread, NULL, connect_and_disconnect, &race))
		return trouble("pthread_create");
	while (result == EPERM && refused < RACES_REFUSED && time(NULL) - since < RACE_SECONDS) {
		if (listen(race.fd, 4))
			refused += errno == EPERM;
		else if (hears_all(race.fd))
			result = 0;
	}
	__atomic_store_n(&race.over, 1, __ATOMIC_SEQ_CST);
	if (pthread_join(thread, NULL))
		return trouble("pthread_join");
	return result;
}

const struct act listen_acts[] = {
	{ "listen", 3, act_listen },
	{ "listen-unbound", 2, act_listen_unbound },
	{ "bind", 3, act_bind },
	{ "bind-talk", 5, act_bind_talk },
	{ "serve-self", 2, act_serve_self },
	{ "listen-unix", 0, act_listen_unix },
	{ "passed-listen", 3, act_passed_listen },
	{ "passed-bind", 3, act_passed_bind },
	{ "listen-disconnected", 3, act_listen_disconnected },
	{ "listen-race", 3, act_listen_race },
	{ NULL, 0, NULL },
};
