// SPDX-License-Identifier: Apache-2.0
/* What a throw-away child tries, twice: outside the session, where it must succeed, and inside, where it must not. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "canary.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

struct canary_stage on;

/* An act returns 0 when it was done, else -1 with errno. What it made it removes, when it can. */

static int connect_to(int family, int type, const void *address, socklen_t size)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);
	int result = fd < 0 ? -1 : connect(fd, address, size);
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return result;
}

static int connect_tcp(void)
{
	return connect_to(AF_INET, SOCK_STREAM, &on.to, sizeof(on.to));
}

static int connect_tcp6(void)
{
	return connect_to(AF_INET6, SOCK_STREAM, &on.mapped, sizeof(on.mapped));
}

static int send_udp(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result, error;

	if (fd < 0)
		return -1;
	result = sendto(fd, "", 1, 0, (void *)&on.to, sizeof(on.to)) == 1 ? 0 : -1;
	error = errno;
	close(fd);
	errno = error;
	return result;
}

/* At the canary's address, and a port of the kernel's choice. */
static int listen_tcp(void)
{
	struct sockaddr_in at = on.to;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result, error;

	if (fd < 0)
		return -1;
	at.sin_port = 0;
	result = bind(fd, (void *)&at, sizeof(at)) || listen(fd, 1) ? -1 : 0;
	error = errno;
	close(fd);
	errno = error;
	return result;
}

/* At the port that the monitor's own has: whoever is let through gets EADDRINUSE from the kernel. */
static int bind_udp(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result, error;

	if (fd < 0)
		return -1;
	result = bind(fd, (void *)&on.to, sizeof(on.to));
	error = errno;
	close(fd);
	errno = error;
	return result && error == EADDRINUSE ? 0 : result;
}

static int open_raw(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);

	/* who may open one is a sysctl: being refused with EACCES by it is not being refused by us */
	if (fd < 0)
		return errno == EACCES ? 0 : -1;
	return close(fd);
}

static int opened(int fd)
{
	return fd < 0 ? -1 : close(fd);
}

static int open_read(void)
{
	return opened(open(on.file, O_RDONLY | O_CLOEXEC));
}

static int open_write(void)
{
	return opened(open(on.file, O_WRONLY | O_CLOEXEC));
}

static int create(void)
{
	int result = opened(open(on.other, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));

	return result ? -1 : unlink(on.other);
}

static int make_dir(void)
{
	return mkdir(on.other, 0700) ? -1 : rmdir(on.other);
}

static int make_fifo(void)
{
	return mknod(on.other, S_IFIFO | 0600, 0) ? -1 : unlink(on.other);
}

static int make_symlink(void)
{
	return symlink("x", on.other) ? -1 : unlink(on.other);
}

static int make_link(void)
{
	return link(on.file, on.other) ? -1 : unlink(on.other);
}

static int move(void)
{
	return rename(on.file, on.other) ? -1 : rename(on.other, on.file);
}

static int remove_file(void)
{
	return unlink(on.file) ? -1 : opened(open(on.file, O_WRONLY | O_CREAT | O_CLOEXEC, 0700));
}

static int remove_dir(void)
{
	return rmdir(on.sub) ? -1 : mkdir(on.sub, 0700);
}

static int truncate_file(void)
{
	return truncate(on.file, 0);
}

static int change_mode(void)
{
	return chmod(on.file, 0700);
}

static int change_owner(void)
{
	return chown(on.file, 0, 0);
}

static int execute(void)
{
	char *argv[] = { "warden-canary", "canary", NULL }, *envp[] = { NULL };

	return execve("/proc/self/exe", argv, envp);
}

/* A program in a container: refused when it is executed, and its process governed from then on. */
static int start_contained(void)
{
	return execute() && errno != EPERM ? -1 : open_read();
}

static int map_code(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	return at == MAP_FAILED ? -1 : 0;
}

