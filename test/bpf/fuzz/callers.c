// SPDX-License-Identifier: Apache-2.0
/*
 * What those who may end a session can do: the one who started it, the action's post, anybody else who finds the
 * socket, and the agent, in any order, with any bytes, hanging up at any time. Input: a list of acts. A session ends
 * only in the order of its phases; nobody but the post that the kernel names is listened to; no descriptor stays.
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include "frames_doubles.h"
#include "frames_model.h"

static int starter_end = -1, post_end = -1; /* our ends */
static struct options caller_options;

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void begin(u8 how)
{
	int pair[2];

	caller_options = options;
	caller_options.worker = how & 0x40 ? 1 : 0;
	connect_agent(how % DONE, how % DONE != STARTING || how & 0x80);
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	caller_options.status_fd = pair[0];
	starter_end = pair[1];
	session.options = &caller_options;
	loop.starter_gone = false;
	loop.post = -1;
	loop.post_pid = 0;
	loop.status = 0;
	loop.deadline = 0;
	/* a session that is draining was stopped, and has made what it will send at the end */
	loop.last = (struct warden_posture){ .f = { sizeof(loop.last), WARDEN_FRAME_FINISH } };
	CHECK(!loop_watch(caller_options.status_fd, FROM_STARTER, EPOLLIN));
}

static void end(void)
{
	close_end(&starter_end);
	close_end(&post_end);
	close(caller_options.status_fd);
	if (loop.post >= 0)
		close(loop.post);
	loop.post = -1;
	if (session.agent.fd >= 0)
		agent_lost(&session.agent);
	close_end(&agent_end);
}

/* A whole command, a part of one, or any bytes. */
static void speak(struct input *input, int fd)
{
	static const u32 types[] = { WARDEN_FRAME_STOP, WARDEN_FRAME_RELEASE, WARDEN_FRAME_STATUS, WARDEN_FRAME_HELLO };
	struct warden_frame frame = { sizeof(frame), types[take_byte(input) % 4] };
	u8 how = take_byte(input), bytes[64];
	size_t size = how & 1 ? take_bytes(input, bytes, sizeof(bytes)) : sizeof(frame);

	if (fd < 0 || !size)
		return;
	CHECK(send(fd, how & 1 ? (void *)bytes : (void *)&frame, size, MSG_NOSIGNAL | MSG_DONTWAIT) != 0);
}

/* Somebody connects to the listening socket, and may be whom the kernel side knows. */
static void call(u32 flags)
{
	int pair[2], had = loop.post;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
	caller_fd = pair[0];
	caller_flags = flags;
	callers_accept_post();
	CHECK(loop.post == (had < 0 && flags & WARDEN_PROC_POST && flags != ~0u ? pair[0] : had));
	if (loop.post == pair[0])
		post_end = pair[1];
	else
		close(pair[1]);
}

static void on_act(struct input *input)
{
	enum phase before = loop.phase;
	u8 act = take_byte(input);

	switch (act % 10) {
	case 0:
		speak(input, starter_end);
		break;
	case 1:
		speak(input, post_end);
		break;
	case 2:
		if (!loop.starter_gone)
			callers_read_starter();
		break;
	case 3:
		if (loop.post < 0)
			close_end(&post_end);
		{
			u8 flags = take_byte(input) % 9;

			call(flags == 8 ? ~0u : flags);
		}
		break;
	case 4:
		if (loop.post >= 0)
			callers_read_post();
		if (loop.post < 0)
			close_end(&post_end);
		break;
	case 5:
		close_end(act & 0x80 ? &starter_end : &post_end);
		break;
	case 6:
		session_stop(act & 0x80 ? WARDEN_ENDED_BY_WORKER : WARDEN_ENDED_BY_SIGNAL);
		break;
	case 7: /* the agent, who may say that reports are written, or that it has started */
		if (session.agent.fd >= 0 && agent_end >= 0) {
			struct warden_started frame = { { sizeof(frame),
							  act & 0x80 ? WARDEN_FRAME_STARTED : WARDEN_FRAME_REPORTED },
							take_byte(input) & 1,
							0 };

			CHECK(send(agent_end, &frame, sizeof(frame), MSG_NOSIGNAL) == sizeof(frame));
			frames_read();
		}
		break;
	case 8:
		clock_ms += (u64)take_byte(input) << 9;
		if (loop.respawn_at && clock_ms >= loop.respawn_at)
			close_end(&agent_end);
		on_time();
		break;
	default:
		if (session.agent.fd >= 0)
			agent_flush(&session.agent);
		session_drained();
	}
	/* phases go on in their order; an agent that is gone while it reports is told to again */
	CHECK(loop.phase >= before || (before == REPORTING && loop.phase == DRAINING));
	CHECK(loop.phase == before || before != RUNNING || loop.phase == DRAINING);
	CHECK(loop.phase != RUNNING || before == RUNNING || (before == STARTING && loop.committed));
	CHECK(loop.phase != DONE || before == DONE || before == RELEASING || before == STARTING ||
	      (loop.starter_gone && loop.post < 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	static bool ready;
	int lowest, after;

	if (!ready)
		setup_session();
	ready = true;
	lowest = dup(loop.epoll);
	close(lowest);
	begin(take_byte(&input));
	while (input.left && loop.phase != DONE && !check_why[0])
		on_act(&input);
	end();
	after = dup(loop.epoll);
	close(after);
	CHECK(after == lowest);
	fuzz_judge(check_why);
	return 0;
}
