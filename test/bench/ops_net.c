/* SPDX-License-Identifier: Apache-2.0
 *
 * The network, on loopback: both ends are here, so that a round has no waiting in it.
 */
#define _GNU_SOURCE
#include "ops.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener, sender, client, server;
static struct sockaddr_in at;

static int bound(int type)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) ||
	    getsockname(fd, (struct sockaddr *)&at, &size))
		fail("bind");
	return fd;
}

static void listens(long rounds)
{
	(void)rounds;
	listener = bound(SOCK_STREAM);
	if (listen(listener, 16))
		fail("listen");
	client = server = -1;
}

/* Nothing stays behind: a reset leaves no state of the connection. */
static void shut(int fd)
{
	struct linger now = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) || close(fd))
		fail("close");
}

static void close_both(void)
{
	if (server >= 0)
		shut(server);
	if (client >= 0)
		shut(client);
	client = server = -1;
}

static void fresh(void)
{
	close_both();
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client < 0)
		fail("socket");
}

static void connects(void)
{
	if (connect(client, (struct sockaddr *)&at, sizeof(at)))
		fail("connect");
}

static void accepts(void)
{
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (server < 0)
		fail("accept");
}

static void prepare_connect(long rounds)
{
	listens(rounds);
	fresh();
}

static void connect_only(long round)
{
	(void)round;
	connects();
}

static void after_connect(long round)
{
	(void)round;
	accepts();
	fresh();
}

static void prepare_accept(long rounds)
{
	listens(rounds);
	fresh();
	connects();
}

static void accept_only(long round)
{
	(void)round;
	accepts();
}

static void after_accept(long round)
{
	(void)round;
	fresh();
	connects();
}

static void prepare_send(long rounds)
{
	(void)rounds;
	listener = bound(SOCK_DGRAM);
	sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sender < 0)
		fail("socket");
}

static void send_to(long round)
{
	(void)round;
	if (sendto(sender, "x", 1, 0, (struct sockaddr *)&at, sizeof(at)) != 1)
		fail("sendto");
}

static void receive(long round)
{
	char one;

	(void)round;
	if (recv(listener, &one, 1, 0) != 1)
		fail("recv");
}

const struct op net_ops[] = {
	{ "connect", false, prepare_connect, connect_only, after_connect },
	{ "accept", false, prepare_accept, accept_only, after_accept },
	{ "sendto", false, prepare_send, send_to, receive },
	{ NULL, false, NULL, NULL, NULL },
};
