// SPDX-License-Identifier: Apache-2.0
/*
 * Loading, attaching and pinning. A kernel may lack a hook, or refuse one program; that must never sink the rest:
 * programs for functions the kernel does not have are not loaded, and a refused one is left out and the object
 * opened again. What is missing is written down per class; nothing is taken for granted until its canary is denied.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/magic.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "lib/filter.h"
#include "monitor.h"

/* objects.S */
extern const char warden_lsm_start[], warden_lsm_end[], warden_fmod_start[], warden_fmod_end[];

#define PIN_ROOT "/sys/fs/bpf"

enum {
	NETWORK = 1 << WARDEN_CLASS_NETWORK,
	EXEC = 1 << WARDEN_CLASS_EXEC,
	READ = 1 << WARDEN_CLASS_READ,
	WRITE = 1 << WARDEN_CLASS_WRITE,
	GUARD = 1 << WARDEN_CLASS_GUARD,
	CONTAINERS = 1 << WARDEN_CLASS_CONTAINERS,
	FILES = READ | WRITE,
	ALL = NETWORK | EXEC | FILES | GUARD | CONTAINERS,
};

/* Every program of warden.bpf.c, and the classes that are not whole without it. Without lineage no refusal of any class
 * can be told apart by step, and the action's post is nobody. */
static const struct program {
	const char *name;
	u32 classes;
	bool cgroup; /* attached to the session's cgroup */
	bool caller; /* a tracing or lsm hook: network has another net where these are refused */
} table[] = {
	{ "on_fork", ALL, false, false },
	{ "on_exec", ALL, false, false },
	{ "on_exit", ALL, false, false },
	{ "on_cgroup_mkdir", CONTAINERS, false, false },
	{ "on_cgroup_rmdir", CONTAINERS, false, false },
	{ "connect4", NETWORK, true, false },
	{ "connect6", NETWORK, true, false },
	{ "sendmsg4", NETWORK, true, false },
	{ "sendmsg6", NETWORK, true, false },
	{ "skb_egress", NETWORK, true, false },
	{ "sock_create", NETWORK, true, false },
	{ "bind4", NETWORK, true, false },
	{ "bind6", NETWORK, true, false },
	{ "skb_ingress", NETWORK, true, false },
	{ "socket_create", NETWORK, false, true },
	{ "socket_connect", NETWORK, false, true },
	{ "socket_sendmsg", NETWORK, false, true },
	{ "file_permission", NETWORK, false, true },
	{ "socket_listen", NETWORK, false, true },
	{ "socket_bind", NETWORK, false, true },
	{ "bprm_check", EXEC | CONTAINERS, false, true },
	{ "mmap_file", EXEC, false, true },
	{ "file_mprotect", EXEC, false, true },
	{ "file_open", FILES | GUARD, false, true },
	{ "inode_create", WRITE | GUARD, false, true },
	{ "inode_mkdir", WRITE | GUARD, false, true },
	{ "inode_mknod", WRITE | GUARD, false, true },
	{ "inode_symlink", WRITE | GUARD, false, true },
	{ "inode_unlink", WRITE | GUARD, false, true },
	{ "inode_rmdir", WRITE | GUARD, false, true },
	{ "inode_link", FILES | GUARD, false, true },
	{ "inode_rename", FILES | GUARD, false, true },
	{ "inode_setattr2", WRITE, false, true },
	{ "inode_setattr3", WRITE, false, true },
	{ "inode_setxattr5", WRITE, false, true },
	{ "inode_setxattr6", WRITE, false, true },
	{ "inode_removexattr2", WRITE, false, true },
	{ "inode_removexattr3", WRITE, false, true },
	{ "inode_set_acl", WRITE, false, true },
	{ "inode_remove_acl", WRITE, false, true },
	{ "inode_file_setattr", WRITE, false, true },
	{ "file_ioctl", WRITE | GUARD, false, true },
	{ "file_ioctl_compat", WRITE | GUARD, false, true },
	{ "inode_getattr", FILES | EXEC, false, true },
	{ "ptrace_access", GUARD, false, true },
	{ "task_kill", GUARD, false, true },
	{ "bpf_syscall", GUARD, false, true },
	{ "file_receive", CONTAINERS, false, true },
	{ "task_alloc", GUARD, false, true },
	{ "sb_umount", GUARD, false, true },
	{ "sb_mount", GUARD, false, true },
	{ "move_mount", GUARD, false, true },
	{ "sb_pivotroot", GUARD, false, true },
	{ "sb_set_mnt_opts", FILES, false, true },
	{ "send_sigio", GUARD, false, true },
	{ "task_setrlimit", GUARD, false, true },
	{ "capable", GUARD, false, true },
	{ "perf_event_open", GUARD, false, true },
	{ "perf_event_alloc", GUARD, false, true },
	{ "path_notify", GUARD, false, true },
	{ "fs_parameter", NETWORK, false, true },
	{ "unix_connect", GUARD, false, true },
	{ "unix_send", GUARD, false, true },
};

