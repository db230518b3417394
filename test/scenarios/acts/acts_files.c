/* SPDX-License-Identifier: Apache-2.0 -- acts on files */
#define _GNU_SOURCE
#include "acts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1)
#endif

static int open_flags(const char *word)
{
	static const struct {
		const char *word;
		int flags;
	} known[] = {
		{ "read", O_RDONLY },
		{ "write", O_WRONLY },
		{ "update", O_RDWR },
		{ "append", O_WRONLY | O_APPEND },
		{ "truncate", O_RDONLY | O_TRUNC },
		{ "create", O_WRONLY | O_CREAT | O_EXCL },
		{ "directory", O_RDONLY | O_DIRECTORY },
		{ "tmpfile", O_WRONLY | O_TMPFILE },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (strcmp(known[i].word, word) == 0)
			return known[i].flags | O_CLOEXEC;
	}
	fprintf(stderr, "acts: no such way to open: %s\n", word);
	_exit(2);
}

/* open HOW PATH */
static int act_open(int argc, char **argv)
{
	(void)argc;
	return answer(open(argv[2], open_flags(argv[1]), 0644));
}

/* open-at DIRECTORY NAME: relative to a descriptor */
static int act_open_at(int argc, char **argv)
{
	int directory = open(argv[1], O_PATH | O_DIRECTORY);

	(void)argc;
	if (directory < 0)
		return trouble("open of the directory");
	return answer(openat(directory, argv[2], O_RDONLY));
}

/* open-cwd DIRECTORY NAME: through /proc/self/cwd */
static int act_open_cwd(int argc, char **argv)
{
	char path[512];

	(void)argc;
	if (chdir(argv[1]))
		return trouble("chdir");
	snprintf(path, sizeof(path), "/proc/self/cwd/%s", argv[2]);
	return answer(open(path, O_RDONLY));
}

/* open-handle PATH: by file handle, without a path walk */
static int act_open_handle(int argc, char **argv)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle = { .head = { .handle_bytes = MAX_HANDLE_SZ } };
	int mount_id, mount;
	char *slash, directory[512];

	(void)argc;
	snprintf(directory, sizeof(directory), "%s", argv[1]);
	slash = strrchr(directory, '/');
	if (!slash)
		return trouble_text("the path must be absolute");
	*slash = '\0';
	if (name_to_handle_at(AT_FDCWD, argv[1], &handle.head, &mount_id, 0))
		return trouble("name_to_handle_at");
	mount = open(directory, O_RDONLY | O_DIRECTORY);
	if (mount < 0)
		return trouble("open of the directory");
	return answer(open_by_handle_at(mount, &handle.head, O_RDONLY));
}

/* open-path PATH: O_PATH first, which opens nothing, then again through /proc/self/fd */
static int act_open_path(int argc, char **argv)
{
	char path[64];
	int fd = open(argv[1], O_PATH);

	(void)argc;
	if (fd < 0)
		return trouble("open with O_PATH");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return answer(open(path, O_RDONLY));
}

/* open-mapped PATH: reads by a memory mapping */
static int act_open_mapped(int argc, char **argv)
{
	int fd = open(argv[1], O_RDONLY);

	(void)argc;
	if (fd < 0)
		return errno;
	return mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? errno : 0;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), failed;

	if (fd < 0)
		return -1;
	failed = write(fd, text, strlen(text)) < 0;
	close(fd);
	return failed ? -1 : 0;
}

/* open-bind KIND FROM TO NAME: binds FROM over TO in a mount namespace of its own and reads TO/NAME.
 * KIND `user` makes a user namespace first, so that no privilege is needed. */
