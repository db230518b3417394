/* SPDX-License-Identifier: Apache-2.0 -- acts that run programs, or map files as code */
#define _GNU_SOURCE
#include "acts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Runs PROGRAM in a child, so that its exit status can be told from a refusal to start it. */
static int spawn(int fd, const char *path, char **argv, int flags)
{
	int pid = fork();

	if (pid < 0)
		return trouble("fork");
	if (pid == 0) {
		take_part();
		alarm(ACT_SECONDS);
		syscall(SYS_execveat, fd, path, argv, environ, flags);
		outcome->result = errno;
		_exit(1);
	}
	return wait_result(pid);
}

/* exec PATH ARG... */
static int act_exec(int argc, char **argv)
{
	(void)argc;
	return spawn(AT_FDCWD, argv[1], argv + 1, 0);
}

/* The number of an errno's name, as the acts program says it; TROUBLE when it is none. */
static int named(const char *text)
{
	if (strcmp(text, "ok") == 0)
		return 0;
	for (int number = 1; number < 134; number++) {
		const char *name = strerrorname_np(number);

		if (name && strcmp(name, text) == 0)
			return number;
	}
	return trouble_text(text);
}

/* exec-says PATH ACT...: runs a copy of the acts program, whose act it is that counts */
static int act_exec_says(int argc, char **argv)
{
	int ends[2], pid;
	char text[64] = "";

	(void)argc;
	if (pipe(ends))
		return trouble("pipe");
	pid = fork();
	if (pid < 0)
		return trouble("fork");
	if (pid == 0) {
		take_part();
		alarm(ACT_SECONDS);
		dup2(ends[1], STDOUT_FILENO);
		execv(argv[1], argv + 1);
		outcome->result = errno;
		_exit(1);
	}
	close(ends[1]);
	for (size_t have = 0; have < sizeof(text) - 1;) {
		ssize_t size = read(ends[0], text + have, sizeof(text) - 1 - have);

		if (size <= 0)
			break;
		have += size;
	}
	waitpid(pid, NULL, 0);
	text[strcspn(text, "\n")] = 0;
	return outcome->result != UNSET ? outcome->result : named(text);
}

/* exec-fd PATH ARG...: by descriptor, as fexecve does */
static int act_exec_fd(int argc, char **argv)
{
	int fd = open(argv[1], O_PATH);

	(void)argc;
	if (fd < 0)
		return trouble("open");
	return spawn(fd, "", argv + 1, AT_EMPTY_PATH);
}

static int copy(const char *from, int to)
{
	char buffer[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	ssize_t size;

	if (in < 0)
		return -1;
	while ((size = read(in, buffer, sizeof(buffer))) > 0) {
		if (write(to, buffer, size) != size)
			return -1;
	}
	close(in);
	return size;
}

/* exec-memfd PATH ARG...: copies the program into anonymous memory and runs it from there */
static int act_exec_memfd(int argc, char **argv)
{
	int fd = syscall(SYS_memfd_create, "act", MFD_CLOEXEC);

	(void)argc;
	if (fd < 0 || copy(argv[1], fd))
		return trouble("memfd");
	return spawn(fd, "", argv + 1, AT_EMPTY_PATH);
}

/* map-memfd: maps anonymous file memory as code */
static int act_map_memfd(int argc, char **argv)
{
	int fd = syscall(SYS_memfd_create, "act", MFD_CLOEXEC);

	(void)argc;
	(void)argv;
	if (fd < 0 || ftruncate(fd, 4096))
		return trouble("memfd");
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? errno : 0;
}

/* exec-copy FROM TO ARG...: a copy is another file */
static int act_exec_copy(int argc, char **argv)
{
	int fd = open(argv[2], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);

	(void)argc;
	if (fd < 0 || copy(argv[1], fd) || close(fd))
		return trouble("copy");
	return spawn(AT_FDCWD, argv[2], argv + 2, 0);
}

/* exec-rename FROM TO ARG...: the same file by another name; a refused rename is a refusal too */
static int act_exec_rename(int argc, char **argv)
{
	(void)argc;
	if (rename(argv[1], argv[2]))
		return errno;
	return spawn(AT_FDCWD, argv[2], argv + 2, 0);
}

/* exec-link FROM TO ARG...: as exec-rename, by a hard link made now */
static int act_exec_link(int argc, char **argv)
{
	(void)argc;
	if (link(argv[1], argv[2]))
		return errno;
	return spawn(AT_FDCWD, argv[2], argv + 2, 0);
}

/* ldso LOADER FILE: the dynamic loader is started, FILE only mapped; the loader's message tells the errno */
static int act_ldso(int argc, char **argv)
{
	char message[512];
	int ends[2], pid, result;
	ssize_t size;

	(void)argc;
	if (pipe(ends))
		return trouble("pipe");
	pid = fork();
	if (pid == 0) {
		take_part();
		alarm(ACT_SECONDS);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execve(argv[1], argv + 1, environ);
		outcome->result = errno;
		_exit(1);
	}
	close(ends[1]);
	size = read(ends[0], message, sizeof(message) - 1);
	message[size > 0 ? size : 0] = '\0';
	result = wait_result(pid);
	/* it names the mapping that failed, and not always why; the journal must have the refusal as well */
	if (result == TROUBLE && (strstr(message, strerror(EPERM)) || strstr(message, "failed to map segment")))
		return EPERM;
	if (result == TROUBLE)
		snprintf(outcome->note, sizeof(outcome->note), "%.150s", message);
	return result;
}

/* map-exec PATH: maps a file as code */
static int act_map_exec(int argc, char **argv)
{
	int fd = open(argv[1], O_RDONLY);

	(void)argc;
	if (fd < 0)
		return trouble("open");
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? errno : 0;
}

/* protect-exec PATH: maps a file as data and makes it code later */
static int act_protect_exec(int argc, char **argv)
{
	int fd = open(argv[1], O_RDONLY);
	void *at;

	(void)argc;
	if (fd < 0)
		return trouble("open");
	at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return trouble("mmap");
	return answer(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

/* become [NAME=VALUE]... PROGRAM ARG...: this very process goes on as the program, for as long as that takes */
static int act_become(int argc, char **argv)
{
	int at = 1;

	while (at < argc && strchr(argv[at], '='))
		putenv(argv[at++]);
	if (at == argc)
		return trouble_text("no program");
	alarm(0);
	execv(argv[at], argv + at);
	return errno;
}

/* nothing: succeeds; what an exec act runs */
static int act_nothing(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

const struct act exec_acts[] = {
	{ "exec", 1, act_exec },
	{ "exec-says", 2, act_exec_says },
	{ "exec-fd", 1, act_exec_fd },
	{ "exec-memfd", 1, act_exec_memfd },
	{ "map-memfd", 0, act_map_memfd },
	{ "exec-copy", 2, act_exec_copy },
	{ "exec-rename", 2, act_exec_rename },
	{ "exec-link", 2, act_exec_link },
	{ "ldso", 2, act_ldso },
	{ "map-exec", 1, act_map_exec },
	{ "protect-exec", 1, act_protect_exec },
	{ "become", 1, act_become },
	{ "nothing", 0, act_nothing },
	{ NULL, 0, NULL },
};
