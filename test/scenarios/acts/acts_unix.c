/* SPDX-License-Identifier: Apache-2.0 -- acts that reach for unix sockets; a NAME that begins with @ is an abstract one */
#define _GNU_SOURCE
#include "acts.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int type_of(const char *kind)
{
	if (strcmp(kind, "stream") == 0)
		return SOCK_STREAM;
	return strcmp(kind, "seqpacket") == 0 ? SOCK_SEQPACKET : SOCK_DGRAM;
}

/* Returns the address's size. */
static socklen_t name_to(struct sockaddr_un *to, const char *name)
{
	memset(to, 0, sizeof(*to));
	to->sun_family = AF_UNIX;
	snprintf(to->sun_path, sizeof(to->sun_path), "%s", name);
	if (name[0] != '@')
		return sizeof(*to);
	to->sun_path[0] = '\0';
	return offsetof(struct sockaddr_un, sun_path) + strlen(name);
}

/* A socket at NAME, for everybody. It need not be served: what waits to be accepted or read has reached it. */
static int serve(const char *kind, const char *name)
{
	struct sockaddr_un here;
	socklen_t size = name_to(&here, name);
	int fd = socket(AF_UNIX, type_of(kind), 0);

	if (name[0] != '@')
		unlink(name);
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, size) || (type_of(kind) != SOCK_DGRAM && listen(fd, 64)))
		return trouble(name);
	return name[0] != '@' && chmod(name, 0666) ? trouble(name) : 0;
}

static int reach(const char *kind, const char *name)
{
	struct sockaddr_un there;
	socklen_t size = name_to(&there, name);
	int fd = socket(AF_UNIX, type_of(kind) | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return trouble("socket");
	return answer(connect(fd, (struct sockaddr *)&there, size));
}

/* unix-serve KIND NAME...: all of them, and says when they are there (runs outside the session, until killed) */
static int act_unix_serve(int argc, char **argv)
{
	alarm(0);
	for (int at = 1; at + 1 < argc; at += 2) {
		if (serve(argv[at], argv[at + 1]))
			return TROUBLE;
	}
	puts("ready");
	fflush(stdout);
	while (pause())
		;
	return 0;
}

/* unix-connect KIND NAME: KIND is stream, seqpacket or datagram */
static int act_unix_connect(int argc, char **argv)
{
	(void)argc;
	return reach(argv[1], argv[2]);
}

/* unix-send NAME: a datagram, without a connection */
static int act_unix_send(int argc, char **argv)
{
	struct sockaddr_un there;
	socklen_t size = name_to(&there, argv[1]);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)argc;
	if (fd < 0)
		return trouble("socket");
	return answer(sendto(fd, "x", 1, 0, (struct sockaddr *)&there, size));
}

/* unix-own KIND NAME: a socket that the act itself made */
static int act_unix_own(int argc, char **argv)
{
	int failed = serve(argv[1], argv[2]);

	(void)argc;
	return failed ? failed : reach(argv[1], argv[2]);
}

const struct act unix_acts[] = {
	{ "unix-serve", 2, act_unix_serve },
	{ "unix-connect", 2, act_unix_connect },
	{ "unix-send", 1, act_unix_send },
	{ "unix-own", 2, act_unix_own },
	{ NULL, 0, NULL },
};
