/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop and the wire as they are, and doubles of all that they call: what a double is asked to do, it checks.
 */
#ifndef WARDEN_FRAMES_DOUBLES_H
#define WARDEN_FRAMES_DOUBLES_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sanitizer/asan_interface.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include "check.h"

static pid_t killed;
static int agent_end = -1;

static int noted_kill(pid_t pid, int signal)
{
	CHECK(signal == SIGKILL);
	killed = pid;
	return 0;
}

static int held_socketpair(int family, int type, int protocol, int pair[2])
{
	if (socketpair(family, type, protocol, pair))
		return -1;
	agent_end = dup(pair[1]);
	return 0;
}

static pid_t no_fork(void)
{
	return 4242;
}

static int caller_fd = -1;	  /* what the listening socket gives next */
static unsigned int caller_flags; /* what the kernel side says of that caller; ~0: it knows of none */

static int next_caller(int fd, void *address, void *size, int flags)
{
	int caller = caller_fd;

	(void)fd;
	(void)address;
	(void)size;
	CHECK(flags == (SOCK_CLOEXEC | SOCK_NONBLOCK));
	caller_fd = -1;
	return caller;
}

static ssize_t fencing_recv(int fd, void *to, size_t size, int flags);

#define kill	   noted_kill
#define socketpair held_socketpair
#define fork	   no_fork
#define recv	   fencing_recv
#define accept4	   next_caller
#include "monitor/agent.c"
#include "monitor/loop.c"
#include "monitor/phases.c"
#include "monitor/frames.c"
#include "monitor/callers.c"
#undef recv
#undef socketpair

static struct session session;
static struct warden_state state;

static ssize_t fencing_recv(int fd, void *to, size_t size, int flags)
{
	struct agent *agent = &session.agent;
	ssize_t n;

	ASAN_UNPOISON_MEMORY_REGION(agent->in, sizeof(agent->in));
	n = recv(fd, to, size, flags);
	if (n > 0)
		ASAN_POISON_MEMORY_REGION((u8 *)to + n, size - n);
	return n;
}

/* ---- doubles ---- */

static int puts_seen, complaints;
static u64 clock_ms = 1000;

u64 now_ms(void)
{
	return clock_ms;
}

void complain(const char *format, ...)
{
	(void)format;
	complaints++;
}

int rules_begin(struct rules *rules)
{
	rules->generation++;
	return 0;
}

void rules_commit(struct rules *rules, u32 flags)
{
	rules->programs->state->policy = (u64)rules->generation << 32 | flags;
}

void epoch_end(struct programs *programs)
{
	programs->state->epoch = WARDEN_NO_EPOCH;
}

void epoch_begin(struct programs *programs)
{
	CHECK(loop.committed);
	programs->state->epoch = WARDEN_FIRST_EPOCH;
}

/* What the parser promises of every path rule. */
void rules_put_path(struct rules *rules, const struct warden_rule_path *rule, const char *path,
		    struct warden_result *result)
{
	size_t len = strlen(path);

	(void)rules;
	CHECK(len < WARDEN_PATH_MAX && rule->f.size == sizeof(*rule) + len + 1);
	CHECK(rule->form <= WARDEN_PATH_NAME && (rule->form == WARDEN_PATH_NAME || path[0] == '/'));
	CHECK(rule->effect <= WARDEN_DENY && rule->rule < RULE_CANARY);
	CHECK(__builtin_popcount(rule->op) == 1 && rule->op < 1 << WARDEN_OPS);
	CHECK(!loop.committed);
	puts_seen++;
	*result = (struct warden_result){ .f = { sizeof(*result), WARDEN_FRAME_RESULT }, .rule = rule->rule };
}

void rules_put_net(struct rules *rules, const struct warden_rule_net *rule, bool in_force, struct warden_result *result)
{
	(void)rules;
	CHECK(rule->effect <= WARDEN_DENY && rule->rule < RULE_CANARY);
	CHECK(in_force == loop.committed);
	CHECK(!in_force || rules->programs->state->epoch == WARDEN_NO_EPOCH);
	puts_seen++;
	*result = (struct warden_result){ .f = { sizeof(*result), WARDEN_FRAME_RESULT }, .rule = rule->rule };
}

int reports_deliver(const struct options *options, int target)
{
	(void)options;
	(void)target;
	return 0;
}

int canary_prepare(const struct options *options, struct rules *rules)
{
	(void)options;
	(void)rules;
	return 0;
}

void canary_run(const struct options *options, struct programs *programs, u32 flags, struct warden_posture *posture)
{
	(void)options;
	(void)programs;
	(void)flags;
	posture->flavour = WARDEN_BY_LSM;
}

void programs_stop_resolving(struct programs *programs, const struct options *options)
{
	(void)programs;
	(void)options;
}

void programs_detach(struct programs *programs, const struct options *options)
{
	(void)programs;
	(void)options;
}

int cgroup_move(const char *dir, pid_t pid)
{
	(void)dir;
	(void)pid;
	return 0;
}

int cgroup_end(const char *dir, const pid_t *keep, int kept)
{
	(void)dir;
	(void)keep;
	(void)kept;
	return 0;
}

int cgroup_remove(const char *dir)
{
	(void)dir;
	return 0;
}

int confine(void)
{
	return 0;
}

int containers_begin(const struct programs *programs)
{
	(void)programs;
	return 0;
}

int containers_end(const struct programs *programs)
{
	(void)programs;
	return 0;
}

static int ring_fd;

struct ring_buffer *ring_buffer__new(int fd, ring_buffer_sample_fn sample, void *context,
				     const struct ring_buffer_opts *opts)
{
	(void)fd;
	(void)sample;
	(void)context;
	(void)opts;
	return NULL;
}

int ring_buffer__consume(struct ring_buffer *ring)
{
	(void)ring;
	return 0;
}

int ring_buffer__epoll_fd(const struct ring_buffer *ring)
{
	(void)ring;
	return ring_fd;
}

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	struct warden_proc proc = { .flags = caller_flags };

	(void)fd;
	CHECK(*(const u32 *)key == (u32)getpid());
	if (caller_flags == ~0u) {
		errno = ENOENT;
		return -1;
	}
	memcpy(value, &proc, sizeof(proc));
	return 0;
}

#endif
