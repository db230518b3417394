// SPDX-License-Identifier: Apache-2.0
/*
 * The monitor's life: start, prove, run, drain, report, release. One thread, one epoll; nothing blocks but the
 * canaries, which are short and end themselves.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "monitor.h"

enum phase {
	STARTING, /* the agent sends the policy */
	RUNNING,
	DRAINING,  /* stop was asked for: the last events go to the journal */
	REPORTING, /* the agent writes the reports */
	RELEASING, /* detached; the reports are being copied */
	DONE,
};

enum source { FROM_RING, FROM_AGENT, FROM_SIGNAL, FROM_STARTER, FROM_LISTENER, FROM_POST, FROM_WORKER, SOURCES };

static struct loop {
	struct session *session;
	enum phase phase;
	int epoll, signals, worker, post;
	pid_t post_pid;
	struct ring_buffer *ring;
	u32 flags; /* of the policy in force */
	bool committed, discard;
	bool starter_gone; /* nobody is left to take the reports */
	u64 deadline;	   /* of the phase, ms; 0 none */
	u64 respawn_at;
	struct warden_posture last;
	int status; /* exit status */
} loop;

#define STOP_TIMEOUT	20000
#define RELEASE_TIMEOUT 60000

static int watch(int fd, enum source source, u32 events)
{
	struct epoll_event event = { .events = events, .data.u32 = source };

	if (!epoll_ctl(loop.epoll, EPOLL_CTL_MOD, fd, &event))
		return 0;
	return epoll_ctl(loop.epoll, EPOLL_CTL_ADD, fd, &event);
}

static void enter(enum phase phase, u64 timeout)
{
	loop.phase = phase;
	loop.deadline = timeout ? now_ms() + timeout : 0;
}

