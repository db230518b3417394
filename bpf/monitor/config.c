// SPDX-License-Identifier: Apache-2.0
/* What the kernel side is told before it is loaded: constants, so that the verifier drops what does not apply. */
#define _GNU_SOURCE
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "monitor.h"

/* Clock ticks since boot at which a process started: field 22 of its stat, counted after the last ')'. */
static int start_ticks(pid_t pid, u64 *ticks)
{
	char path[64], text[1024] = {};
	char *field;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	field = strrchr(text, ')');
	for (int i = 2; field && i < 22; i++)
		field = strchr(field + 1, ' ');
	if (!field) {
		errno = EINVAL;
		return -1;
	}
	*ticks = strtoull(field + 1, NULL, 10);
	return 0;
}

/* What a listening socket accepts is given its opener. */
static int share_openers(struct bpf_object *object)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, "openers");
	int error = map ? bpf_map__set_map_flags(map, bpf_map__map_flags(map) | BPF_F_CLONE) : -ENOENT;

	errno = -error;
	return error;
}

int config_set(struct bpf_object *object, u32 flavour, const struct options *options, u64 cgroup_id, u32 level)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	struct warden_config config = {
		.cgroup = cgroup_id,
		.level = level,
		.monitor_tgid = getpid(),
		.has_ancestor_helper = kernel_has_ancestor_helper(flavour),
	};
	struct stat namespace;
	const void *old;
	size_t size;
	char *rodata;
	int error = 0;

	if (stat("/proc/self/ns/mnt", &namespace))
		return -1;
	config.mount_namespace = namespace.st_ino;
	config.began = time(NULL);
	for (int i = 0; i < options->variable_count; i++) {
		size_t len = strlen(options->variables[i]);

		if (len >= WARDEN_VARIABLE) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(config.variables + i * WARDEN_VARIABLE, options->variables[i], len);
	}
	if (devices_find(config.raw_majors))
		return -1;
	/* no hook there tells who listens */
	if (flavour == WARDEN_BY_NONE && share_openers(object))
		return -1;
	config.refuse_uring = kernel_before(5, 12);
	config.refuse_overlay = kernel_before(6, 7);
	/* elsewhere reads need not be seen in the order they are written in, and no program can say that they must */
#ifdef __x86_64__
	if (!kernel_preempts())
		config.rename_lock = symbol_address("rename_lock");
#endif
	if (options->worker) {
		config.exempt_tgid = options->worker;
		if (start_ticks(options->worker, &config.exempt_start))
			return -1;
	}
	if (options->post) {
		size_t len = strlen(options->post);

		if (len >= sizeof(config.post_path)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(config.post_path, options->post, len);
		config.post_len = len;
	}
	old = map ? bpf_map__initial_value(map, &size) : NULL;
	if (!old || size < sizeof(config)) {
		errno = EINVAL;
		return -1;
	}
	/* `config` is the first object of .rodata: the ABI test checks it */
	rodata = malloc(size);
	if (!rodata)
		return -1;
	memcpy(rodata, old, size);
	memcpy(rodata, &config, sizeof(config));
	error = bpf_map__set_initial_value(map, rodata, size);
	free(rodata);
	return error ? -1 : 0;
}
