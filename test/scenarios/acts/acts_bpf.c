/* SPDX-License-Identifier: Apache-2.0 -- acts with bpf(2), by which a guard made of BPF could be taken apart */
#define _GNU_SOURCE
#include "acts.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int make_map(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1 };

	return bpf(BPF_MAP_CREATE, &attr);
}

static int act_map(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return answer(make_map());
}

/* bpf-prog: loads `return 0` as a socket filter */
static int act_prog(int argc, char **argv)
{
	static const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (unsigned long)code,
		.insn_cnt = sizeof(code) / sizeof(*code),
		.license = (unsigned long)"GPL",
	};

	(void)argc;
	(void)argv;
	return answer(bpf(BPF_PROG_LOAD, &attr));
}

/* bpf-get PATH: opens a pinned object */
static int act_get(int argc, char **argv)
{
	union bpf_attr attr = { .pathname = (unsigned long)argv[1] };

	(void)argc;
	return answer(bpf(BPF_OBJ_GET, &attr));
}

/* bpf-ids: the first step to a descriptor of somebody else's program */
static int act_ids(int argc, char **argv)
{
	union bpf_attr attr = { .start_id = 0 };

	(void)argc;
	(void)argv;
	if (bpf(BPF_PROG_GET_NEXT_ID, &attr) == 0 || errno == ENOENT)
		return 0;
	return errno;
}

/* bpf-pin PATH: pins a map (set-up) */
static int act_pin(int argc, char **argv)
{
	union bpf_attr attr = { .pathname = (unsigned long)argv[1] };
	int fd = make_map();

	(void)argc;
	if (fd < 0)
		return trouble("map");
	attr.bpf_fd = fd;
	return answer(bpf(BPF_OBJ_PIN, &attr));
}

const struct act bpf_acts[] = {
	{ "bpf-map", 0, act_map }, { "bpf-prog", 0, act_prog }, { "bpf-get", 1, act_get },
	{ "bpf-ids", 0, act_ids }, { "bpf-pin", 1, act_pin },	{ NULL, 0, NULL },
};
