// SPDX-License-Identifier: Apache-2.0
/*
 * The programs that the kernel itself starts, as root and outside of the session: which files they are when it begins.
 * Whatever leads to another one later, a link or a mount, leads to a program that somebody chose.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "monitor.h"

/* Their paths are fixed when the kernel is built ... */
static const char *const fixed[] = { "/sbin/request-key", "/sbin/modprobe", "/sbin/bridge-stp" };

/* ... or said by root; of a core dump's handler only when it begins with a pipe. */
static const char *const said[] = {
	"/proc/sys/kernel/modprobe", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/poweroff_cmd",
	"/proc/sys/kernel/hotplug",  "/sys/kernel/uevent_helper",
};

static int note(struct rules *rules, const char *path)
{
	struct warden_state *state = rules->programs->state;
	struct warden_helper *helper = NULL;
	int fd;

	for (size_t i = 0; !helper && i < WARDEN_HELPERS; i++)
		if (!state->helpers[i].path[0] || !strcmp(state->helpers[i].path, path))
			helper = &state->helpers[i];
	/* one that is too long to be known by its path is judged by its age and its name */
	if (!helper || strlen(path) >= sizeof(helper->path))
		return 0;
	/* none, which the kernel could not start either: whatever has this path later is not what the machine was set
	 * up with */
	fd = open(path, O_PATH | O_CLOEXEC);
	memset(&helper->inode, 0, sizeof(helper->inode));
	if (fd >= 0 && rules_identify(rules, fd, &helper->inode)) {
		close(fd);
		return -1;
	}
	snprintf(helper->path, sizeof(helper->path), "%s", path);
	if (fd >= 0)
		rules_pin(rules, fd);
	return 0;
}

int helpers_note(struct rules *rules)
{
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (note(rules, fixed[i]))
			return -1;
	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
		int fd = open(said[i], O_RDONLY | O_CLOEXEC);
		char text[256], *path = text;
		ssize_t n;

		/* not in this kernel, or not readable where the kernel lets nobody change it either */
		if (fd < 0)
			continue;
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[n > 0 ? n : 0] = 0;
		if (strstr(said[i], "core_pattern") && *path++ != '|')
			continue;
		path += strspn(path, " ");
		path[strcspn(path, " \n")] = 0;
		if (path[0] == '/' && note(rules, path))
			return -1;
	}
	return 0;
}
