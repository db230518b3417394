// SPDX-License-Identifier: Apache-2.0
/*
 * The agent's process, and what is on the wire to it. Events stay in the backlog until the agent says that they are
 * in the journal; a new agent gets the unacknowledged ones again. A full backlog stops the reading of the ring
 * buffer, whose losses the kernel side counts.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "monitor.h"

/* MiB: what a session needs, its reports included, whatever the job does (src/report/findings.ts). */
enum { AGENT_HEAP = 64, AGENT_HEAP_PER_BYTE = 96, AGENT_HEAP_MOST = 1024 };

int agent_prepare(struct agent *agent, const struct options *options)
{
	agent->fd = -1;
	agent->control = malloc(CONTROL_ROOM);
	agent->backlog = malloc(BACKLOG_ROOM);
	/* opened now, while we may: the runtime may lie in a home that the agent's user cannot enter */
	agent->node_fd = open(options->node, O_PATH | O_CLOEXEC);
	return !agent->control || !agent->backlog || agent->node_fd < 0 ? -1 : 0;
}

/*
 * The bounds of the agent's heap, MiB: what a session needs, and for a large policy what reading it takes, which is a
 * multiple of its text. Young objects get more room there, too, or most of a start is spent copying them. Returns whether
 * the policy is such a one.
 */
static bool bound_heap(const char *spec, char *old, char *young, size_t room)
{
	struct stat st = {};
	u64 more = 0;

	/* the agent says what is wrong with a spec that cannot be read */
	if (!stat(spec, &st))
		more = (u64)st.st_size * AGENT_HEAP_PER_BYTE >> 20;
	if (more > AGENT_HEAP_MOST - AGENT_HEAP)
		more = AGENT_HEAP_MOST - AGENT_HEAP;
	snprintf(old, room, "--max-old-space-size=%u", AGENT_HEAP + (u32)more);
	snprintf(young, room, "--max-semi-space-size=%u", more < AGENT_HEAP ? 1 : 4);
	return more >= AGENT_HEAP;
}

static void become_agent(struct agent *agent, const struct options *options, int fd)
{
	char spec[PATH_MAX], old[64], young[64];
	char *argv[9] = { "warden-agent", old, young, "--expose-gc" };
	char *envp[] = { "PATH=/usr/bin:/bin", "NODE_NO_WARNINGS=1", "UV_USE_IO_URING=0", NULL };
	sigset_t none;
	int log, words = 4;

	snprintf(spec, sizeof(spec), "%s/spec.json", options->dir);
	/* Optimizing compilers take 13 MB, and save a third of what an event costs: they are for what large policies take. */
	if (!bound_heap(spec, old, young, sizeof(old))) {
		argv[words++] = "--no-opt";
		argv[words++] = "--no-maglev";
	}
	argv[words++] = (char *)options->agent;
	argv[words] = spec;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* 3 is the socket; nothing else of ours goes along */
	if (fd != 3 && dup2(fd, 3) < 0)
		_exit(120);
	if (fcntl(3, F_SETFD, 0))
		_exit(120);
	snprintf(spec, sizeof(spec), "%s/journal/agent.log", options->dir);
	log = open(spec, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0640);
	if (log < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		_exit(121);
	snprintf(spec, sizeof(spec), "%s/spec.json", options->dir);
	if (chdir("/") || setgroups(0, NULL) || setresgid(AGENT_ID, AGENT_ID, AGENT_ID) ||
	    setresuid(AGENT_ID, AGENT_ID, AGENT_ID))
		_exit(122);
	syscall(SYS_execveat, agent->node_fd, "", argv, envp, 0x1000 /* AT_EMPTY_PATH */);
	_exit(123);
}

int agent_spawn(struct agent *agent, const struct options *options)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -1;
	if (fcntl(pair[0], F_SETFL, O_NONBLOCK)) {
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	pid = fork();
	if (pid == 0)
		become_agent(agent, options, pair[1]);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return -1;
	}
	agent->pid = pid;
	agent->fd = pair[0];
	agent->in_used = 0;
	agent->out_size = agent->out_done = 0;
	agent->control_used = 0;
	agent->backlog_sent = 0;
	agent->acked = 0;
	return 0;
}

void agent_lost(struct agent *agent)
{
	if (agent->fd >= 0)
		close(agent->fd);
	agent->fd = -1;
	agent->pid = 0;
	agent->gone_ms = now_ms();
	agent->failures++;
}

bool agent_has_room(const struct agent *agent)
{
	return agent->backlog_used + WARDEN_FRAME_MAX <= BACKLOG_ROOM;
}

void agent_queue_event(struct agent *agent, const void *event, u32 size)
{
	struct warden_frame frame = { size + sizeof(frame), WARDEN_FRAME_EVENT };

	memcpy(agent->backlog + agent->backlog_used, &frame, sizeof(frame));
	memcpy(agent->backlog + agent->backlog_used + sizeof(frame), event, size);
	agent->events++;
	memcpy(agent->backlog + agent->backlog_used + sizeof(frame) + offsetof(struct warden_event, seq),
	       &agent->events, sizeof(agent->events));
	agent->backlog_used += frame.size;
}

bool agent_can_answer(const struct agent *agent)
{
	return agent->control_used + WARDEN_FRAME_MAX <= CONTROL_ROOM;
}

void agent_queue(struct agent *agent, const void *frame, u32 size)
{
	if (agent->fd < 0 || agent->control_used + size > CONTROL_ROOM)
		return; /* callers ask agent_can_answer first; without an agent there is nobody to tell */
	memcpy(agent->control + agent->control_used, frame, size);
	agent->control_used += size;
}

/* The next frame to write: answers first, then events in order. */
static bool next_frame(struct agent *agent)
{
	struct warden_frame frame;

	if (agent->control_used) {
		memcpy(&frame, agent->control, sizeof(frame));
		memcpy(agent->out, agent->control, frame.size);
		agent->control_used -= frame.size;
		memmove(agent->control, agent->control + frame.size, agent->control_used);
	} else if (agent->backlog_sent < agent->backlog_used) {
		memcpy(&frame, agent->backlog + agent->backlog_sent, sizeof(frame));
		memcpy(agent->out, agent->backlog + agent->backlog_sent, frame.size);
		agent->backlog_sent += frame.size;
	} else {
		return false;
	}
	agent->out_size = frame.size;
	agent->out_done = 0;
	return true;
}

int agent_flush(struct agent *agent)
{
	if (agent->fd < 0)
		return 0;
	for (;;) {
		ssize_t n;

		if (agent->out_done == agent->out_size && !next_frame(agent))
			return 0;
		n = send(agent->fd, agent->out + agent->out_done, agent->out_size - agent->out_done, MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		agent->out_done += n;
	}
}

/* `count`: how many of the events sent to this agent are in its journal. */
void agent_ack(struct agent *agent, u64 count)
{
	size_t done = 0;

	while (agent->acked < count && done < agent->backlog_sent) {
		struct warden_frame frame;

		memcpy(&frame, agent->backlog + done, sizeof(frame));
		done += frame.size;
		agent->acked++;
	}
	agent->backlog_used -= done;
	agent->backlog_sent -= done;
	memmove(agent->backlog, agent->backlog + done, agent->backlog_used);
}
