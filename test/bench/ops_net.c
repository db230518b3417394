/* SPDX-License-Identifier: Apache-2.0
 *
 * The network, on loopback: both ends are here, so that a round has no waiting in it. What is cold is an address of
 * 127.0.0.0/8 that nobody has reached before.
 */
#define _GNU_SOURCE
#include "ops.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define DENIED_ADDRESS (127U << 24 | 9U << 16 | 9U << 8 | 9)
/* Addresses of one run after those of another. */
#define COLD_ADDRESS (127U << 24 | 16U << 16)
#define COLD_RUN     4096
/* One of the kernel's choice would be another one each time, and the port is the first thing a rule is found by. */
#define PORT 8443

static int receiver, client = -1, server = -1;
static bool connected;
static const struct run *running;

static struct sockaddr_in address_of(long round)
{
	unsigned int address = INADDR_LOOPBACK;

	if (running->target == DENIED)
		address = DENIED_ADDRESS;
	else if (running->target == COLD)
		address = COLD_ADDRESS + strtoul(running->tag, NULL, 10) * COLD_RUN + round;
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = { htonl(address) } };
}

/* The next round's, made before it begins. */
static struct sockaddr_in next;

static int bound(int type)
{
	const struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&here, sizeof(here)))
		fail("bind");
	return fd;
}

static enum outcome refusal(const char *what)
{
	if (errno != EPERM)
		fail(what);
	return REFUSED;
}

/* ---- connections ---- */

/* Nothing stays behind: a reset leaves no state of the connection. */
static void shut(int *fd)
{
	struct linger now = { .l_onoff = 1 };

	if (*fd >= 0 && (setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) || close(*fd)))
		fail("close");
	*fd = -1;
}

static void open_client(void)
{
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client < 0)
		fail("socket");
}

static enum outcome connect_once(long round)
{
	(void)round;
	connected = !connect(client, (struct sockaddr *)&next, sizeof(next));
	return connected ? DONE : refusal("connect");
}

static enum outcome accept_once(long round)
{
	(void)round;
	server = accept4(receiver, NULL, NULL, SOCK_CLOEXEC);
	return server >= 0 ? DONE : refusal("accept");
}

static void begin_connect(const struct run *run)
{
	running = run;
	receiver = bound(SOCK_STREAM);
	if (listen(receiver, 16))
		fail("listen");
	next = address_of(0);
	open_client();
}

static void after_connect(long round)
{
	if (connected)
		accept_once(round);
	shut(&server);
	shut(&client);
	open_client();
	next = address_of(round + 1);
}

static void begin_accept(const struct run *run)
{
	begin_connect(run);
	if (connect_once(0) == REFUSED)
		fail("connect");
}

static void after_accept(long round)
{
	(void)round;
	shut(&server);
	shut(&client);
	open_client();
	if (connect_once(0) == REFUSED)
		fail("connect");
}

/* ---- datagrams ---- */

static void begin_send(const struct run *run)
{
	running = run;
	receiver = bound(SOCK_DGRAM);
	client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (client < 0)
		fail("socket");
	next = address_of(0);
}

static enum outcome send_once(long round)
{
	(void)round;
	if (sendto(client, "x", 1, 0, (struct sockaddr *)&next, sizeof(next)) != 1)
		return refusal("sendto");
	return DONE;
}

static void after_send(long round)
{
	char one;

	if (recv(receiver, &one, 1, MSG_DONTWAIT) < 0 && errno != EAGAIN)
		fail("recv");
	next = address_of(round + 1);
}

const struct op net_ops[] = {
	{ .name = "connect", .begin = begin_connect, .act = connect_once, .after = after_connect },
	{ .name = "accept", .begin = begin_accept, .act = accept_once, .after = after_accept },
	{ .name = "sendto", .begin = begin_send, .act = send_once, .after = after_send },
	{ .name = NULL },
};