static int act_open_bind(int argc, char **argv)
{
	int user = strcmp(argv[1], "user") == 0;
	char path[512], map[64];
	unsigned uid = getuid();

	(void)argc;
	if (unshare(CLONE_NEWNS | (user ? CLONE_NEWUSER : 0)))
		return errno;
	if (user) {
		snprintf(map, sizeof(map), "0 %u 1", uid);
		if (write_text("/proc/self/uid_map", map))
			return trouble("uid_map");
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return errno == EPERM ? EPERM : trouble("private mounts");
	if (mount(argv[2], argv[3], NULL, MS_BIND, NULL))
		return errno;
	snprintf(path, sizeof(path), "%s/%s", argv[3], argv[4]);
	return answer(open(path, O_RDONLY));
}

/* write-file PATH TEXT: opens and writes */
static int act_write_file(int argc, char **argv)
{
	(void)argc;
	return answer(write_text(argv[1], argv[2]));
}

static int act_truncate(int argc, char **argv)
{
	(void)argc;
	return answer(truncate(argv[1], 0));
}

static int act_unlink(int argc, char **argv)
{
	(void)argc;
	return answer(unlink(argv[1]));
}

static int act_rmdir(int argc, char **argv)
{
	(void)argc;
	return answer(rmdir(argv[1]));
}

static int act_rename(int argc, char **argv)
{
	(void)argc;
	return answer(rename(argv[1], argv[2]));
}

/* exchange A B: swaps two names in one call */
static int act_exchange(int argc, char **argv)
{
	(void)argc;
	return answer(syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE));
}

static int act_link(int argc, char **argv)
{
	(void)argc;
	return answer(link(argv[1], argv[2]));
}

static int act_symlink(int argc, char **argv)
{
	(void)argc;
	return answer(symlink(argv[1], argv[2]));
}

static int act_mkdir(int argc, char **argv)
{
	(void)argc;
	return answer(mkdir(argv[1], 0755));
}

/* mkfifo PATH: mknod without privilege */
static int act_mkfifo(int argc, char **argv)
{
	(void)argc;
	return answer(mknod(argv[1], S_IFIFO | 0644, 0));
}

static int act_chmod(int argc, char **argv)
{
	(void)argc;
	return answer(chmod(argv[1], 0700));
}

/* chown PATH: to the owner it has, which needs no privilege and is a change to the kernel all the same */
static int act_chown(int argc, char **argv)
{
	(void)argc;
	return answer(chown(argv[1], getuid(), getgid()));
}

/* flood COUNT PATH: opens for reading, again and again; refused only when every one was */
static int act_flood(int argc, char **argv)
{
	long count = number(argv[1]), refused = 0, other = 0;

	(void)argc;
	alarm(120);
	for (long i = 0; i < count; i++) {
		int fd = open(argv[2], O_RDONLY | O_CLOEXEC);

		if (fd >= 0)
			close(fd);
		else if (errno == EPERM)
			refused++;
		else
			other++;
	}
	snprintf(outcome->note, sizeof(outcome->note), "refused %ld of %ld", refused, count);
	if (other || (refused && refused < count))
		return TROUBLE;
	return refused ? EPERM : 0;
}

const struct act file_acts[] = {
	{ "open", 2, act_open },
	{ "open-at", 2, act_open_at },
	{ "open-cwd", 2, act_open_cwd },
	{ "open-handle", 1, act_open_handle },
	{ "open-path", 1, act_open_path },
	{ "open-mapped", 1, act_open_mapped },
	{ "open-bind", 4, act_open_bind },
	{ "write-file", 2, act_write_file },
	{ "truncate", 1, act_truncate },
	{ "unlink", 1, act_unlink },
	{ "rmdir", 1, act_rmdir },
	{ "rename", 2, act_rename },
	{ "exchange", 2, act_exchange },
	{ "link", 2, act_link },
	{ "symlink", 2, act_symlink },
	{ "mkdir", 1, act_mkdir },
	{ "mkfifo", 1, act_mkfifo },
	{ "chmod", 1, act_chmod },
	{ "chown", 1, act_chown },
	{ "flood", 2, act_flood },
	{ NULL, 0, NULL },
};
