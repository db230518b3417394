/* SPDX-License-Identifier: Apache-2.0 -- acts that change a file without writing to it, or find it without its path */
#define _GNU_SOURCE
#include "acts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* utimes WHEN PATH: WHEN is now, or then */
static int act_utimes(int argc, char **argv)
{
	struct timespec then[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

	(void)argc;
	return answer(utimensat(AT_FDCWD, argv[2], strcmp(argv[1], "now") == 0 ? NULL : then, 0));
}

/* by-descriptor WHAT PATH: WHAT is utimes, chmod or chown, of a file that is open for reading */
static int act_by_descriptor(int argc, char **argv)
{
	int fd = open(argv[2], O_RDONLY | O_CLOEXEC);

	(void)argc;
	if (fd < 0)
		return trouble("open");
	if (strcmp(argv[1], "utimes") == 0)
		return answer(futimens(fd, NULL));
	if (strcmp(argv[1], "chmod") == 0)
		return answer(fchmod(fd, 0700));
	return answer(fchown(fd, getuid(), getgid()));
}

/* xattr HOW NAME PATH: sets an attribute by its path or by a descriptor for reading, or removes it */
static int act_xattr(int argc, char **argv)
{
	int fd;

	(void)argc;
	if (strcmp(argv[1], "remove") == 0)
		return answer(removexattr(argv[3], argv[2]));
	if (strcmp(argv[1], "path") == 0)
		return answer(setxattr(argv[3], argv[2], "value", 5, 0));
	fd = open(argv[3], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return trouble("open");
	return answer(fsetxattr(fd, argv[2], "value", 5, 0));
}

/* access-list HOW PATH: gives everybody of root's group a right (HOW is set), or takes all of the list away */
static int act_access_list(int argc, char **argv)
{
	static const struct {
		unsigned version;
		struct {
			unsigned short tag, perm;
			unsigned id;
		} entries[5];
	} list = { 2, { { 0x01, 6, -1U }, { 0x04, 4, -1U }, { 0x08, 6, 0 }, { 0x10, 6, -1U }, { 0x20, 4, -1U } } };
	static const char name[] = "system.posix_acl_access";

	(void)argc;
	if (strcmp(argv[1], "remove") == 0)
		return answer(removexattr(argv[2], name));
	return answer(setxattr(argv[2], name, &list, sizeof(list), 0));
}

/* capability PATH: gives a program the right to change any file */
static int act_capability(int argc, char **argv)
{
	struct vfs_cap_data data = { .magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
				     .data = { { .permitted = 1U << CAP_DAC_OVERRIDE } } };

	(void)argc;
	return answer(setxattr(argv[1], "security.capability", &data, sizeof(data), 0));
}

/* flags HOW PATH: has a file left out of dumps, by a descriptor for reading or by its path */
static int act_flags(int argc, char **argv)
{
	struct {
		__u64 xflags;
		__u32 rest[4];
	} wanted = { .xflags = FS_XFLAG_NODUMP };
	unsigned long value = FS_NODUMP_FL;
	int fd;

	(void)argc;
	if (strcmp(argv[1], "path") == 0)
		return answer(syscall(469 /* file_setattr */, AT_FDCWD, argv[2], &wanted, sizeof(wanted), 0));
	fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return trouble("open");
	return answer(ioctl(fd, FS_IOC_SETFLAGS, &value));
}

/* generation PATH: makes a file another one to who knows it by its number and generation */
static int act_generation(int argc, char **argv)
{
	int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	unsigned long value = 4711;

	(void)argc;
	if (fd < 0)
		return trouble("open");
	return answer(ioctl(fd, FS_IOC_SETVERSION, &value));
}

/* handle-forgotten HOW FROM PATH: by file handle, when the kernel does not have the file's place in memory any more;
 * FROM is any directory of the same file system, HOW is read or write */
static int act_handle_forgotten(int argc, char **argv)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle = { .head = { .handle_bytes = MAX_HANDLE_SZ } };
	int from = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC), drop, mount, fd;
	char link[64], found[512] = "";

	(void)argc;
	if (from < 0)
		return trouble("open of the directory");
	if (name_to_handle_at(AT_FDCWD, argv[3], &handle.head, &mount, 0))
		return trouble("name_to_handle_at");
	/* a dirty inode stays */
	if (syncfs(from))
		return trouble("syncfs");
	drop = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	/* what was used lately is spared once */
	for (int i = 0; i < 3; i++) {
		if (drop < 0 || write(drop, "3", 1) != 1)
			return trouble("drop_caches");
	}
	fd = open_by_handle_at(from, &handle.head, strcmp(argv[1], "write") == 0 ? O_WRONLY : O_RDONLY);
	if (fd < 0)
		return errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, found, sizeof(found) - 1) < 0)
		return trouble("readlink");
	return strcmp(found, argv[3]) == 0 ? trouble_text("the kernel has not forgotten its place") : 0;
}

/* is-root: whether this program runs as root; for one that has root's set-user-ID bit */
static int act_is_root(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return geteuid() == 0 ? 0 : trouble_text("it is not root");
}

const struct act attribute_acts[] = {
	{ "utimes", 2, act_utimes },	     { "by-descriptor", 2, act_by_descriptor },
	{ "xattr", 3, act_xattr },	     { "access-list", 2, act_access_list },
	{ "capability", 1, act_capability }, { "flags", 2, act_flags },
	{ "generation", 1, act_generation }, { "handle-forgotten", 3, act_handle_forgotten },
	{ "is-root", 0, act_is_root },	     { NULL, 0, NULL },
};
