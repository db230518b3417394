// SPDX-License-Identifier: Apache-2.0
/* The monitor: options, cgroup, programs, agent, and then the loop; at the end nothing is left. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "monitor.h"

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("warden-monitor: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int parse(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "id", required_argument, NULL, 'i' },
		{ "dir", required_argument, NULL, 'd' },
		{ "cgroup", required_argument, NULL, 'c' },
		{ "origin", required_argument, NULL, 'o' },
		{ "node", required_argument, NULL, 'n' },
		{ "agent", required_argument, NULL, 'a' },
		{ "post", required_argument, NULL, 'p' },
		{ "worker", required_argument, NULL, 'w' },
		{ "status-fd", required_argument, NULL, 's' },
		{ "reports", required_argument, NULL, 'r' },
		{ "post-variable", required_argument, NULL, 'v' },
		{},
	};
	int option;

	*options = (struct options){ .status_fd = -1 };
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'i':
			options->id = optarg;
			break;
		case 'd':
			options->dir = optarg;
			break;
		case 'c':
			options->cgroup = optarg;
			break;
		case 'o':
			options->origin = optarg;
			break;
		case 'n':
			options->node = optarg;
			break;
		case 'a':
			options->agent = optarg;
			break;
		case 'p':
			options->post = optarg;
			break;
		case 'r':
			options->reports = optarg;
			break;
		case 'v':
			if (options->variable_count == WARDEN_VARIABLES)
				return -1;
			options->variables[options->variable_count++] = optarg;
			break;
		case 'w':
			options->worker = atoi(optarg);
			break;
		case 's':
			options->status_fd = atoi(optarg);
			break;
		default:
			return -1;
		}
	}
	if (!options->id || !options->dir || !options->cgroup || !options->node || !options->agent ||
	    options->status_fd < 0 || optind != argc || options->worker < 0)
		return -1;
	return strspn(options->id, "0123456789abcdefghijklmnopqrstuvwxyz") == strlen(options->id) ? 0 : -1;
}

/* Held for our life: who can take it knows that this session's monitor is dead. */
static int lock(const struct options *options)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", options->dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : flock(fd, LOCK_EX | LOCK_NB);
}

static int note_self(const struct options *options)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/monitor.pid", options->dir);
	file = fopen(path, "we");
	if (!file)
		return -1;
	fprintf(file, "%d\n", getpid());
	return fclose(file);
}

static int listen_for_post(const struct options *options)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd;

	if ((size_t)snprintf(at.sun_path, sizeof(at.sun_path), "%s/control.sock", options->dir) >=
	    sizeof(at.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (void *)&at, sizeof(at)) || chmod(at.sun_path, 0666) || listen(fd, 8))
		return -1;
	return fd;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	if (remove(path) && errno != ENOENT)
		complain("cannot remove %s: %s", path, strerror(errno));
	return 0;
}

/* As far as we may: a container's root may not raise hard limits, and then fewer rules' inodes are pinned. */
static void raise_limit(int resource, rlim_t wanted)
{
	struct rlimit limit = { wanted, wanted };

	if (!setrlimit(resource, &limit) || getrlimit(resource, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(resource, &limit))
		complain("cannot raise a limit: %s", strerror(errno));
}

/* The directory of all sessions' directories, when this was the last. */
static void remove_base(const char *dir)
{
	char base[PATH_MAX];
	char *slash;

	snprintf(base, sizeof(base), "%s", dir);
	slash = strrchr(base, '/');
	if (!slash)
		return;
	*slash = 0;
	if (rmdir(base) && errno != ENOTEMPTY && errno != EEXIST && errno != ENOENT)
		complain("cannot remove %s: %s", base, strerror(errno));
}

/* The whole session; its exit status, or -1 when it did not begin. */
static int guard(struct session *session)
{
	const struct options *options = session->options;
	u64 cgroup_id;
	u32 level;

	if (lock(options) || note_self(options)) {
		complain("cannot use %s: %s", options->dir, strerror(errno));
		return -1;
	}
	if (options->worker && (session->control_fd = listen_for_post(options)) < 0) {
		complain("cannot listen in %s: %s", options->dir, strerror(errno));
		return -1;
	}
	session->reports_fd = reports_prepare(options);
	if (options->reports && session->reports_fd < 0) {
		complain("cannot open %s: %s", options->reports, strerror(errno));
		return -1;
	}
	if (cgroup_make(options->cgroup, &cgroup_id, &level)) {
		complain("cannot make the cgroup %s: %s", options->cgroup, strerror(errno));
		return -1;
	}
	if (agent_prepare(&session->agent, options)) {
		complain("cannot prepare the agent: %s", strerror(errno));
		return -1;
	}
	return programs_start(&session->programs, options, cgroup_id, level) ? -1 : session_run(session);
}

int main(int argc, char **argv)
{
	static struct session session;
	struct options options;
	int status;

	if (argc > 1 && !strcmp(argv[1], "launch"))
		return launch_main(argc - 1, argv + 1);
	if (argc == 2 && !strcmp(argv[1], "canary"))
		return 0;
	if (argc == 3 && !strcmp(argv[1], "contained"))
		return containers_tell(argv[2]);
	if (parse(argc, argv, &options)) {
		complain("not meant to be started by hand: use `warden`");
		return 2;
	}
	umask(022);
	/* descriptors that pin the rules' inodes; memory for maps, which before 5.11 is counted here */
	raise_limit(RLIMIT_NOFILE, 1 << 20);
	raise_limit(RLIMIT_MEMLOCK, RLIM_INFINITY);
	session.options = &options;
	session.rules.programs = &session.programs;
	session.control_fd = -1;
	status = guard(&session);
	if (status < 0) {
		callers_give_up(options.status_fd);
		status = 1;
	}
	/* a session that ran has detached already */
	if (session.programs.object)
		programs_detach(&session.programs, &options);
	if (cgroup_remove(options.cgroup))
		complain("cannot remove %s: %s", options.cgroup, strerror(errno));
	if (nftw(options.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		complain("cannot remove %s: %s", options.dir, strerror(errno));
	remove_base(options.dir);
	return status;
}
