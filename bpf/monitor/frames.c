// SPDX-License-Identifier: Apache-2.0
/* What the agent says: fixed frames, each of exactly its size; anything else ends the agent that sent it. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <bpf/libbpf.h>
#include "loop.h"

/* Copies a frame of a known type out of the buffer, whose bytes have no alignment. -1: not of that size. */
static int take(const u8 *at, void *into, size_t size)
{
	struct warden_frame frame;

	memcpy(&frame, at, sizeof(frame));
	if (frame.size != size)
		return -1;
	memcpy(into, at, size);
	return 0;
}

static int on_hello(const u8 *at)
{
	struct agent *agent = &loop.session->agent;
	struct warden_welcome welcome = { .f = { sizeof(welcome), WARDEN_FRAME_WELCOME },
					  .abi = WARDEN_ABI_VERSION,
					  .committed = loop.committed,
					  .away_ms = agent->gone_ms ? now_ms() - agent->gone_ms : 0 };
	struct warden_hello hello;

	if (take(at, &hello, sizeof(hello)) || hello.abi != WARDEN_ABI_VERSION)
		return -1;
	agent_queue(agent, &welcome, sizeof(welcome));
	return 0;
}

static int on_begin(const u8 *at)
{
	struct session *session = loop.session;
	struct warden_frame begin;

	if (take(at, &begin, sizeof(begin)) || loop.committed)
		return -1;
	if (rules_begin(&session->rules) || canary_prepare(session->options, &session->rules)) {
		complain("cannot set the guard's own rules: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static bool may_be_ruled(u8 op)
{
	return op == WARDEN_OP_READ || op == WARDEN_OP_WRITE || op == WARDEN_OP_DELETE || op == WARDEN_OP_EXEC;
}

/* The one frame without a fixed size: its path ends with the frame, and with the only NUL in it. */
static int on_rule_path(const u8 *at, u32 size)
{
	struct session *session = loop.session;
	struct warden_rule_path rule;
	struct warden_result result;
	char path[WARDEN_PATH_MAX];
	size_t len;

	if (size <= sizeof(rule) || size > sizeof(rule) + sizeof(path))
		return -1;
	memcpy(&rule, at, sizeof(rule));
	len = size - sizeof(rule);
	memcpy(path, at + sizeof(rule), len);
	if (path[len - 1] || memchr(path, 0, len - 1) || loop.committed)
		return -1;
	if (rule.form > WARDEN_PATH_NAME || rule.effect > WARDEN_DENY || rule.rule >= RULE_CANARY ||
	    !may_be_ruled(rule.op) || (rule.form != WARDEN_PATH_NAME && path[0] != '/'))
		return -1;
	rules_put_path(&session->rules, &rule, path, &result);
	agent_queue(&session->agent, &result, sizeof(result));
	return 0;
}

static int on_rule_net(const u8 *at)
{
	struct session *session = loop.session;
	struct warden_rule_net rule;
	struct warden_result result;

	if (take(at, &rule, sizeof(rule)) || rule.effect > WARDEN_DENY || rule.rule >= RULE_CANARY)
		return -1;
	epoch_end(&session->programs);
	rules_put_net(&session->rules, &rule, loop.committed, &result);
	agent_queue(&session->agent, &result, sizeof(result));
	return 0;
}

static int on_commit(const u8 *at)
{
	struct warden_commit commit;

	if (take(at, &commit, sizeof(commit)) || loop.committed || loop.phase != STARTING)
		return -1;
	session_commit(commit.flags);
	return 0;
}

static int on_ack(const u8 *at)
{
	struct agent *agent = &loop.session->agent;
	struct warden_ack ack;

	if (take(at, &ack, sizeof(ack)))
		return -1;
	agent_ack(agent, ack.count);
	if (agent_has_room(agent))
		loop_watch(ring_buffer__epoll_fd(loop.ring), FROM_RING, EPOLLIN);
	return 0;
}

static int on_started(const u8 *at)
{
	struct warden_started started;

	if (take(at, &started, sizeof(started)))
		return -1;
	session_started(started.ok);
	return 0;
}

static int on_reported(const u8 *at)
{
	struct warden_started reported;

	if (take(at, &reported, sizeof(reported)))
		return -1;
	if (loop.phase == REPORTING)
		session_release(reported.ok);
	return 0;
}

static int on_frame(const struct warden_frame *frame, const u8 *at)
{
	switch (frame->type) {
	case WARDEN_FRAME_HELLO:
		return on_hello(at);
	case WARDEN_FRAME_BEGIN:
		return on_begin(at);
	case WARDEN_FRAME_RULE_PATH:
		return on_rule_path(at, frame->size);
	case WARDEN_FRAME_RULE_NET:
		return on_rule_net(at);
	case WARDEN_FRAME_COMMIT:
		return on_commit(at);
	case WARDEN_FRAME_STARTED:
		return on_started(at);
	case WARDEN_FRAME_ACK:
		return on_ack(at);
	case WARDEN_FRAME_REPORTED:
		return on_reported(at);
	}
	return -1;
}

/* An agent that breaks the protocol may be anybody: another takes its place. */
static void end_agent(void)
{
	kill(loop.session->agent.pid, SIGKILL);
	session_lost_agent();
}

void frames_parse(void)
{
	struct agent *agent = &loop.session->agent;

	while (agent->fd >= 0 && agent->in_used >= sizeof(struct warden_frame)) {
		struct warden_frame frame;
		memcpy(&frame, agent->in, sizeof(frame));
		if (frame.size < sizeof(frame) || frame.size > WARDEN_FRAME_MAX) {
			complain("the agent sent a frame of %u bytes", frame.size);
			end_agent();
			return;
		}
		if (agent->in_used < frame.size || !agent_can_answer(agent))
			break;
		if (on_frame(&frame, agent->in)) {
			complain("the agent sent a bad frame (type %u, %u bytes)", frame.type, frame.size);
			end_agent();
			return;
		}
		agent->in_used -= frame.size;
		memmove(agent->in, agent->in + frame.size, agent->in_used);
	}
}

void frames_read(void)
{
	struct agent *agent = &loop.session->agent;
	ssize_t n;

	if (agent->in_used == sizeof(agent->in))
		return;
	n = recv(agent->fd, agent->in + agent->in_used, sizeof(agent->in) - agent->in_used, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		if (agent->pid > 0)
			kill(agent->pid, SIGKILL);
		session_lost_agent();
		return;
	}
	agent->in_used += n;
	frames_parse();
}
