/* SPDX-License-Identifier: Apache-2.0 -- who does the act: children, daemons, threads. Each takes another act. */
#define _GNU_SOURCE
#include "acts.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void finish(int argc, char **argv)
{
	take_part();
	outcome->result = run_act(argc, argv);
	_exit(0);
}

/* child ACT... */
static int act_child(int argc, char **argv)
{
	int pid = fork();

	if (pid < 0)
		return trouble("fork");
	if (pid == 0)
		finish(argc - 1, argv + 1);
	return wait_result(pid);
}

/* session ACT...: in a session and process group of its own */
static int act_session(int argc, char **argv)
{
	int pid = fork();

	if (pid < 0)
		return trouble("fork");
	if (pid == 0) {
		if (setsid() < 0)
			_exit(2);
		finish(argc - 1, argv + 1);
	}
	return wait_result(pid);
}

/* daemon ACT...: forked twice, and its parent gone before it acts */
static int act_daemon(int argc, char **argv)
{
	int ends[2], pid, ppid;
	char byte;

	if (pipe(ends))
		return trouble("pipe");
	pid = fork();
	if (pid == 0) {
		setsid();
		ppid = getpid();
		pid = fork();
		if (pid == 0) {
			close(ends[0]);
			for (int tries = 0; getppid() == ppid && tries < 2000; tries++)
				usleep(1000);
			finish(argc - 1, argv + 1);
		}
		_exit(0);
	}
	close(ends[1]);
	/* End of file comes when the daemon has ended. */
	if (read(ends[0], &byte, 1) < 0)
		return trouble("read");
	return wait_result(pid);
}

/* chain PATH: leaves a process behind that forks and ends, over and over, so that each one lives a moment only. All of
 * them listen on a socket at PATH, and the chain ends when PATH is gone. */
static int act_chain(int argc, char **argv)
{
	struct sockaddr_un here = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), pid;

	(void)argc;
	snprintf(here.sun_path, sizeof(here.sun_path), "%s", argv[1]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) || listen(fd, 8))
		return trouble("listen");
	pid = fork();
	if (pid)
		return pid < 0 ? trouble("fork") : 0;
	/* who waits for the end of the act's output must not wait for the chain */
	for (int other = 0; other < 256; other++) {
		if (other != fd)
			close(other);
	}
	setsid();
	while (access(here.sun_path, F_OK) == 0) {
		if (fork() > 0)
			break;
	}
	_exit(0);
}

struct call {
	int argc;
	char **argv;
	int result;
};

static void *act_in_thread(void *arg)
{
	struct call *call = arg;

	call->result = run_act(call->argc, call->argv);
	return NULL;
}

/* thread ACT... */
static int act_thread(int argc, char **argv)
{
	struct call call = { .argc = argc - 1, .argv = argv + 1 };
	pthread_t thread;

	if (pthread_create(&thread, NULL, act_in_thread, &call) || pthread_join(thread, NULL))
		return trouble_text("thread");
	return call.result;
}

const struct act scope_acts[] = {
	{ "child", 1, act_child },   { "session", 1, act_session }, { "daemon", 1, act_daemon },
	{ "thread", 1, act_thread }, { "chain", 1, act_chain },	    { NULL, 0, NULL },
};
