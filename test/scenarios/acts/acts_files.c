/* SPDX-License-Identifier: Apache-2.0 -- acts on files */
#define _GNU_SOURCE
#include "acts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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
		{ "make", O_WRONLY | O_CREAT },
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

int own_mounts(const char *kind)
{
	int user = strcmp(kind, "user") == 0;
	unsigned uid = getuid(), gid = getgid();
	char map[64], groups[64];

	if (unshare(CLONE_NEWNS | (user ? CLONE_NEWUSER : 0)))
		return errno;
	if (user) {
		snprintf(map, sizeof(map), "0 %u 1", uid);
		snprintf(groups, sizeof(groups), "0 %u 1", gid);
		if (write_text("/proc/self/uid_map", map) || write_text("/proc/self/setgroups", "deny") ||
		    write_text("/proc/self/gid_map", groups))
			return trouble("uid_map");
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return errno == EPERM ? EPERM : trouble("private mounts");
	return 0;
}

static int open_below(const char *directory, const char *name, int flags)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return open(path, flags);
}

/* open-bind KIND FROM TO NAME: binds FROM over TO in a mount namespace of its own and reads TO/NAME */
static int act_open_bind(int argc, char **argv)
{
	int result = own_mounts(argv[1]);

	(void)argc;
	if (result)
		return result;
	if (mount(argv[2], argv[3], NULL, MS_BIND, NULL))
		return errno;
	return answer(open_below(argv[3], argv[4], O_RDONLY));
}

/* open-overlay KIND LOWER AT NAME: stacks LOWER and AT itself, which needs no place to write, and reads AT/NAME */
static int act_open_overlay(int argc, char **argv)
{
	int result = own_mounts(argv[1]);
	char options[1024];

	(void)argc;
	if (result)
		return result;
	snprintf(options, sizeof(options), "lowerdir=%s:%s", argv[2], argv[3]);
	if (mount("overlay", argv[3], "overlay", 0, options))
		return errno;
	return answer(open_below(argv[3], argv[4], O_RDONLY));
}

/* copy-up LOWER AT NAME: makes an overlay copy LOWER's file to where it can be read */
static int act_copy_up(int argc, char **argv)
{
	static const char *const parts[] = { "upper", "work", "merged" };
	char paths[3][512], options[2048];
	int result = own_mounts("root");

	(void)argc;
	if (result)
		return result;
	if (mount("none", argv[2], "tmpfs", 0, NULL))
		return errno;
	for (int i = 0; i < 3; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%s", argv[2], parts[i]);
		if (mkdir(paths[i], 0755))
			return trouble("mkdir");
	}
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", argv[1], paths[0], paths[1]);
	if (mount("overlay", paths[2], "overlay", 0, options))
		return errno;
	if (open_below(paths[2], argv[3], O_WRONLY | O_APPEND) < 0)
		return errno;
	return answer(open_below(paths[0], argv[3], O_RDONLY));
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

/* replace FROM TO: gives TO's name to another file, and reads that by it */
static int act_replace(int argc, char **argv)
{
	(void)argc;
	if (rename(argv[1], argv[2]))
		return errno;
	return answer(open(argv[2], O_RDONLY));
}

/* recreate PATH: removes a file, makes another by its name, and reads that */
static int act_recreate(int argc, char **argv)
{
	int fd;

	(void)argc;
	if (unlink(argv[1]))
		return errno;
	fd = open(argv[1], O_WRONLY | O_CREAT | O_EXCL, 0644);
	if (fd < 0)
		return errno;
	close(fd);
	return answer(open(argv[1], O_RDONLY));
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

/* core DIRECTORY: ends a process so that the kernel writes its core there */
static int act_core(int argc, char **argv)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int pid = fork(), found = 0, status;
	struct dirent *entry;
	DIR *directory;

	(void)argc;
	if (pid < 0)
		return trouble("fork");
	if (pid == 0) {
		take_part();
		if (chdir(argv[1]) || setrlimit(RLIMIT_CORE, &all))
			_exit(2);
		abort();
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return trouble_text("the process did not abort");
	directory = opendir(argv[1]);
	if (!directory)
		return trouble("opendir");
	while ((entry = readdir(directory)))
		found |= strncmp(entry->d_name, "core", 4) == 0;
	closedir(directory);
	return found ? 0 : EPERM;
}

/* link-nameless DIRECTORY PATH: makes a file without a name in a directory, and then gives it one */
static int act_link_nameless(int argc, char **argv)
{
	char path[64];
	int fd = open(argv[1], O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	(void)argc;
	if (fd < 0)
		return trouble("O_TMPFILE");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return answer(linkat(AT_FDCWD, path, AT_FDCWD, argv[2], AT_SYMLINK_FOLLOW));
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
	{ "open-overlay", 4, act_open_overlay },
	{ "copy-up", 3, act_copy_up },
	{ "write-file", 2, act_write_file },
	{ "truncate", 1, act_truncate },
	{ "unlink", 1, act_unlink },
	{ "rmdir", 1, act_rmdir },
	{ "rename", 2, act_rename },
	{ "replace", 2, act_replace },
	{ "recreate", 1, act_recreate },
	{ "exchange", 2, act_exchange },
	{ "link", 2, act_link },
	{ "symlink", 2, act_symlink },
	{ "mkdir", 1, act_mkdir },
	{ "mkfifo", 1, act_mkfifo },
	{ "chmod", 1, act_chmod },
	{ "chown", 1, act_chown },
	{ "core", 1, act_core },
	{ "link-nameless", 2, act_link_nameless },
	{ "flood", 2, act_flood },
	{ NULL, 0, NULL },
};