static void note_pid(const char *name, pid_t pid)
{
	char path[PATH_MAX], text[16];
	int fd, n = snprintf(text, sizeof(text), "%d\n", pid);

	snprintf(path, sizeof(path), "%s/%s", loop.session->options->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, n) != n)
		complain("cannot write %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static int start_agent(void)
{
	struct agent *agent = &loop.session->agent;

	if (agent_spawn(agent, loop.session->options)) {
		complain("cannot start the agent: %s", strerror(errno));
		return -1;
	}
	loop.respawn_at = 0;
	note_pid("agent.pid", agent->pid);
	if (!watch(agent->fd, FROM_AGENT, EPOLLIN))
		return 0;
	kill(agent->pid, SIGKILL);
	agent_lost(agent);
	return -1;
}

static void send_status(int fd, u32 ok)
{
	struct warden_started status = { .f = { sizeof(status), WARDEN_FRAME_STATUS }, .ok = ok };

	if (fd >= 0 && send(fd, &status, sizeof(status), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EPIPE)
		complain("cannot tell the status: %s", strerror(errno));
}

static void tell(u32 ok)
{
	send_status(loop.post >= 0 ? loop.post : loop.session->options->status_fd, ok);
}

/* ---- events ---- */

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

static void read_ring(void)
{
	struct agent *agent = &loop.session->agent;

	if (!loop.discard && !agent_has_room(agent)) {
		/* level-triggered: looked at again when the agent has taken something */
		watch(ring_buffer__epoll_fd(loop.ring), FROM_RING, 0);
		return;
	}
	ring_buffer__consume(loop.ring);
}

static void fill_stats(struct warden_posture *posture)
{
	const struct warden_state *state = loop.session->programs.state;

	posture->total = __atomic_load_n(&state->total, __ATOMIC_SEQ_CST);
	posture->emitted = __atomic_load_n(&state->emitted, __ATOMIC_SEQ_CST);
	posture->lost = __atomic_load_n(&state->lost, __ATOMIC_SEQ_CST);
	posture->denied = __atomic_load_n(&state->denied, __ATOMIC_SEQ_CST);
}

/* ---- from start to running ---- */

static void fail_start(void)
{
	loop.status = 1;
	send_status(loop.session->options->status_fd, 0);
	/* whoever started us reads why, and then hangs up */
	enter(RELEASING, RELEASE_TIMEOUT);
}

static void commit(u32 flags)
{
	struct session *session = loop.session;
	struct warden_state *state = session->programs.state;
	struct warden_posture posture = { .f = { sizeof(posture), WARDEN_FRAME_POSTURE } };

	rules_commit(&session->rules, flags);
	canary_run(session->options, &session->programs, flags, &posture);
	/* nobody else is in the cgroup yet: what was counted so far is the canaries' */
	loop.discard = true;
	ring_buffer__consume(loop.ring);
	loop.discard = false;
	state->total = state->emitted = state->lost = state->denied = 0;
	loop.flags = flags;
	loop.committed = true;
	agent_queue(&session->agent, &posture, sizeof(posture));
}

static void started(bool ok)
{
	const struct options *options = loop.session->options;

	if (loop.phase != STARTING)
		return;
	if (!ok || !loop.committed) {
		fail_start();
		return;
	}
	if (options->worker && cgroup_move(options->cgroup, options->worker)) {
		complain("cannot move process %d into %s: %s", options->worker, options->cgroup, strerror(errno));
		fail_start();
		return;
	}
	enter(RUNNING, 0);
	send_status(options->status_fd, 1);
}

/* ---- from running to done ---- */

static void stop(void)
{
	struct session *session = loop.session;
	pid_t keep[2] = { session->options->worker, loop.post_pid };
	int outlived;

	if (loop.phase != RUNNING)
		return;
	outlived = cgroup_end(session->options->cgroup, keep, 2);
	if (outlived < 0)
		complain("cannot end what outlived the job: %s", strerror(errno));
	loop.last = (struct warden_posture){ .f = { sizeof(loop.last), WARDEN_FRAME_FINISH } };
	fill_stats(&loop.last);
	canary_run(session->options, &session->programs, loop.flags, &loop.last);
	loop.last.outlived = outlived < 0 ? 0 : outlived;
	enter(DRAINING, STOP_TIMEOUT);
}

static void drained(void)
{
	struct agent *agent = &loop.session->agent;

	if (loop.phase != DRAINING || agent->fd < 0)
		return;
	read_ring();
	if (agent->backlog_used || !agent_can_answer(agent))
		return;
	agent_queue(agent, &loop.last, sizeof(loop.last));
	enter(REPORTING, STOP_TIMEOUT);
}

static int move_out(const char *from, const char *to)
{
	char path[PATH_MAX];
	FILE *file;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/cgroup.procs", from);
	file = fopen(path, "re");
	if (!file)
		return -1;
	while (fscanf(file, "%d", &pid) == 1)
		if (cgroup_move(to, pid) && errno != ESRCH)
			complain("cannot move process %d out: %s", pid, strerror(errno));
	return fclose(file);
}

static void release(bool reported)
{
	struct session *session = loop.session;
	const struct options *options = session->options;

	if (options->origin && move_out(options->cgroup, options->origin))
		complain("cannot empty %s: %s", options->cgroup, strerror(errno));
	programs_detach(&session->programs, options);
	if (cgroup_remove(options->cgroup))
		complain("cannot remove %s: %s", options->cgroup, strerror(errno));
	if (!reported)
		loop.status = 1;
	tell(reported);
	if (loop.starter_gone && loop.post < 0)
		enter(DONE, 0);
	else
		enter(RELEASING, RELEASE_TIMEOUT);
}

/* ---- frames ---- */

static int on_frame(const struct warden_frame *frame)
{
	struct session *session = loop.session;
	struct agent *agent = &session->agent;
	const u8 *at = (const u8 *)frame;
	struct warden_result result;

#define FIXED(type, name)                \
	struct type name;                \
	if (frame->size != sizeof(name)) \
		return -1;               \
	memcpy(&name, at, sizeof(name))

	switch (frame->type) {
	case WARDEN_FRAME_HELLO: {
		struct warden_welcome welcome = { .f = { sizeof(welcome), WARDEN_FRAME_WELCOME },
						  .abi = WARDEN_ABI_VERSION,
						  .committed = loop.committed,
						  .away_ms = agent->gone_ms ? now_ms() - agent->gone_ms : 0 };
		FIXED(warden_hello, hello);

		if (hello.abi != WARDEN_ABI_VERSION)
			return -1;
		agent_queue(agent, &welcome, sizeof(welcome));
		return 0;
	}
	case WARDEN_FRAME_BEGIN:
		if (frame->size != sizeof(*frame) || loop.committed)
			return -1;
		if (rules_begin(&session->rules) || canary_prepare(session->options, &session->rules)) {
			complain("cannot set the guard's own rules: %s", strerror(errno));
			return -1;
		}
		return 0;
	case WARDEN_FRAME_RULE_PATH: {
		struct warden_rule_path rule;
		char path[WARDEN_PATH_MAX];
		size_t len;

		if (frame->size <= sizeof(rule) || frame->size > sizeof(rule) + sizeof(path))
			return -1;
		memcpy(&rule, at, sizeof(rule));
		len = frame->size - sizeof(rule);
		memcpy(path, at + sizeof(rule), len);
		if (path[len - 1] || memchr(path, 0, len - 1) || rule.form > WARDEN_PATH_NAME ||
		    rule.effect > WARDEN_DENY || rule.rule >= RULE_CANARY ||
		    (rule.op != WARDEN_OP_READ && rule.op != WARDEN_OP_WRITE && rule.op != WARDEN_OP_DELETE &&
		     rule.op != WARDEN_OP_EXEC) ||
		    (rule.form != WARDEN_PATH_NAME && path[0] != '/') || loop.committed)
			return -1;
		rules_put_path(&session->rules, &rule, path, &result);
		agent_queue(agent, &result, sizeof(result));
		return 0;
	}
	case WARDEN_FRAME_RULE_NET: {
		FIXED(warden_rule_net, rule);

		if (rule.effect > WARDEN_DENY || rule.rule >= RULE_CANARY)
			return -1;
		rules_put_net(&session->rules, &rule, loop.committed, &result);
		agent_queue(agent, &result, sizeof(result));
		return 0;
	}
	case WARDEN_FRAME_COMMIT: {
		FIXED(warden_commit, body);

		if (loop.committed || loop.phase != STARTING)
			return -1;
		commit(body.flags);
		return 0;
	}
	case WARDEN_FRAME_STARTED: {
		FIXED(warden_started, body);

		started(body.ok);
		return 0;
	}
	case WARDEN_FRAME_ACK: {
		FIXED(warden_ack, body);

		agent_ack(agent, body.count);
		if (agent_has_room(agent))
			watch(ring_buffer__epoll_fd(loop.ring), FROM_RING, EPOLLIN);
		return 0;
	}
	case WARDEN_FRAME_REPORTED: {
		FIXED(warden_started, body);

		if (loop.phase == REPORTING)
			release(body.ok);
		return 0;
	}
	}
	return -1;
#undef FIXED
}

static void agent_gone(void)
{
	struct agent *agent = &loop.session->agent;

	agent_lost(agent);
	if (loop.phase == STARTING) {
		fail_start();
		return;
	}
	/* in REPORTING the next one is told to finish again */
	if (loop.phase == REPORTING)
		enter(DRAINING, STOP_TIMEOUT);
	if (loop.phase == RUNNING || loop.phase == DRAINING)
		loop.respawn_at = now_ms() + (agent->failures < 5 ? 0 : 1000);
}

/* Whole frames, while there is room for their answers: each makes at most one. */
static void parse_agent(void)
{
	struct agent *agent = &loop.session->agent;

	while (agent->fd >= 0 && agent->in_used >= sizeof(struct warden_frame)) {
		struct warden_frame frame;
		/* frames are multiples of 1 byte on the wire; on_frame copies what it reads */
		memcpy(&frame, agent->in, sizeof(frame));
		if (frame.size < sizeof(frame) || frame.size > WARDEN_FRAME_MAX) {
			complain("the agent sent a frame of %u bytes", frame.size);
			kill(agent->pid, SIGKILL);
			agent_gone();
			return;
		}
		if (agent->in_used < frame.size || !agent_can_answer(agent))
			break;
		if (on_frame((const struct warden_frame *)agent->in)) {
			complain("the agent sent a bad frame (type %u, %u bytes)", frame.type, frame.size);
			kill(agent->pid, SIGKILL);
			agent_gone();
			return;
		}
		agent->in_used -= frame.size;
		memmove(agent->in, agent->in + frame.size, agent->in_used);
	}
}

static void read_agent(void)
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
		agent_gone();
		return;
	}
	agent->in_used += n;
	parse_agent();
}
/* STOP and RELEASE, from the one who started us or from post. */
static bool read_command(int fd, u32 *type)
{
	struct warden_frame frame;
	ssize_t n = recv(fd, &frame, sizeof(frame), MSG_DONTWAIT);

	*type = 0;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n != sizeof(frame) || frame.size != sizeof(frame))
		return false;
	*type = frame.type;
	return true;
}

