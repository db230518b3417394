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
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
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
	FILES = READ | WRITE,
};

/* Every program of warden.bpf.c, and the classes that are not whole without it. */
static const struct program {
	const char *name;
	u32 classes;
	bool cgroup; /* attached to the session's cgroup */
	bool caller; /* a tracing or lsm hook: network has another net where these are refused */
} table[] = {
	{ "on_fork", 0, false, false },
	{ "on_exec", 0, false, false },
	{ "on_exit", 0, false, false },
	{ "connect4", NETWORK, true, false },
	{ "connect6", NETWORK, true, false },
	{ "sendmsg4", NETWORK, true, false },
	{ "sendmsg6", NETWORK, true, false },
	{ "skb_egress", NETWORK, true, false },
	{ "socket_create", NETWORK, false, true },
	{ "socket_connect", NETWORK, false, true },
	{ "socket_sendmsg", NETWORK, false, true },
	{ "bprm_check", EXEC, false, true },
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
	{ "path_truncate", WRITE, false, true },
	{ "path_chmod", WRITE, false, true },
	{ "path_chown", WRITE, false, true },
	{ "inode_setattr", WRITE, false, true },
	{ "inode_getattr", FILES | EXEC, false, true },
	{ "ptrace_access", GUARD, false, true },
	{ "task_kill", GUARD, false, true },
	{ "bpf_syscall", GUARD, false, true },
	{ "task_alloc", GUARD, false, true },
	{ "sb_umount", GUARD, false, true },
	{ "sb_mount", GUARD, false, true },
	{ "move_mount", GUARD, false, true },
	{ "sb_set_mnt_opts", FILES, false, true },
	{ "send_sigio", GUARD, false, true },
	{ "task_setrlimit", GUARD, false, true },
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct program *known(const char *name)
{
	for (size_t i = 0; i < COUNT(table); i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

/* Load logs are wanted only when something is refused, and then the errno and the hook say enough to users. */
static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level != LIBBPF_WARN || !getenv("WARDEN_DEBUG"))
		return 0;
	return vfprintf(stderr, format, args);
}

static bool lsm_has_bpf(void)
{
	char text[1024] = {};
	bool found = false;
	char *list = text, *one;
	int fd = open("/sys/kernel/security/lsm", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) > 0)
		while ((one = strsep(&list, ",\n")))
			found |= !strcmp(one, "bpf");
	close(fd);
	return found;
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

/* May this kernel's tracing (or lsm) programs be loaded here at all? Asked with the smallest one. */
static bool may_trace(u32 flavour)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	enum bpf_prog_type type = flavour == WARDEN_BY_LSM ? BPF_PROG_TYPE_LSM : BPF_PROG_TYPE_TRACING;
	int id = libbpf_find_vmlinux_btf_id(flavour == WARDEN_BY_LSM ? "file_open" : "security_file_open",
					    flavour == WARDEN_BY_LSM ? BPF_LSM_MAC : BPF_MODIFY_RETURN);
	int fd;

	if (id < 0)
		return false;
	opts.attach_btf_id = id;
	opts.expected_attach_type = flavour == WARDEN_BY_LSM ? BPF_LSM_MAC : BPF_MODIFY_RETURN;
	fd = bpf_prog_load(type, "warden_probe", "GPL", code, COUNT(code), &opts);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* Is the helper there for this program type? 5.10 has it, but not for tracing programs. */
static bool has_ancestor_helper(u32 flavour)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1, .imm = 1 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_ancestor_cgroup_id },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	enum bpf_prog_type type = flavour == WARDEN_BY_LSM ? BPF_PROG_TYPE_LSM : BPF_PROG_TYPE_TRACING;
	/* raw tracepoints ask the same question; they must have it as well */
	int raw = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "warden_probe", "GPL", code, COUNT(code), NULL);
	int fd = -1;

	if (raw < 0)
		return false;
	close(raw);
	if (flavour == WARDEN_BY_NONE)
		return true;
	opts.expected_attach_type = flavour == WARDEN_BY_LSM ? BPF_LSM_MAC : BPF_MODIFY_RETURN;
	fd = libbpf_find_vmlinux_btf_id(flavour == WARDEN_BY_LSM ? "file_open" : "security_file_open",
					opts.expected_attach_type);
	if (fd < 0)
		return false;
	opts.attach_btf_id = fd;
	fd = bpf_prog_load(type, "warden_probe", "GPL", code, COUNT(code), &opts);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

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

static bool kernel_before(unsigned int major, unsigned int minor)
{
	unsigned int have_major = 0, have_minor = 0;
	struct utsname kernel;

	if (uname(&kernel) || sscanf(kernel.release, "%u.%u", &have_major, &have_minor) != 2)
		return false;
	return have_major < major || (have_major == major && have_minor < minor);
}

static int configure(struct bpf_object *object, struct programs *programs, const struct options *options, u64 cgroup_id,
		     u32 level)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	struct warden_config config = {
		.cgroup = cgroup_id,
		.level = level,
		.monitor_tgid = getpid(),
		.has_ancestor_helper = has_ancestor_helper(programs->flavour),
	};
	const void *old;
	size_t size;
	char *rodata;
	int error = 0;

	config.refuse_uring = kernel_before(5, 12);
	config.refuse_overlay = kernel_before(6, 5);
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

/* Names of programs that this kernel refused; kept over the attempts to load. */
struct refused {
	bool is[COUNT(table)];
	int error[COUNT(table)];
};

