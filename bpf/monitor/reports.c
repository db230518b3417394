// SPDX-License-Identifier: Apache-2.0
/*
 * The reports, from the session's directory to where the user wants them. Copied by the monitor and not by the
 * action's post: a post that never came, or was not let run, leaves no job without them. Bytes; nothing is parsed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "monitor.h"

static const char *const names[] = { "report.json", "warden.sarif", "summary.md", "events.jsonl" };

int reports_prepare(const struct options *options)
{
	return options->reports ? open(options->reports, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

static int copy(int from, int to)
{
	static char buffer[1 << 16];
	ssize_t n;

	while ((n = read(from, buffer, sizeof(buffer))) > 0) {
		for (ssize_t done = 0, more; done < n; done += more) {
			more = write(to, buffer + done, n - done);
			if (more < 0)
				return -1;
		}
	}
	return n < 0 ? -1 : 0;
}

/* Whatever has the name is replaced, never followed: a job on this machine may have left something there. */
static int deliver(int source, int target, const char *name)
{
	int from = openat(source, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), to = -1, failed, error;

	if (from < 0)
		return -1;
	if (!unlinkat(target, name, 0) || errno == ENOENT)
		to = openat(target, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	failed = to < 0 || copy(from, to);
	error = errno;
	if (to >= 0 && close(to))
		failed = 1;
	close(from);
	errno = error;
	return failed ? -1 : 0;
}

int reports_deliver(const struct options *options, int target)
{
	char path[PATH_MAX];
	int source, failed = 0;

	if (target < 0)
		return 0;
	snprintf(path, sizeof(path), "%s/report", options->dir);
	source = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (source < 0)
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!deliver(source, target, names[i]))
			continue;
		complain("cannot deliver %s to %s: %s", names[i], options->reports, strerror(errno));
		failed = -1;
	}
	close(source);
	return failed;
}