/* That other net for listening: of use only there. */
static const char *const substitutes[] = { "bind4", "bind6", "skb_ingress" };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define LOG_SIZE     (1 << 16)
#define LOG_STATS    4 /* BPF_LOG_STATS: a few lines for each program that the verifier saw */

static const struct program *known(const char *name)
{
	for (size_t i = 0; i < COUNT(table); i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

static bool is_substitute(const char *name)
{
	for (size_t i = 0; i < COUNT(substitutes); i++)
		if (!strcmp(substitutes[i], name))
			return true;
	return false;
}

/* Load logs are wanted only when something is refused, and then the errno and the hook say enough to users. */
static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level != LIBBPF_WARN || !getenv("WARDEN_DEBUG"))
		return 0;
	return vfprintf(stderr, format, args);
}

static void missing(struct programs *programs, const struct program *program, u32 absence, int error)
{
	for (int i = 0; i < WARDEN_CLASSES; i++) {
		struct warden_class_posture *class = &programs->missing[i];

		if (!(program->classes & 1u << i) || class->absence)
			continue;
		/* connect, sendmsg and egress hold the network alone where the kernel refuses tracing programs */
		if (i == WARDEN_CLASS_NETWORK && program->caller && programs->flavour == WARDEN_BY_NONE)
			continue;
		class->absence = absence;
		class->error = error;
		snprintf(class->hook, sizeof(class->hook), "%s", program->name);
	}
}

/* Programs that this kernel refused; kept over the attempts to load. */
struct refused {
	bool is[COUNT(table)];
	bool silently; /* the last attempt failed without a log: in this one, each program that loads has one */
};

/* The number of arguments of the function that a program hooks, -1 when this kernel does not have it. */
static int hook_arguments(const struct btf *btf, struct bpf_program *program, u32 flavour)
{
	const char *slash = strchr(bpf_program__section_name(program), '/');
	const struct btf_type *type;
	char name[128];
	int id;

	snprintf(name, sizeof(name), "%s%s", flavour == WARDEN_BY_LSM ? "bpf_lsm_" : "", slash + 1);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	type = id > 0 ? btf__type_by_id(btf, id) : NULL;
	type = type ? btf__type_by_id(btf, type->type) : NULL;
	return type ? btf_vlen(type) : -1;
}

/* sendfile and splice to a socket have a way of their own where sockets can be given pages. */
static bool sockets_take_pages(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "proto_ops", BTF_KIND_STRUCT);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (u32 i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), "sendpage"))
			return true;
	return false;
}

/* What has nothing to do on this machine, and would only cost. */
static bool is_idle(const char *name, u32 flavour, const struct btf *btf)
{
	if (!strcmp(name, "file_permission"))
		return !sockets_take_pages(btf);
	return is_substitute(name) && flavour != WARDEN_BY_NONE;
}

static bool is_caller_hook(struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);

	return !strncmp(section, "lsm/", 4) || !strncmp(section, "fmod_ret/", 9);
}

/* A hook that took another argument on the way has two programs, named by how many they take; one of them fits. */
static bool other_signature(const char *name, int arguments)
{
	char last = name[strlen(name) - 1];

	return last >= '2' && last <= '9' && arguments != last - '0';
}

/* Before there was the function there was no such act, or it went by another hook: so nothing is missing. */
static bool came_later(const char *name)
{
	static const char *const later[] = { "inode_set_acl", "inode_remove_acl", "inode_file_setattr",
					     "file_ioctl_compat" };

	for (size_t i = 0; i < COUNT(later); i++)
		if (!strcmp(name, later[i]))
			return true;
	return false;
}

/*
 * Which program was refused? libbpf stops at the first refusal and unloads the rest. The verifier's log tells; one that
 * was refused before it came to the verifier (by another security module, for one) is the first that has none where
 * each that loads has.
 */
static const struct program *refused_one(struct bpf_object *object, char (*logs)[LOG_SIZE], bool silently)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, object) {
		const struct program *entry = known(bpf_program__name(program));

		if (bpf_program__autoload(program) && !logs[entry - table][0] == silently)
			return entry;
	}
	return NULL;
}

