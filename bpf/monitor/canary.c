// SPDX-License-Identifier: Apache-2.0
/*
 * Proof. Each act is done twice by a throw-away child: outside the session it must succeed, inside it must be
 * refused with EPERM. Attaching proves nothing: `lsm/` programs attach and never fire where `bpf` is not an active
 * LSM. Every act aims at the guard's own files, at a loopback address of its own, and at the monitor.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "canary.h"

/* 127.119.97.114: loopback, and nobody's. */
#define CANARY_ADDRESS 0x7f776172u

/* 0 done, else the act's errno; -1: it could not be tried. */
static int try_act(const struct canary *canary, const char *cgroup)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid == 0) {
		int result;

		if (cgroup && cgroup_move(cgroup, getpid()))
			_exit(255);
		result = canary->act();
		_exit(result ? errno & 0x7f : 0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) == 255)
		return -1;
	return WEXITSTATUS(status);
}

static int listen_here(int type)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(CANARY_ADDRESS) };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (type == SOCK_DGRAM)
		at.sin_port = on.to.sin_port;
	if (bind(fd, (void *)&at, sizeof(at)) || (type == SOCK_STREAM && listen(fd, 64)) ||
	    getsockname(fd, (void *)&at, &size)) {
		close(fd);
		return -1;
	}
	on.to = at;
	return fd;
}

static int put_self_rules(const struct options *options, struct rules *rules)
{
	static const u8 ops[] = { WARDEN_OP_READ, WARDEN_OP_WRITE, WARDEN_OP_DELETE };
	struct warden_rule_path rule = { .effect = WARDEN_DENY, .form = WARDEN_PATH_TREE, .rule = RULE_SELF };
	struct warden_result result;

	for (size_t i = 0; i < sizeof(ops); i++) {
		rule.op = ops[i];
		rules_put_path(rules, &rule, options->dir, &result);
		if (result.error) {
			errno = result.error;
			return -1;
		}
	}
	/* where the reports go: nobody finds something there that he can lead them astray by */
	for (size_t i = 1; options->reports && i < sizeof(ops); i++) {
		rule.op = ops[i];
		rules_put_path(rules, &rule, options->reports, &result);
		if (result.error) {
			errno = result.error;
			return -1;
		}
	}
	/* the runtime, and what the runner will start as our post */
	rule.form = WARDEN_PATH_EXACT;
	for (size_t i = 0; i < 4; i++) {
		const char *path = i < 2 ? options->node : options->post;

		rule.op = i % 2 ? WARDEN_OP_DELETE : WARDEN_OP_WRITE;
		if (!path)
			continue;
		rules_put_path(rules, &rule, path, &result);
		if (result.error) {
			errno = result.error;
			return -1;
		}
	}
	rule.op = WARDEN_OP_EXEC;
	rules_put_path(rules, &rule, "/proc/self/exe", &result);
	if (result.error) {
		errno = result.error;
		return -1;
	}
	return 0;
}

/* The guard's own rules, in every generation: its directory, its program, the canary's address, and the kernel's helpers. */
int canary_prepare(const struct options *options, struct rules *rules)
{
	struct warden_rule_net net = {
		.rule = RULE_CANARY,
		.effect = WARDEN_DENY,
		.family = 4,
		.prefix = 32,
	};
	u32 address = htonl(CANARY_ADDRESS);
	struct warden_result result;

	memcpy(net.addr, &address, sizeof(address));
	for (net.direction = WARDEN_OUT; net.direction <= WARDEN_IN; net.direction++) {
		rules_put_net(rules, &net, false, &result);
		if (result.error) {
			errno = result.error;
			return -1;
		}
	}
	if (!rules->programs->resolves)
		return 0;
	return helpers_note(rules) ? -1 : put_self_rules(options, rules);
}

