// SPDX-License-Identifier: Apache-2.0
/* Who may tell the monitor to stop: the process that started it, and the action's post. */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "loop.h"

void callers_status(int fd, u32 ok)
{
	struct warden_started status = { .f = { sizeof(status), WARDEN_FRAME_STATUS }, .ok = ok };

	if (fd >= 0 && send(fd, &status, sizeof(status), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EPIPE)
		complain("cannot tell the status: %s", strerror(errno));
}

void callers_give_up(int fd)
{
	struct pollfd hang_up = { .fd = fd, .events = POLLIN };

	callers_status(fd, 0);
	if (poll(&hang_up, 1, WARDEN_PATIENCE_RELEASE) < 0)
		complain("cannot wait for a hang-up: %s", strerror(errno));
}

void callers_tell(u32 ok)
{
	callers_status(loop.post >= 0 ? loop.post : loop.session->options->status_fd, ok);
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

static void on_command(u32 type, u32 ending)
{
	if (type == WARDEN_FRAME_STOP)
		session_stop(ending);
	else if (type == WARDEN_FRAME_RELEASE && loop.phase == RELEASING)
		loop_enter(DONE, 0);
}

void callers_read_starter(void)
{
	int fd = loop.session->options->status_fd;
	u32 type;

	if (read_command(fd, &type)) {
		on_command(type, WARDEN_ENDED_BY_STARTER);
		return;
	}
	epoll_ctl(loop.epoll, EPOLL_CTL_DEL, fd, NULL);
	loop.starter_gone = true;
	/* `main` leaves when the session has begun; `warden run` stays, and its death ends the session */
	if (loop.session->options->worker && loop.phase != STARTING)
		return;
	if (loop.phase == STARTING || loop.phase == RELEASING)
		loop_enter(DONE, 0);
	else
		session_stop(WARDEN_ENDED_BY_STARTER);
}

/* Post is who the kernel says: forked by Runner.Worker itself, its first program the action's own post. */
void callers_accept_post(void)
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
		callers_status(fd, 0);
		close(fd);
		return;
	}
	loop.post = fd;
	loop.post_pid = peer.pid;
	loop_watch(fd, FROM_POST, EPOLLIN);
}

void callers_read_post(void)
{
	u32 type;

	if (read_command(loop.post, &type)) {
		on_command(type, WARDEN_ENDED_BY_POST);
		return;
	}
	close(loop.post);
	loop.post = -1;
	if (loop.phase == RELEASING)
		loop_enter(DONE, 0);
}
