// SPDX-License-Identifier: Apache-2.0
/* Containers: those that are there when the session begins, the canary's, and their end. */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "monitor.h"

#define CGROUP_DEPTH 16 /* descriptors that the walk may hold */

/* A mount of a container's root, as runtimes show it in the machine's namespace (docker and podman, containerd). */
static bool is_containers_root(const char *point, const char *type)
{
	const char *name = strrchr(point, '/');

	return !strcmp(type, "overlay") && name && (!strcmp(name, "/merged") || !strcmp(name, "/rootfs"));
}

/* Every file system that is mounted here, by the kernel's device number (include/linux/kdev_t.h). */
static int note_host_devices(int map)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	size_t size = 0;
	char *line = NULL;
	int error = 0;

	if (!file)
		return -1;
	while (!error && getline(&line, &size, file) > 0) {
		const char *rest = strstr(line, " - ");
		char point[PATH_MAX], type[64];
		unsigned int major, minor;
		u8 one = 1;
		u32 device;

		if (!rest || sscanf(line, "%*d %*d %u:%u %*s %4095s", &major, &minor, point) != 3 ||
		    sscanf(rest, " - %63s", type) != 1 || is_containers_root(point, type))
			continue;
		device = major << 20 | minor;
		error = bpf_map_update_elem(map, &device, &one, BPF_ANY);
	}
	free(line);
	fclose(file);
	return error;
}

static bool is_id(const char *name)
{
	return strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64;
}

/* docker-ID.scope, /docker/ID, libpod-ID.scope, cri-containerd-ID.scope, crio-ID.scope */
static bool is_containers_name(const char *name)
{
	static const char *const runtimes[] = { "docker-", "libpod-", "cri-containerd-", "crio-" };

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(*runtimes); i++)
		if (!strncmp(name, runtimes[i], strlen(runtimes[i])))
			return true;
	return is_id(name);
}

/* nftw takes no argument */
static struct {
	const struct programs *programs;
	int inside; /* level of the container's cgroup that the walk is in, -1 none */
	int error;
} walk;

static int adopt(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	u32 flags = WARDEN_CONTAINER_FOUND;
	u64 id = st->st_ino;

	if (kind != FTW_D)
		return 0;
	if (walk.inside >= where->level)
		walk.inside = -1;
	if (walk.inside < 0 && is_containers_name(path + where->base))
		walk.inside = where->level;
	if (walk.inside < 0)
		return 0;
	__atomic_store_n(&walk.programs->state->containers, 1, __ATOMIC_SEQ_CST);
	/* one that was made since the programs are attached is there already */
	if (bpf_map_update_elem(walk.programs->containers_fd, &id, &flags, BPF_NOEXIST) && errno != EEXIST)
		walk.error = errno;
	return 0;
}

/* Where the unified hierarchy is mounted; `point` has room for any path. */
static int find_mount(char *point)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	size_t room = 0;
	char *line = NULL;
	int found = -1;

	if (!file)
		return -1;
	while (found && getline(&line, &room, file) > 0)
		if (strstr(line, " - cgroup2 ") && sscanf(line, "%*d %*d %*s %*s %4095s", point) == 1)
			found = 0;
	free(line);
	fclose(file);
	return found;
}

int containers_begin(const struct programs *programs)
{
	char point[PATH_MAX];

	if (note_host_devices(programs->host_devices_fd) || find_mount(point))
		return -1;
	walk.programs = programs;
	walk.inside = -1;
	walk.error = 0;
	/* a cgroup may go while it is looked at; then there is nobody in it */
	if (nftw(point, adopt, CGROUP_DEPTH, FTW_PHYS) && errno != ENOENT)
		return -1;
	errno = walk.error;
	return walk.error ? -1 : 0;
}

int containers_stage(const struct options *options, struct programs *programs, char *dir, size_t size)
{
	int error;

	if ((size_t)snprintf(dir, size, "%s-canary", options->cgroup) >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	__atomic_store_n(&programs->state->canary, 1, __ATOMIC_SEQ_CST);
	error = mkdir(dir, 0755);
	__atomic_store_n(&programs->state->canary, 0, __ATOMIC_SEQ_CST);
	return error;
}

int containers_unstage(const char *dir)
{
	return *dir ? cgroup_remove(dir) : 0;
}

/* The governed processes of containers, by thread-group id; how many, or -1. Keys are read before anything else: a map
 * that loses the last key begins again. */
static int list_contained(int procs, u32 *found, size_t room)
{
	size_t keys = 0, contained = 0;

	while (keys < room && !bpf_map_get_next_key(procs, keys ? &found[keys - 1] : NULL, &found[keys]))
		keys++;
	if (keys < room && errno != ENOENT)
		return -1;
	for (size_t i = 0; i < keys; i++) {
		struct warden_proc proc;

		if (!bpf_map_lookup_elem(procs, &found[i], &proc) && (proc.flags & WARDEN_PROC_CONTAINED))
			found[contained++] = found[i];
	}
	return contained;
}

#define PROCESSES 65536 /* as many as the map holds */

/* Ends who is there now; how many that were, or -1. */
static int end_round(const struct programs *programs)
{
	static u32 found[PROCESSES];
	int count = list_contained(programs->procs_fd, found, PROCESSES);

	for (int i = 0; i < count; i++)
		if (kill(found[i], SIGKILL) && errno != ESRCH)
			complain("cannot end process %u: %s", found[i], strerror(errno));
	return count;
}

int containers_tell(const char *pins)
{
	static u32 found[PROCESSES];
	char path[PATH_MAX];
	int procs, count;

	snprintf(path, sizeof(path), "%s/maps/procs", pins);
	procs = bpf_obj_get(path);
	count = procs < 0 ? -1 : list_contained(procs, found, PROCESSES);
	if (count < 0) {
		complain("cannot read %s: %s", path, strerror(errno));
		return 1;
	}
	for (int i = 0; i < count; i++)
		printf("%u\n", found[i]);
	return 0;
}

int containers_end(const struct programs *programs)
{
	int ended = 0, left;

	for (int i = 0; i < 1000; i++) {
		left = end_round(programs);
		if (left <= 0)
			break;
		if (ended < left)
			ended = left;
		usleep(2000);
	}
	if (left == 0)
		return ended;
	errno = left > 0 ? EBUSY : errno;
	return -1;
}