/* One attempt. 1: something was refused, try again without it. */
static int load_once(struct programs *programs, const struct options *options, u64 cgroup_id, u32 level,
		     const struct btf *btf, struct refused *refused)
{
	/* bpf object files are the same for both: what differs is how their programs are hooked */
	const char *start = programs->flavour == WARDEN_BY_LSM ? warden_lsm_start : warden_fmod_start;
	const char *end = programs->flavour == WARDEN_BY_LSM ? warden_lsm_end : warden_fmod_end;
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "warden");
	static char logs[COUNT(table)][LOG_SIZE]; /* untouched unless something is refused */
	const struct program *culprit;
	struct bpf_program *program;
	int error;

	programs->object = bpf_object__open_mem(start, end - start, &opts);
	if (!programs->object)
		return -1;
	bpf_object__for_each_program (program, programs->object) {
		const struct program *entry = known(bpf_program__name(program));
		size_t i = entry - table;

		if (!entry) {
			errno = ENOENT;
			return -1;
		}
		logs[i][0] = 0;
		bpf_program__set_log_buf(program, logs[i], sizeof(logs[i]));
		bpf_program__set_log_level(program, refused->silently ? LOG_STATS : 0);
		if (refused->is[i] || is_idle(entry->name, programs->flavour, btf)) {
			bpf_program__set_autoload(program, false);
		} else if (is_caller_hook(program) && programs->flavour == WARDEN_BY_NONE) {
			bpf_program__set_autoload(program, false);
			missing(programs, entry, programs->left_out ? WARDEN_ABSENCE_LEFT_OUT : WARDEN_ABSENCE_LOAD,
				programs->left_out ? 0 : EPERM);
		} else if (is_caller_hook(program)) {
			int arguments = hook_arguments(btf, program, programs->flavour);

			if (arguments >= 0 && !other_signature(entry->name, arguments))
				continue;
			bpf_program__set_autoload(program, false);
			if (arguments < 0 && !came_later(entry->name))
				missing(programs, entry, WARDEN_ABSENCE_NO_FUNCTION, ENOENT);
		}
	}
	if (config_set(programs->object, programs->flavour, options, cgroup_id, level))
		return -1;
	error = bpf_object__load(programs->object);
	if (!error)
		return 0;
	culprit = refused_one(programs->object, logs, refused->silently);
	if (culprit) {
		const char *log = logs[culprit - table];

		refused->is[culprit - table] = true;
		if (getenv("WARDEN_DEBUG"))
			complain("%s refused: %s", culprit->name, log + (strlen(log) > 8000 ? strlen(log) - 8000 : 0));
		missing(programs, culprit, WARDEN_ABSENCE_LOAD, -error);
	}
	if (culprit || !refused->silently) {
		refused->silently = !culprit;
		bpf_object__close(programs->object);
		programs->object = NULL;
		return 1;
	}
	errno = -error;
	return -1;
}

static int attach(struct programs *programs, const struct options *options)
{
	int cgroup_fd = open(options->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct bpf_program *program;

	if (cgroup_fd < 0)
		return -1;
	bpf_object__for_each_program (program, programs->object) {
		const struct program *entry = known(bpf_program__name(program));
		struct bpf_link *link;
		char path[PATH_MAX];

		if (!bpf_program__autoload(program))
			continue;
		if (entry->cgroup)
			link = bpf_program__attach_cgroup(program, cgroup_fd);
		else
			link = bpf_program__attach(program);
		if (!link) {
			missing(programs, entry, WARDEN_ABSENCE_ATTACH, errno);
			continue;
		}
		snprintf(path, sizeof(path), PIN_ROOT "/warden-%s/%s", options->id, entry->name);
		if (bpf_link__pin(link, path)) {
			/* unpinned it would not outlive us, which is not what is promised */
			missing(programs, entry, WARDEN_ABSENCE_ATTACH, errno);
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

static int map_fd(struct bpf_object *object, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	return map ? bpf_map__fd(map) : -1;
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

int programs_start(struct programs *programs, const struct options *options, u64 cgroup_id, u32 level)
{
	struct refused refused = {};
	char pins[PATH_MAX];
	struct btf *btf;
	int again;

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
	do {
		again = load_once(programs, options, cgroup_id, level, btf, &refused);
	} while (again > 0);
	btf__free(btf);
	if (again < 0) {
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
	if (attach(programs, options)) {
		complain("cannot attach to %s: %s", options->cgroup, strerror(errno));
		return -1;
	}
	return 0;
}

static void unpin(const char *path)
{
	if (remove(path) && errno != ENOENT)
		complain("cannot remove %s: %s", path, strerror(errno));
}

/* A link that nobody holds is detached when its pin goes. */
static void unpin_program(const struct options *options, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PIN_ROOT "/warden-%s/%s", options->id, name);
	unpin(path);
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
	char path[PATH_MAX];

	for (size_t i = 0; i < COUNT(table); i++)
		unpin_program(options, table[i].name);
	for (size_t i = 0; i < COUNT(maps); i++) {
		snprintf(path, sizeof(path), PIN_ROOT "/warden-%s/maps/%s", options->id, maps[i].name);
		unpin(path);
	}
	snprintf(path, sizeof(path), PIN_ROOT "/warden-%s/maps", options->id);
	unpin(path);
	snprintf(path, sizeof(path), PIN_ROOT "/warden-%s", options->id);
	unpin(path);
	bpf_object__close(programs->object);
	programs->object = NULL;
}
