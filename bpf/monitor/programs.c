// SPDX-License-Identifier: Apache-2.0
/* The kernel programs from their start to their end: loaded (load.c), attached, and pinned (pins.c). */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "lib/filter.h"
#include "programs.h"

static int attach(struct programs *programs, const struct options *options)
{
	int cgroup_fd = open(options->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct bpf_program *program;

	if (cgroup_fd < 0)
		return -1;
	bpf_object__for_each_program (program, programs->object) {
		const struct program *entry = program_named(bpf_program__name(program));
		struct bpf_link *link;

		if (!bpf_program__autoload(program))
			continue;
		if (entry->cgroup)
			link = bpf_program__attach_cgroup(program, cgroup_fd);
		else
			link = bpf_program__attach(program);
		if (!link) {
			program_missing(programs, entry, WARDEN_ABSENCE_ATTACH, errno);
			continue;
		}
		if (pin_program(link, options, entry->name)) {
			/* unpinned it would not outlive us, which is not what is promised */
			program_missing(programs, entry, WARDEN_ABSENCE_ATTACH, errno);
			bpf_link__destroy(link);
			continue;
		}
		if (!strcmp(entry->name, "inode_getattr"))
			programs->resolves = true;
		/* the pin holds the link; our handle must not detach it when freed */
		bpf_link__disconnect(link);
		bpf_link__destroy(link);
	}
	close(cgroup_fd);
	return 0;
}

static int map_fd(struct bpf_object *object, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	return map ? bpf_map__fd(map) : -1;
}

/* What the kernel side holds in a section of its own, for both to see. */
static void *share(struct programs *programs, const char *section, size_t size)
{
	struct bpf_map *map = bpf_object__find_map_by_name(programs->object, section);
	void *shared;

	if (!map || bpf_map__value_size(map) < size) {
		complain("the kernel programs have no %s", section);
		return NULL;
	}
	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	if (shared == MAP_FAILED) {
		complain("cannot share %s with the kernel programs: %s", section, strerror(errno));
		return NULL;
	}
	return shared;
}

/* Load logs are wanted only when something is refused, and then the errno and the hook say enough to users. */
static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level != LIBBPF_WARN || !getenv("WARDEN_DEBUG"))
		return 0;
	return vfprintf(stderr, format, args);
}

int programs_start(struct programs *programs, const struct options *options, u64 cgroup_id, u32 level)
{
	struct btf *btf;
	int error;

	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(quiet);
	btf = btf__load_vmlinux_btf();
	if (!btf) {
		complain("this kernel has no type information (CONFIG_DEBUG_INFO_BTF): it cannot be guarded");
		return -1;
	}
	programs->flavour = kernel_flavour();
	if (programs->flavour != WARDEN_BY_NONE && kernel_leaves_out(programs->flavour)) {
		programs->left_out = true;
		programs->flavour = WARDEN_BY_NONE;
	}
	error = programs_load(programs, options, cgroup_id, level, btf);
	btf__free(btf);
	if (error) {
		complain("cannot load the kernel programs: %s", strerror(errno));
		return -1;
	}
	programs->state = share(programs, ".bss", sizeof(*programs->state));
	programs->filter = share(programs, ".bss.filter", FILTER_BYTES);
	if (!programs->state || !programs->filter)
		return -1;
	programs->events_fd = map_fd(programs->object, "events");
	programs->nodes_fd = map_fd(programs->object, "nodes");
	programs->names_fd = map_fd(programs->object, "names");
	programs->addr4_fd = map_fd(programs->object, "addr4");
	programs->addr6_fd = map_fd(programs->object, "addr6");
	programs->procs_fd = map_fd(programs->object, "procs");
	programs->containers_fd = map_fd(programs->object, "containers");
	programs->host_devices_fd = map_fd(programs->object, "host_devices");
	if (pins_begin(programs, options))
		return -1;
	if (attach(programs, options)) {
		complain("cannot attach to %s: %s", options->cgroup, strerror(errno));
		return -1;
	}
	/* the kernel's types took megabytes, and nobody asks for them any more */
	malloc_trim(0);
	return 0;
}

void programs_stop_resolving(struct programs *programs, const struct options *options)
{
	if (!programs->resolves)
		return;
	programs->resolves = false;
	unpin_program(options, "inode_getattr");
}

void programs_detach(struct programs *programs, const struct options *options)
{
	pins_end(options);
	bpf_object__close(programs->object);
	programs->object = NULL;
}
