/* SPDX-License-Identifier: Apache-2.0 -- file systems that anybody can mount, in a user namespace */
#define _GNU_SOURCE
#include "acts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

static int write_below(const char *directory, const char *name)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	if (fd < 0)
		return errno;
	return answer(write(fd, "text", 4));
}

/* write-memory AT NAME: in a tmpfs of its own */
static int act_write_memory(int argc, char **argv)
{
	int result = own_mounts("user");

	(void)argc;
	if (result)
		return result;
	if (mount("none", argv[1], "tmpfs", 0, NULL))
		return errno;
	return write_below(argv[1], argv[2]);
}

/* A session makes no overlays on kernels that do not tell their layers' files, and the oldest make none in user
 * namespaces. */
static bool tells_layers(void)
{
	struct utsname name;
	int major, minor;

	if (uname(&name) || sscanf(name.release, "%d.%d", &major, &minor) != 2)
		return false;
	return major > 6 || (major == 6 && minor >= 7);
}

/* write-layer LOWER UPPER WORK AT NAME: writes AT/NAME of an overlay, which is to write UPPER/NAME */
static int act_write_layer(int argc, char **argv)
{
	int result = own_mounts("user");
	char options[2048];

	(void)argc;
	if (result)
		return result;
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s,userxattr", argv[1], argv[2], argv[3]);
	if (mount("overlay", argv[4], "overlay", 0, options))
		return errno == EPERM && !tells_layers() ? EOPNOTSUPP : errno;
	return write_below(argv[4], argv[5]);
}

const struct act rootless_acts[] = {
	{ "write-memory", 2, act_write_memory },
	{ "write-layer", 5, act_write_layer },
	{ NULL, 0, NULL },
};
