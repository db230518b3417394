// SPDX-License-Identifier: Apache-2.0
/* Every kernel program there is, what is not whole without it, and whether this kernel has what it hooks. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "programs.h"

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
const struct program program_table[] = {
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

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
_Static_assert(COUNT(program_table) <= MAX_PROGRAMS, "there is room for what is known of each");
const size_t program_count = COUNT(program_table);

/* That other net: of use only there. A socket of the session's that somebody outside sends by is egress's to judge. */
static const char *const substitutes[] = { "sendmsg4", "sendmsg6", "bind4", "bind6", "skb_ingress" };

const struct program *program_named(const char *name)
{
	for (size_t i = 0; i < COUNT(program_table); i++)
		if (!strcmp(program_table[i].name, name))
			return &program_table[i];
	return NULL;
}

static bool is_substitute(const char *name)
{
	for (size_t i = 0; i < COUNT(substitutes); i++)
		if (!strcmp(substitutes[i], name))
			return true;
	return false;
}

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
bool program_is_idle(const struct program *entry, u32 flavour, const struct btf *btf)
{
	if (!strcmp(entry->name, "file_permission"))
		return !sockets_take_pages(btf);
	return is_substitute(entry->name) && flavour != WARDEN_BY_NONE;
}

bool program_is_caller(struct bpf_program *program)
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

bool program_fits(const struct program *entry, struct bpf_program *program, u32 flavour, const struct btf *btf,
		  int *lacking)
{
	int arguments = hook_arguments(btf, program, flavour);

	*lacking = arguments < 0 && !came_later(entry->name) ? ENOENT : 0;
	return arguments >= 0 && !other_signature(entry->name, arguments);
}
