/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent.c as it is, and both ends of its socket: what the monitor queues, and what the agent would read.
 */
#ifndef WARDEN_AGENT_SIDE_H
#define WARDEN_AGENT_SIDE_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "check.h"

static int agent_end = -1;	 /* the end that the agent would have */
static size_t send_most;	 /* bytes that one send takes, 0 as many as the socket does */
static int send_calls, send_err; /* after so many calls this error; -1 never */

static int held_socketpair(int family, int type, int protocol, int pair[2])
{
	if (socketpair(family, type, protocol, pair))
		return -1;
	if (agent_end >= 0)
		close(agent_end);
	agent_end = fcntl(pair[1], F_DUPFD_CLOEXEC, 0);
	return 0;
}

static pid_t no_fork(void)
{
	return 4242;
}

static ssize_t short_send(int fd, const void *data, size_t size, int flags)
{
	if (send_calls == 0) {
		errno = send_err;
		return -1;
	}
	if (send_calls > 0)
		send_calls--;
	return send(fd, data, send_most && size > send_most ? send_most : size, flags);
}

#define socketpair held_socketpair
#define fork	   no_fork
#define send	   short_send
#include "monitor/agent.c"
#undef send

static u64 clock_ms = 1000;

u64 now_ms(void)
{
	return clock_ms;
}

static struct agent agent;
static const struct options options = { .node = "/dev/null", .dir = "/nonexistent", .agent = "agent.mjs" };

static void setup(void)
{
	free(agent.control);
	free(agent.backlog);
	if (agent.fd > 0)
		close(agent.fd);
	if (agent.node_fd > 0)
		close(agent.node_fd);
	memset(&agent, 0, sizeof(agent));
	send_most = 0;
	send_calls = -1;
	CHECK(!agent_prepare(&agent, &options));
	CHECK(!agent_spawn(&agent, &options));
	CHECK(agent.pid == 4242 && agent.fd >= 0);
}

/* An event of `size` bytes that says `mark` of itself, at its end too. */
static void queue_event(u32 size, u32 mark)
{
	static u64 room[WARDEN_FRAME_MAX / 8];
	struct warden_event *event = (void *)room;

	memset(room, (u8)mark, sizeof(room));
	*event = (struct warden_event){ .seq = 77, .size = size, .kind = WARDEN_KIND_FORK, .rule = mark };
	agent_queue_event(&agent, event, size);
}

static void queue_result(u32 rule)
{
	struct warden_result result = { .f = { sizeof(result), WARDEN_FRAME_RESULT }, .rule = rule };

	agent_queue(&agent, &result, sizeof(result));
}

/* ---- the agent's side ---- */

static u8 got[2 * BACKLOG_ROOM];
static size_t got_used;

static void take(void)
{
	ssize_t n;

	while ((n = recv(agent_end, got + got_used, sizeof(got) - got_used, MSG_DONTWAIT)) > 0)
		got_used += n;
}

/* The next whole frame: its type, and its rule (of a result) or mark and seq (of an event). 0: none. */
static u32 next_got(u32 *mark, u64 *seq)
{
	struct warden_frame frame;
	struct warden_event event;
	struct warden_result result;

	*mark = 0;
	*seq = 0;
	if (got_used < sizeof(frame))
		return 0;
	memcpy(&frame, got, sizeof(frame));
	if (frame.size > got_used)
		return 0;
	if (frame.type == WARDEN_FRAME_EVENT) {
		memcpy(&event, got + sizeof(frame), sizeof(event));
		CHECK(event.size + sizeof(frame) == frame.size && event.kind == WARDEN_KIND_FORK);
		for (size_t i = sizeof(frame) + sizeof(event); i < frame.size; i++)
			CHECK(got[i] == (u8)event.rule);
		*mark = event.rule;
		*seq = event.seq;
	} else {
		CHECK(frame.type == WARDEN_FRAME_RESULT && frame.size == sizeof(result));
		memcpy(&result, got, sizeof(result));
		*mark = result.rule;
	}
	got_used -= frame.size;
	memmove(got, got + frame.size, got_used);
	return frame.type;
}

static void expect_event(u64 seq)
{
	u32 mark;
	u64 found;

	CHECK(next_got(&mark, &found) == WARDEN_FRAME_EVENT);
	CHECK(found == seq && mark == seq);
}

static void expect_result(u32 rule)
{
	u32 mark;
	u64 seq;

	CHECK(next_got(&mark, &seq) == WARDEN_FRAME_RESULT);
	CHECK(mark == rule);
}

static void expect_nothing(void)
{
	CHECK(got_used == 0);
	got_used = 0;
}

#endif