static void on_command(u32 type)
{
	if (type == WARDEN_FRAME_STOP)
		stop();
	else if (type == WARDEN_FRAME_RELEASE && loop.phase == RELEASING)
		enter(DONE, 0);
}

static void read_starter(void)
{
	int fd = loop.session->options->status_fd;
	u32 type;

	if (read_command(fd, &type)) {
		on_command(type);
		return;
	}
	epoll_ctl(loop.epoll, EPOLL_CTL_DEL, fd, NULL);
	loop.starter_gone = true;
	/* `main` leaves when the session has begun; `warden run` stays, and its death ends the session */
	if (loop.session->options->worker && loop.phase != STARTING)
		return;
	if (loop.phase == STARTING || loop.phase == RELEASING)
		enter(DONE, 0);
	else
		stop();
}

/* Post is who the kernel says: forked by Runner.Worker itself, its first program the action's own post. */
static void accept_post(void)
{
	int fd = accept4(loop.session->control_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct warden_proc proc = {};
	struct ucred peer = {};
	socklen_t size = sizeof(peer);
	u32 tgid;

	if (fd < 0)
		return;
	if (loop.post >= 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size)) {
		close(fd);
		return;
	}
	tgid = peer.pid;
	if (bpf_map_lookup_elem(loop.session->programs.procs_fd, &tgid, &proc) || !(proc.flags & WARDEN_PROC_POST)) {
		complain("process %d is not the action's post: refused", peer.pid);
		send_status(fd, 0);
		close(fd);
		return;
	}
	loop.post = fd;
	loop.post_pid = peer.pid;
	watch(fd, FROM_POST, EPOLLIN);
}

