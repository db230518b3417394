// SPDX-License-Identifier: Apache-2.0
/*
 * The symbolic links that lead to a path. The kernel follows them all at once and tells of none; whoever replaces one
 * makes the path another file's, so a rule that holds the file has to know them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "monitor.h"

enum { MOST_LINKS = 40 }; /* as the kernel has it */

static void up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = 0;
}

/* Puts a text before what is left of a path. -1: there is no room. */
static int prepend(char *rest, const char *text, const char *after)
{
	char joined[PATH_MAX];

	if (snprintf(joined, sizeof(joined), "%s%s", text, after) >= (int)sizeof(joined)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(rest, joined, sizeof(joined));
	return 0;
}

int links_follow(char path[PATH_MAX], int (*found)(void *arg, const char *link, bool last), void *arg)
{
	char at[PATH_MAX] = "", rest[PATH_MAX], target[PATH_MAX];
	int links = 0;

	if (prepend(rest, path, ""))
		return -1;
	for (;;) {
		char *name = rest + strspn(rest, "/"), *after = name + strcspn(name, "/");
		size_t have = strlen(at);
		ssize_t n;

		if (after == name)
			break;
		if (after - name == 1 && name[0] == '.') {
			memmove(rest, after, strlen(after) + 1);
			continue;
		}
		if (after - name == 2 && name[0] == '.' && name[1] == '.') {
			up(at);
			memmove(rest, after, strlen(after) + 1);
			continue;
		}
		if (snprintf(at + have, sizeof(at) - have, "/%.*s", (int)(after - name), name) >=
		    (int)(sizeof(at) - have)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		n = readlink(at, target, sizeof(target) - 1);
		if (n < 0 && errno != EINVAL)
			/* it is not there: what is left names nothing either */
			return prepend(path, at, after);
		if (n < 0) {
			memmove(rest, after, strlen(after) + 1);
			continue;
		}
		target[n] = 0;
		if (++links > MOST_LINKS) {
			errno = ELOOP;
			return -1;
		}
		if (found(arg, at, !after[strspn(after, "/")]))
			return -1;
		up(at);
		if (target[0] == '/')
			at[0] = 0;
		if (prepend(rest, target, after))
			return -1;
	}
	return prepend(path, at[0] ? at : "/", "");
}
