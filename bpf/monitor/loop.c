// SPDX-License-Identifier: Apache-2.0
/* One thread, one epoll; nothing blocks but the canaries, which are short and end themselves. */
#define _GNU_SOURCE
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "loop.h"

struct loop loop;

int loop_watch(int fd, enum source source, u32 events)
{
	struct epoll_event event = { .events = events, .data.u32 = source };

	if (!epoll_ctl(loop.epoll, EPOLL_CTL_MOD, fd, &event))
		return 0;
	return epoll_ctl(loop.epoll, EPOLL_CTL_ADD, fd, &event);
}

void loop_enter(enum phase phase, u64 timeout)
{
	loop.phase = phase;
	loop.deadline = timeout ? now_ms() + timeout : 0;
}

static int on_event(void *context, void *data, size_t size)
{
	const struct warden_event *event = data;
	struct agent *agent = context;

	if (size < sizeof(*event) || size > WARDEN_FRAME_MAX - sizeof(struct warden_frame))
		return 0;
	/* canaries are our own children, and prove; they are not what happened in the job */
	if (!loop.discard && event->parent != (u32)getpid())
		agent_queue_event(agent, data, event->size <= size ? event->size : size);
	return agent_has_room(agent) ? 0 : -1;
}

void loop_read_ring(void)
{
	struct agent *agent = &loop.session->agent;

	if (!loop.discard && !agent_has_room(agent)) {
		/* level-triggered: looked at again when the agent has taken something */
		loop_watch(ring_buffer__epoll_fd(loop.ring), FROM_RING, 0);
		return;
	}
	ring_buffer__consume(loop.ring);
}

static void read_signals(void)
{
	struct agent *agent = &loop.session->agent;
	struct signalfd_siginfo info;
	pid_t pid;
	int status;

	while (read(loop.signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			session_stop(WARDEN_ENDED_BY_SIGNAL);
	}
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == agent->pid)
			session_lost_agent();
	}
}

static void on_time(void)
{
	u64 now = now_ms();

	if (loop.respawn_at && now >= loop.respawn_at && session_start_agent())
		loop.respawn_at = now + 1000;
	if (!loop.deadline || now < loop.deadline)
		return;
	switch (loop.phase) {
	case STARTING:
		complain("the agent did not start in time");
		session_fail_start();
		break;
	case DRAINING:
	case REPORTING:
		complain("the agent did not report in time");
		session_release(false);
		break;
	default:
		loop_enter(DONE, 0);
	}
}

static int timeout(void)
{
	u64 now = now_ms(), next = loop.deadline;

	if (loop.respawn_at && (!next || loop.respawn_at < next))
		next = loop.respawn_at;
	if (loop.phase == DRAINING && (!next || now + 50 < next))
		next = now + 50;
	return !next ? -1 : next <= now ? 0 : (int)(next - now);
}

static void dispatch(enum source source)
{
	switch (source) {
	case FROM_RING:
		loop_read_ring();
		break;
	case FROM_AGENT:
		if (loop.session->agent.fd >= 0)
			frames_read();
		break;
	case FROM_SIGNAL:
		read_signals();
		break;
	case FROM_STARTER:
		callers_read_starter();
		break;
	case FROM_LISTENER:
		callers_accept_post();
		break;
	case FROM_POST:
		if (loop.post >= 0)
			callers_read_post();
		break;
	case FROM_WORKER:
		/* the job is over and post never came */
		epoll_ctl(loop.epoll, EPOLL_CTL_DEL, loop.worker, NULL);
		session_stop(WARDEN_ENDED_BY_WORKER);
		break;
	case SOURCES:
		break;
	}
}

static int prepare(struct session *session)
{
	sigset_t set;

	loop.session = session;
	loop.post = loop.worker = -1;
	loop.epoll = epoll_create1(EPOLL_CLOEXEC);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (loop.epoll < 0 || sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	loop.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	loop.ring = ring_buffer__new(session->programs.events_fd, on_event, &session->agent, NULL);
	if (loop.signals < 0 || !loop.ring)
		return -1;
	if (loop_watch(loop.signals, FROM_SIGNAL, EPOLLIN) ||
	    loop_watch(ring_buffer__epoll_fd(loop.ring), FROM_RING, EPOLLIN) ||
	    loop_watch(session->options->status_fd, FROM_STARTER, EPOLLIN))
		return -1;
	if (session->control_fd >= 0 && loop_watch(session->control_fd, FROM_LISTENER, EPOLLIN))
		return -1;
	if (session->options->worker) {
		loop.worker = syscall(SYS_pidfd_open, session->options->worker, 0);
		if (loop.worker < 0 || loop_watch(loop.worker, FROM_WORKER, EPOLLIN))
			return -1;
	}
	return session_start_agent();
}

int session_run(struct session *session)
{
	if (prepare(session)) {
		complain("cannot prepare the session: %s", strerror(errno));
		return -1;
	}
	if (confine()) {
		complain("cannot give up privileges: %s", strerror(errno));
		return -1;
	}
	loop_enter(STARTING, WARDEN_PATIENCE_START);
	while (loop.phase != DONE) {
		struct epoll_event ready[SOURCES];
		struct agent *agent = &session->agent;
		int n;

		if (agent_flush(agent)) {
			kill(agent->pid, SIGKILL);
			session_lost_agent();
		}
		/* what waited for room to answer may go on now */
		frames_parse();
		if (agent->fd >= 0)
			loop_watch(agent->fd, FROM_AGENT,
				   (agent_can_answer(agent) ? EPOLLIN : 0) |
					   (agent->out_done < agent->out_size || agent->control_used ? EPOLLOUT : 0));
		if (loop.committed)
			epoch_begin(&session->programs);
		n = epoll_wait(loop.epoll, ready, SOURCES, timeout());
		if (n < 0 && errno != EINTR) {
			complain("epoll: %s", strerror(errno));
			return 1;
		}
		for (int i = 0; i < n && loop.phase != DONE; i++)
			dispatch(ready[i].data.u32);
		on_time();
		session_drained();
	}
	return loop.status;
}