static void read_post(void)
{
	u32 type;

	if (read_command(loop.post, &type)) {
		on_command(type);
		return;
	}
	close(loop.post);
	loop.post = -1;
	if (loop.phase == RELEASING)
		enter(DONE, 0);
}

static void read_signals(void)
{
	struct agent *agent = &loop.session->agent;
	struct signalfd_siginfo info;
	pid_t pid;
	int status;

	while (read(loop.signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			stop();
	}
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == agent->pid)
			agent_gone();
	}
}

static void on_time(void)
{
	u64 now = now_ms();

	if (loop.respawn_at && now >= loop.respawn_at && start_agent())
		loop.respawn_at = now + 1000;
	if (!loop.deadline || now < loop.deadline)
		return;
	switch (loop.phase) {
	case STARTING:
		complain("the agent did not start in time");
		fail_start();
		break;
	case DRAINING:
	case REPORTING:
		complain("the agent did not report in time");
		release(false);
		break;
	default:
		enter(DONE, 0);
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
		read_ring();
		break;
	case FROM_AGENT:
		if (loop.session->agent.fd >= 0)
			read_agent();
		break;
	case FROM_SIGNAL:
		read_signals();
		break;
	case FROM_STARTER:
		read_starter();
		break;
	case FROM_LISTENER:
		accept_post();
		break;
	case FROM_POST:
		if (loop.post >= 0)
			read_post();
		break;
	case FROM_WORKER:
		/* the job is over and post never came */
		epoll_ctl(loop.epoll, EPOLL_CTL_DEL, loop.worker, NULL);
		stop();
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
	if (watch(loop.signals, FROM_SIGNAL, EPOLLIN) || watch(ring_buffer__epoll_fd(loop.ring), FROM_RING, EPOLLIN) ||
	    watch(session->options->status_fd, FROM_STARTER, EPOLLIN))
		return -1;
	if (session->control_fd >= 0 && watch(session->control_fd, FROM_LISTENER, EPOLLIN))
		return -1;
	if (session->options->worker) {
		loop.worker = syscall(SYS_pidfd_open, session->options->worker, 0);
		if (loop.worker < 0 || watch(loop.worker, FROM_WORKER, EPOLLIN))
			return -1;
	}
	return start_agent();
}

int session_run(struct session *session)
{
	if (prepare(session)) {
		complain("cannot prepare the session: %s", strerror(errno));
		return 1;
	}
	if (confine()) {
		complain("cannot give up privileges: %s", strerror(errno));
		return 1;
	}
	enter(STARTING, 30000);
	while (loop.phase != DONE) {
		struct epoll_event ready[SOURCES];
		struct agent *agent = &session->agent;
		int n;

		if (agent_flush(agent)) {
			kill(agent->pid, SIGKILL);
			agent_gone();
		}
		/* what waited for room to answer may go on now */
		parse_agent();
		if (agent->fd >= 0)
			watch(agent->fd, FROM_AGENT,
			      (agent_can_answer(agent) ? EPOLLIN : 0) |
				      (agent->out_done < agent->out_size || agent->control_used ? EPOLLOUT : 0));
		n = epoll_wait(loop.epoll, ready, SOURCES, timeout());
		if (n < 0 && errno != EINTR) {
			complain("epoll: %s", strerror(errno));
			return 1;
		}
		for (int i = 0; i < n && loop.phase != DONE; i++)
			dispatch(ready[i].data.u32);
		on_time();
		drained();
	}
	return loop.status;
}