static int set_stage(const struct options *options)
{
	int fd;

	on.monitor = getpid();
	snprintf(on.dir, sizeof(on.dir), "%s/canary", options->dir);
	if ((size_t)snprintf(on.sub, sizeof(on.sub), "%s/sub", on.dir) >= sizeof(on.sub) ||
	    (size_t)snprintf(on.file, sizeof(on.file), "%s/file", on.dir) >= sizeof(on.file) ||
	    (size_t)snprintf(on.other, sizeof(on.other), "%s/other", on.dir) >= sizeof(on.other) ||
	    (size_t)snprintf(on.procs, sizeof(on.procs), "%s/cgroup.procs", options->cgroup) >= sizeof(on.procs))
		return -1;
	snprintf(on.cgroup, sizeof(on.cgroup), "%s", options->cgroup);
	snprintf(on.pins, sizeof(on.pins), "/sys/fs/bpf/warden-%s", options->id);
	if ((mkdir(on.dir, 0700) && errno != EEXIST) || (mkdir(on.sub, 0700) && errno != EEXIST))
		return -1;
	fd = open(on.file, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	return fd < 0 ? -1 : close(fd);
}

static void fail(struct warden_class_posture *class, u32 absence, int error, const char *hook)
{
	if (class->absence)
		return;
	class->absence = absence;
	class->error = error;
	snprintf(class->hook, sizeof(class->hook), "%s", hook);
}

/* Proves all classes with the policy in force turned up to refuse; leaves it as `flags` say. */
void canary_run(const struct options *options, struct programs *programs, u32 flags, struct warden_posture *posture)
{
	u64 word = programs->state->policy & ~0xffffffffULL;
	u32 strict = flags | WARDEN_ENFORCE | WARDEN_HAS_NETWORK | WARDEN_HAS_FILES | WARDEN_HAS_EXEC |
		     WARDEN_DENY_MEMORY | WARDEN_NET_ANY | WARDEN_HAS_LISTEN;
	char container[PATH_MAX] = "";
	int tcp, udp;

	memcpy(posture->classes, programs->missing, sizeof(posture->classes));
	posture->flavour = programs->flavour;
	tcp = listen_here(SOCK_STREAM);
	udp = tcp < 0 ? -1 : listen_here(SOCK_DGRAM);
	on.mapped = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = on.to.sin_port };
	on.mapped.sin6_addr.s6_addr[10] = on.mapped.sin6_addr.s6_addr[11] = 0xff;
	memcpy(&on.mapped.sin6_addr.s6_addr[12], &on.to.sin_addr, 4);
	if (udp < 0)
		fail(&posture->classes[WARDEN_CLASS_NETWORK], WARDEN_ABSENCE_CANARY, errno, "listen");
	if (set_stage(options)) {
		for (int i = WARDEN_CLASS_EXEC; i < WARDEN_CLASSES; i++)
			fail(&posture->classes[i], WARDEN_ABSENCE_CANARY, errno, "canary directory");
	}
	if (containers_stage(options, programs, container, sizeof(container)))
		fail(&posture->classes[WARDEN_CLASS_CONTAINERS], WARDEN_ABSENCE_CANARY, errno, "a container's cgroup");
	__atomic_store_n(&programs->state->policy, word | strict, __ATOMIC_SEQ_CST);
	for (size_t i = 0; i < canary_count; i++) {
		const struct canary *canary = &canaries[i];
		struct warden_class_posture *class = &posture->classes[canary->class];
		int result;

		if (class->absence || (canary->hooked && programs->flavour == WARDEN_BY_NONE))
			continue;
		result = try_act(canary, NULL);
		if (result) {
			fail(class, WARDEN_ABSENCE_CONTROL, result, canary->name);
			continue;
		}
		result = try_act(canary, canary->class == WARDEN_CLASS_CONTAINERS ? container : options->cgroup);
		if (result < 0)
			fail(class, WARDEN_ABSENCE_CANARY, 0, canary->name);
		else if (result != EPERM)
			fail(class, WARDEN_ABSENCE_NOT_DENIED, result, canary->name);
	}
	__atomic_store_n(&programs->state->policy, word | flags, __ATOMIC_SEQ_CST);
	if (containers_unstage(container))
		complain("cannot remove %s: %s", container, strerror(errno));
	if (tcp >= 0)
		close(tcp);
	if (udp >= 0)
		close(udp);
	for (int i = 0; i < WARDEN_CLASSES; i++) {
		struct warden_class_posture *class = &posture->classes[i];

		if (class->absence)
			class->state = WARDEN_ABSENT;
		else
			class->state = flags & WARDEN_ENFORCE ? WARDEN_ENFORCED : WARDEN_AUDITED;
	}
	/* the guard protects itself in audit mode, too */
	if (!posture->classes[WARDEN_CLASS_GUARD].absence)
		posture->classes[WARDEN_CLASS_GUARD].state = WARDEN_ENFORCED;
}
