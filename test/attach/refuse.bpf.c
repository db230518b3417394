// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * A kernel that refuses one program of the guard, for build/attach-matrix.mjs: bpf(2) fails with EPERM when it loads
 * or attaches the program with the name in `target`. The guard itself has no switch for it, and needs none.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "refuse.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct bpf_prog_aux {
	char name[16];
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

struct file {
	void *private_data;
};

struct fdtable {
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct {
	struct files_struct *files;
};

#pragma clang attribute pop

struct refuse_target target = {};

#define ARGUMENT(attr, member) ((const char *)(attr) + __builtin_offsetof(union bpf_attr, member))

/* The name of the program behind a descriptor of the caller. */
static __always_inline int name_of(__u64 *name, const char *descriptor)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct bpf_prog *prog;
	struct file **table, *file;
	__u32 fd;

	if (bpf_probe_read_kernel(&fd, sizeof(fd), descriptor))
		return -1;
	table = BPF_CORE_READ(task, files, fdt, fd);
	if (bpf_probe_read_kernel(&file, sizeof(file), table + fd))
		return -1;
	prog = BPF_CORE_READ(file, private_data);
	return bpf_probe_read_kernel(name, REFUSE_NAME, BPF_CORE_READ(prog, aux, name));
}

SEC("fmod_ret/security_bpf")
int refuse(__u64 *context)
{
	__u64 name[REFUSE_NAME / 8] = {};
	const void *attr = (const void *)context[1];
	int command = (int)context[0];
	int failed;

	if (target.way == REFUSE_LOAD && command == BPF_PROG_LOAD)
		failed = bpf_probe_read_kernel(name, sizeof(name), ARGUMENT(attr, prog_name));
	else if (target.way == REFUSE_ATTACH && command == BPF_LINK_CREATE)
		failed = name_of(name, ARGUMENT(attr, link_create.prog_fd));
	else if (target.way == REFUSE_ATTACH && command == BPF_RAW_TRACEPOINT_OPEN)
		failed = name_of(name, ARGUMENT(attr, raw_tracepoint.prog_fd));
	else
		return 0;
	if (failed || name[0] != target.name[0] || name[1] != target.name[1])
		return 0;
	__sync_fetch_and_add(&target.refused, 1);
	return -1; /* EPERM */
}

char LICENSE[] SEC("license") = "GPL";
