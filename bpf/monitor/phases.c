// SPDX-License-Identifier: Apache-2.0
/* The monitor's life: start, prove, run, drain, report, release. */
#define _GNU_SOURCE
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "loop.h"

/* Agents that may die over the reports before the session ends without. */
enum { MOST_UNREPORTED = 3 };

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

int session_start_agent(void)
{
	struct agent *agent = &loop.session->agent;

	if (agent_spawn(agent, loop.session->options)) {
		complain("cannot start the agent: %s", strerror(errno));
		return -1;
	}
	loop.respawn_at = 0;
	note_pid("agent.pid", agent->pid);
	if (!loop_watch(agent->fd, FROM_AGENT, EPOLLIN))
		return 0;
	kill(agent->pid, SIGKILL);
	agent_lost(agent);
	return -1;
}

static void fill_stats(struct warden_posture *posture)
{
	const struct warden_state *state = loop.session->programs.state;

	posture->total = __atomic_load_n(&state->total, __ATOMIC_SEQ_CST);
	posture->emitted = __atomic_load_n(&state->emitted, __ATOMIC_SEQ_CST);
	posture->lost = __atomic_load_n(&state->lost, __ATOMIC_SEQ_CST);
	posture->denied = __atomic_load_n(&state->denied, __ATOMIC_SEQ_CST);
}

void session_fail_start(void)
{
	loop.status = 1;
	callers_status(loop.session->options->status_fd, 0);
	/* whoever started us reads why, and then hangs up */
	loop_enter(RELEASING, WARDEN_PATIENCE_RELEASE);
}

void session_commit(u32 flags)
{
	struct session *session = loop.session;
	struct warden_state *state = session->programs.state;
	struct warden_posture posture = { .f = { sizeof(posture), WARDEN_FRAME_POSTURE } };

	epoch_end(&session->programs);
	rules_commit(&session->rules, flags);
	canary_run(session->options, &session->programs, flags, &posture);
	if ((flags & WARDEN_GOVERN_CONTAINERS) && containers_begin(&session->programs)) {
		struct warden_class_posture *class = &posture.classes[WARDEN_CLASS_CONTAINERS];

		*class = (struct warden_class_posture){ .absence = WARDEN_ABSENCE_CANARY, .error = errno };
		snprintf(class->hook, sizeof(class->hook), "finding containers");
	}
	/* every stat on this machine would go on paying for it */
	programs_stop_resolving(&session->programs, session->options);
	/* nobody else is in the cgroup yet: what was counted so far is the canaries' */
	loop.discard = true;
	ring_buffer__consume(loop.ring);
	loop.discard = false;
	state->total = state->emitted = state->lost = state->denied = 0;
	loop.flags = flags;
	loop.committed = true;
	agent_queue(&session->agent, &posture, sizeof(posture));
}

void session_started(bool ok)
{
	const struct options *options = loop.session->options;

	if (loop.phase != STARTING)
		return;
	if (!ok || !loop.committed) {
		session_fail_start();
		return;
	}
	if (options->worker && cgroup_move(options->cgroup, options->worker)) {
		complain("cannot move process %d into %s: %s", options->worker, options->cgroup, strerror(errno));
		session_fail_start();
		return;
	}
	loop_enter(RUNNING, 0);
	callers_status(options->status_fd, 1);
}

void session_stop(u32 ending)
{
	struct session *session = loop.session;
	pid_t keep[2] = { session->options->worker, loop.post_pid };
	int outlived, contained;

	if (loop.phase == STARTING) {
		/* somebody has thought better of it */
		session_fail_start();
		if (loop.post >= 0)
			callers_tell(0);
	}
	if (loop.phase != RUNNING)
		return;
	outlived = cgroup_end(session->options->cgroup, keep, 2);
	if (outlived < 0)
		complain("cannot end what outlived the job: %s", strerror(errno));
	contained = containers_end(&session->programs);
	if (contained < 0)
		complain("cannot end the containers that outlived the job: %s", strerror(errno));
	loop.last = (struct warden_posture){ .f = { sizeof(loop.last), WARDEN_FRAME_FINISH } };
	fill_stats(&loop.last);
	epoch_end(&session->programs);
	canary_run(session->options, &session->programs, loop.flags, &loop.last);
	loop.last.outlived = (outlived < 0 ? 0 : outlived) + (contained < 0 ? 0 : contained);
	loop.last.ending = ending;
	loop_enter(DRAINING, WARDEN_PATIENCE_DRAIN);
}

void session_drained(void)
{
	struct agent *agent = &loop.session->agent;

	if (loop.phase != DRAINING || agent->fd < 0)
		return;
	loop_read_ring();
	if (agent->backlog_used || !agent_can_answer(agent))
		return;
	agent_queue(agent, &loop.last, sizeof(loop.last));
	/* once: an agent that dies over its reports must not renew the patience with the next one */
	if (loop.unreported)
		loop.phase = REPORTING;
	else
		loop_enter(REPORTING, WARDEN_PATIENCE_REPORT);
}

/* ms until another agent is started: what kills each one as it comes up must not take a processor for itself. */
static u64 respawn_after(int failures)
{
	if (failures < 5)
		return 0;
	return failures < 7 ? 1000 << (failures - 5) : 4000;
}

void session_lost_agent(void)
{
	struct agent *agent = &loop.session->agent;

	agent_lost(agent);
	if (loop.phase == STARTING) {
		session_fail_start();
		return;
	}
	/* in REPORTING the next one is told to finish again, and has what time is left */
	if (loop.phase == REPORTING) {
		loop.phase = DRAINING;
		loop.unreported++;
	}
	if (loop.unreported == MOST_UNREPORTED && loop.phase == DRAINING) {
		complain("%d agents died over the reports", loop.unreported);
		session_release(false);
		return;
	}
	if (loop.phase == RUNNING || loop.phase == DRAINING)
		loop.respawn_at = now_ms() + respawn_after(agent->failures);
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

void session_release(bool reported)
{
	struct session *session = loop.session;
	const struct options *options = session->options;

	loop.respawn_at = 0;
	if (reported && reports_deliver(options, session->reports_fd))
		reported = false;
	if (options->origin && move_out(options->cgroup, options->origin))
		complain("cannot empty %s: %s", options->cgroup, strerror(errno));
	programs_detach(&session->programs, options);
	if (cgroup_remove(options->cgroup))
		complain("cannot remove %s: %s", options->cgroup, strerror(errno));
	if (!reported)
		loop.status = 1;
	callers_tell(reported);
	if (loop.starter_gone && loop.post < 0)
		loop_enter(DONE, 0);
	else
		loop_enter(RELEASING, WARDEN_PATIENCE_RELEASE);
}