static int make_code(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	return at == MAP_FAILED ? -1 : mprotect(at, 4096, PROT_READ | PROT_EXEC);
}

static int read_environment(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/environ", on.monitor);
	return opened(open(path, O_RDONLY | O_CLOEXEC));
}

/* The cheapest call that asks for ptrace access, and one that Yama leaves alone. */
static int ask_ptrace(void)
{
	void *head;
	size_t size;

	return syscall(SYS_get_robust_list, on.monitor, &head, &size);
}

static int signal_monitor(void)
{
	return kill(on.monitor, 0);
}

static int use_bpf(void)
{
	union bpf_attr attr = { .map_fd = -1u };

	/* asked for before the descriptor is looked at, so a bad one tells "let through" (EBADF) from "refused" */
	if (!syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)))
		return 0;
	return errno == EPERM ? -1 : 0;
}

static int open_cgroup(void)
{
	return opened(open(on.procs, O_WRONLY | O_CLOEXEC));
}

static int write_bpffs(void)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/canary", on.pins);
	return mkdir(path, 0700) ? -1 : rmdir(path);
}

static int clone_into(void)
{
	int fd = open(on.cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = fd };
	long pid = fd < 0 ? -1 : syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return errno == ENOSYS ? 0 : -1;
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

const struct canary canaries[] = {
	{ WARDEN_CLASS_NETWORK, "connect", connect_tcp, false },
	{ WARDEN_CLASS_NETWORK, "connect (mapped)", connect_tcp6, false },
	{ WARDEN_CLASS_NETWORK, "sendto", send_udp, false },
	{ WARDEN_CLASS_NETWORK, "ping socket", open_raw, true },
	{ WARDEN_CLASS_NETWORK, "listen", listen_tcp, true },
	{ WARDEN_CLASS_NETWORK, "bind", bind_udp, true },
	{ WARDEN_CLASS_EXEC, "execve", execute, true },
	{ WARDEN_CLASS_EXEC, "mmap", map_code, true },
	{ WARDEN_CLASS_EXEC, "mprotect", make_code, true },
	{ WARDEN_CLASS_READ, "open for reading", open_read, true },
	{ WARDEN_CLASS_WRITE, "open for writing", open_write, true },
	{ WARDEN_CLASS_WRITE, "create", create, true },
	{ WARDEN_CLASS_WRITE, "mkdir", make_dir, true },
	{ WARDEN_CLASS_WRITE, "mknod", make_fifo, true },
	{ WARDEN_CLASS_WRITE, "symlink", make_symlink, true },
	{ WARDEN_CLASS_WRITE, "link", make_link, true },
	{ WARDEN_CLASS_WRITE, "rename", move, true },
	{ WARDEN_CLASS_WRITE, "unlink", remove_file, true },
	{ WARDEN_CLASS_WRITE, "rmdir", remove_dir, true },
	{ WARDEN_CLASS_WRITE, "truncate", truncate_file, true },
	{ WARDEN_CLASS_WRITE, "chmod", change_mode, true },
	{ WARDEN_CLASS_WRITE, "chown", change_owner, true },
	{ WARDEN_CLASS_GUARD, "open environ", read_environment, true },
	{ WARDEN_CLASS_GUARD, "ptrace access", ask_ptrace, true },
	{ WARDEN_CLASS_GUARD, "signal", signal_monitor, true },
	{ WARDEN_CLASS_GUARD, "bpf", use_bpf, true },
	{ WARDEN_CLASS_GUARD, "open cgroup.procs", open_cgroup, true },
	{ WARDEN_CLASS_GUARD, "write bpffs", write_bpffs, true },
	{ WARDEN_CLASS_GUARD, "clone into cgroup", clone_into, true },
	{ WARDEN_CLASS_CONTAINERS, "exec in a container", start_contained, true },
};

const size_t canary_count = sizeof(canaries) / sizeof(*canaries);
