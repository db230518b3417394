// SPDX-License-Identifier: Apache-2.0
/* Where the kernel keeps a variable that no type information tells of. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "monitor.h"

/* "ffffffff82a1b2c0 D rename_lock": those of modules have a column more, and come last. */
static u64 address_in(const char *line, const char *name)
{
	char *rest;
	u64 address = strtoull(line, &rest, 16);

	if (rest[0] != ' ' || !rest[1] || rest[2] != ' ' || strcmp(rest + 3, name) != 0)
		return 0;
	return address;
}

/* One pass over some megabytes, which the kernel writes while they are read. Addresses that it hides are zeros. */
u64 symbol_address(const char *name)
{
	int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	char text[16384];
	u64 address = 0;
	size_t held = 0;
	ssize_t n;

	if (fd < 0)
		return 0;
	while (!address && (n = read(fd, text + held, sizeof(text) - held)) > 0) {
		char *line = text, *end;

		held += n;
		while (!address && (end = memchr(line, '\n', text + held - line))) {
			*end = '\0';
			address = address_in(line, name);
			line = end + 1;
		}
		held = text + held - line;
		memmove(text, line, held);
		/* no symbol's line is as long */
		if (held == sizeof(text))
			break;
	}
	close(fd);
	return address;
}
