// SPDX-License-Identifier: Apache-2.0
/*
 * refuse OBJECT: from its start the kernel refuses what the last line of standard input names, `load NAME`, `attach NAME`
 * or `nothing`. Each line is answered with how often the one before was refused.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <linux/types.h>
#include "refuse.h"

static int set_target(volatile struct refuse_target *target, const char *line)
{
	char way[8] = "", name[64] = "";
	int words = sscanf(line, "%7s %63s", way, name);
	char padded[REFUSE_NAME] = {};

	/* the kernel keeps so many characters and a NUL */
	memcpy(padded, name, strnlen(name, sizeof(padded) - 1));
	target->way = REFUSE_NOTHING;
	memcpy((void *)target->name, padded, sizeof(padded));
	target->refused = 0;
	if (words == 2 && !strcmp(way, "load"))
		target->way = REFUSE_LOAD;
	else if (words == 2 && !strcmp(way, "attach"))
		target->way = REFUSE_ATTACH;
	else if (words != 1 || strcmp(way, "nothing"))
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	volatile struct refuse_target *target;
	struct bpf_object *object;
	struct bpf_program *program;
	struct bpf_map *map;
	char line[128];

	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	object = argc == 2 ? bpf_object__open_file(argv[1], NULL) : NULL;
	if (!object || bpf_object__load(object)) {
		perror("refuse: load");
		return 1;
	}
	program = bpf_object__find_program_by_name(object, "refuse");
	map = bpf_object__find_map_by_name(object, ".bss");
	if (!program || !map || !bpf_program__attach(program)) {
		perror("refuse: attach");
		return 1;
	}
	target = mmap(NULL, sizeof(*target), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	if (target == MAP_FAILED) {
		perror("refuse: mmap");
		return 1;
	}
	while (fgets(line, sizeof(line), stdin)) {
		unsigned int refused = target->refused;

		if (set_target(target, line)) {
			fprintf(stderr, "refuse: not understood: %s", line);
			return 2;
		}
		printf("%u\n", refused);
		fflush(stdout);
	}
	return 0;
}
