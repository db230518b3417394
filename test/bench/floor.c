// SPDX-License-Identifier: Apache-2.0
/*
 * floor OBJECT CGROUP PROGRAM...: puts a program that lets everything pass, and does nothing else, where each of the named
 * programs of the guard's OBJECT would be: what a guard costs that asks nothing. They are attached when the line `ready N`
 * is on standard output, until standard input ends.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __attribute__((noreturn)) void fail(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static bool of_cgroup(enum bpf_prog_type type)
{
	return type == BPF_PROG_TYPE_CGROUP_SKB || type == BPF_PROG_TYPE_CGROUP_SOCK ||
	       type == BPF_PROG_TYPE_CGROUP_SOCK_ADDR;
}

/* Of the hooks that are functions: the part of the section's name behind the slash. */
static int function_of(const char *section, enum bpf_attach_type attach)
{
	int id = libbpf_find_vmlinux_btf_id(strchr(section, '/') + 1, attach);

	if (id < 0) {
		errno = -id;
		fail(section);
	}
	return id;
}

static int load_empty(const struct bpf_program *like)
{
	enum bpf_prog_type type = bpf_program__type(like);
	enum bpf_attach_type attach = bpf_program__expected_attach_type(like);
	const struct bpf_insn nothing[] = {
		/* for a cgroup's programs 1 is what lets pass, for others 0 */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = of_cgroup(type) },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach);
	int fd;

	if (type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_LSM)
		options.attach_btf_id = function_of(bpf_program__section_name(like), attach);
	fd = bpf_prog_load(type, bpf_program__name(like), "GPL", nothing, 2, &options);
	if (fd < 0)
		fail(bpf_program__name(like));
	return fd;
}

/* The link lasts as long as this process. */
static void attach_like(const struct bpf_program *like, int program, int cgroup)
{
	enum bpf_prog_type type = bpf_program__type(like);
	const char *section = bpf_program__section_name(like);
	int link;

	if (of_cgroup(type))
		link = bpf_link_create(program, cgroup, bpf_program__expected_attach_type(like), NULL);
	else if (type == BPF_PROG_TYPE_RAW_TRACEPOINT)
		link = bpf_raw_tracepoint_open(strchr(section, '/') + 1, program);
	else
		link = bpf_raw_tracepoint_open(NULL, program);
	if (link < 0)
		fail(section);
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	int cgroup;

	if (argc < 4) {
		fprintf(stderr, "usage: floor OBJECT CGROUP PROGRAM...\n");
		return 2;
	}
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object)
		fail(argv[1]);
	cgroup = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0)
		fail(argv[2]);
	for (int i = 3; i < argc; i++) {
		struct bpf_program *like = bpf_object__find_program_by_name(object, argv[i]);

		if (!like)
			fail(argv[i]);
		attach_like(like, load_empty(like), cgroup);
	}
	printf("ready %d\n", argc - 3);
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
