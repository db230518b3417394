// SPDX-License-Identifier: Apache-2.0
/*
 * Pins. Links and maps that are pinned outlive us: when monitor and agent are dead the kernel goes on refusing, and by
 * name what is in force can be looked at.
 */
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include "programs.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* The maps that hold what is in force and what was counted, by the names they are pinned under. A pinned link holds
 * its maps already; by name they can be looked at when the monitor is dead. bpffs takes no dots in names. */
static const struct pinned {
	const char *map, *name;
} maps[] = {
	{ ".bss", "state" },
	{ ".bss.filter", "filter" },
	{ "events", "events" },
	{ "nodes", "nodes" },
	{ "names", "names" },
	{ "addr4", "addr4" },
	{ "addr6", "addr6" },
	{ "procs", "procs" },
	{ "containers", "containers" },
	{ "host_devices", "host_devices" },
};

static int pin_maps(struct programs *programs, const struct options *options)
{
	char path[PATH_MAX];
	int error;

	for (size_t i = 0; i < COUNT(maps); i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(programs->object, maps[i].map);

		snprintf(path, sizeof(path), PIN_ROOT "/warden-%s/maps/%s", options->id, maps[i].name);
		error = map ? bpf_map__pin(map, path) : -ENOENT;
		if (error) {
			errno = -error;
			return -1;
		}
	}
	return 0;
}

/* Mounted as systemd does it at boot, where nobody has. It stays: the place is the system's, not ours. */
static int need_bpffs(void)
{
	struct statfs fs;

	if (statfs(PIN_ROOT, &fs))
		return -1;
	if (fs.f_type == BPF_FS_MAGIC)
		return 0;
	return mount("bpf", PIN_ROOT, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700");
}

int pins_begin(struct programs *programs, const struct options *options)
{
	char pins[PATH_MAX];

	snprintf(pins, sizeof(pins), PIN_ROOT "/warden-%s", options->id);
	if (need_bpffs() || mkdir(pins, 0700)) {
		complain("cannot make %s: %s; it needs a bpf file system: mount -t bpf bpf " PIN_ROOT, pins,
			 strerror(errno));
		return -1;
	}
	if (pin_maps(programs, options)) {
		complain("cannot pin the maps in %s: %s", pins, strerror(errno));
		return -1;
	}
	return 0;
}

int pin_program(struct bpf_link *link, const struct options *options, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PIN_ROOT "/warden-%s/%s", options->id, name);
	return bpf_link__pin(link, path);
}

static void unpin(const char *path)
{
	if (remove(path) && errno != ENOENT)
		complain("cannot remove %s: %s", path, strerror(errno));
}

void unpin_program(const struct options *options, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PIN_ROOT "/warden-%s/%s", options->id, name);
	unpin(path);
}

void pins_end(const struct options *options)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < program_count; i++)
		unpin_program(options, program_table[i].name);
	for (size_t i = 0; i < COUNT(maps); i++) {
		snprintf(path, sizeof(path), PIN_ROOT "/warden-%s/maps/%s", options->id, maps[i].name);
		unpin(path);
	}
	snprintf(path, sizeof(path), PIN_ROOT "/warden-%s/maps", options->id);
	unpin(path);
	snprintf(path, sizeof(path), PIN_ROOT "/warden-%s", options->id);
	unpin(path);
}