static bool function_exists(const struct btf *btf, struct bpf_program *program, u32 flavour)
{
	const char *section = bpf_program__section_name(program);
	const char *slash = strchr(section, '/');
	char name[128];

	if (strncmp(section, "lsm/", 4) && strncmp(section, "fmod_ret/", 9))
		return true;
	snprintf(name, sizeof(name), "%s%s", flavour == WARDEN_BY_LSM ? "bpf_lsm_" : "", slash + 1);
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

static bool is_caller_hook(struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);

	return !strncmp(section, "lsm/", 4) || !strncmp(section, "fmod_ret/", 9);
}

/* chown has two programs: 6.1 and later take a hook's uid and gid arguments, which are structures; 5.10 does not,
 * but its setattr hook still has the arguments that inode_setattr was written for. */
static bool replaced(const char *name)
{
	bool old = kernel_before(5, 12);

	return (old && !strcmp(name, "path_chown")) || (!old && !strcmp(name, "inode_setattr"));
}

/* One attempt. 1: something was refused, try again without it. */
static int load_once(struct programs *programs, const struct options *options, u64 cgroup_id, u32 level,
		     const struct btf *btf, struct refused *refused)
{
	/* bpf object files are the same for both: what differs is how their programs are hooked */
	const char *start = programs->flavour == WARDEN_BY_LSM ? warden_lsm_start : warden_fmod_start;
	const char *end = programs->flavour == WARDEN_BY_LSM ? warden_lsm_end : warden_fmod_end;
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "warden");
	static char logs[COUNT(table)][1 << 16]; /* untouched unless something is refused */
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
		if (refused->is[i] || replaced(entry->name)) {
			bpf_program__set_autoload(program, false);
		} else if (is_caller_hook(program) && programs->flavour == WARDEN_BY_NONE) {
			bpf_program__set_autoload(program, false);
			missing(programs, entry, WARDEN_ABSENCE_LOAD, EPERM);
		} else if (!function_exists(btf, program, programs->flavour)) {
			bpf_program__set_autoload(program, false);
			missing(programs, entry, WARDEN_ABSENCE_NO_FUNCTION, ENOENT);
		}
	}
	if (configure(programs->object, programs, options, cgroup_id, level))
		return -1;
	error = bpf_object__load(programs->object);
	if (!error)
		return 0;
	bpf_object__for_each_program (program, programs->object) {
		const struct program *entry = known(bpf_program__name(program));
		size_t i = entry - table;

		/* libbpf stops at the first refusal and unloads the rest: it alone has a log */
		if (!bpf_program__autoload(program) || !logs[i][0])
			continue;
		refused->is[i] = true;
		refused->error[i] = -error;
		if (getenv("WARDEN_DEBUG"))
			complain("%s refused: %s", table[i].name,
				 logs[i] + (strlen(logs[i]) > 8000 ? strlen(logs[i]) - 8000 : 0));
		missing(programs, entry, WARDEN_ABSENCE_LOAD, -error);
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
	programs->lineage = true;
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
			if (!entry->classes)
				programs->lineage = false;
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

static int map_fd(struct bpf_object *object, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	return map ? bpf_map__fd(map) : -1;
}

int programs_start(struct programs *programs, const struct options *options, u64 cgroup_id, u32 level)
{
	struct refused refused = {};
	struct bpf_map *map;
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
	programs->flavour = lsm_has_bpf() ? WARDEN_BY_LSM : WARDEN_BY_FMOD_RET;
	if (!may_trace(programs->flavour))
		programs->flavour = WARDEN_BY_NONE;
	do {
		again = load_once(programs, options, cgroup_id, level, btf, &refused);
	} while (again > 0);
	btf__free(btf);
	if (again < 0) {
		complain("cannot load the kernel programs: %s", strerror(errno));
		return -1;
	}
	map = bpf_object__find_map_by_name(programs->object, ".bss");
	if (!map || bpf_map__value_size(map) < sizeof(*programs->state)) {
		complain("the kernel programs have no shared state");
		return -1;
	}
	programs->state = mmap(NULL, sizeof(*programs->state), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	if (programs->state == MAP_FAILED) {
		complain("cannot share state with the kernel programs: %s", strerror(errno));
		return -1;
	}
	programs->events_fd = map_fd(programs->object, "events");
	programs->nodes_fd = map_fd(programs->object, "nodes");
	programs->names_fd = map_fd(programs->object, "names");
	programs->addr4_fd = map_fd(programs->object, "addr4");
	programs->addr6_fd = map_fd(programs->object, "addr6");
	programs->procs_fd = map_fd(programs->object, "procs");
	snprintf(pins, sizeof(pins), PIN_ROOT "/warden-%s", options->id);
	if (mkdir(pins, 0700)) {
		complain("cannot make %s: %s (is a bpf file system mounted there?)", pins, strerror(errno));
		return -1;
	}
	if (attach(programs, options)) {
		complain("cannot attach to %s: %s", options->cgroup, strerror(errno));
		return -1;
	}
	return 0;
}

void programs_detach(struct programs *programs, const struct options *options)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < COUNT(table); i++) {
		snprintf(path, sizeof(path), PIN_ROOT "/warden-%s/%s", options->id, table[i].name);
		if (unlink(path) && errno != ENOENT)
			complain("cannot detach %s: %s", table[i].name, strerror(errno));
	}
	snprintf(path, sizeof(path), PIN_ROOT "/warden-%s", options->id);
	if (rmdir(path) && errno != ENOENT)
		complain("cannot remove %s: %s", path, strerror(errno));
	bpf_object__close(programs->object);
	programs->object = NULL;
}
