// SPDX-License-Identifier: Apache-2.0
/*
 * The texts that the monitor reads and a job has a hand in: /proc/PID/stat, whose second field is a name that the
 * process chose, and the user and groups of `launch`. Input: the text. When a process started is read rightly
 * whatever it is called; users and groups are numbers that fit, or nothing is started.
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include <errno.h>
#include <sys/types.h>
#include "check.h"

static const char *stat_text;
static size_t stat_size;

static int given_open(const char *path, int flags)
{
	(void)flags;
	CHECK(!strcmp(path, "/proc/1/stat"));
	return 1;
}

static ssize_t given_read(int fd, void *to, size_t size)
{
	(void)fd;
	memcpy(to, stat_text, stat_size < size ? stat_size : size);
	return (ssize_t)(stat_size < size ? stat_size : size);
}

static int no_close(int fd)
{
	(void)fd;
	return 0;
}

#include <fcntl.h>
#include <unistd.h>
#define open  given_open
#define read  given_read
#define close no_close
#include "monitor/config.c"
#undef open
#undef read
#undef close

static size_t groups_set;
static gid_t groups_given[256];

static int noted_groups(size_t count, const gid_t *groups)
{
	groups_set = count;
	CHECK(count <= 256);
	memcpy(groups_given, groups, count * sizeof(*groups));
	return -1; /* nothing is to be started here */
}

#include <grp.h>
#define setgroups noted_groups
#include "monitor/launch.c"
#undef setgroups

void complain(const char *format, ...)
{
	(void)format;
}

int cgroup_move(const char *dir, pid_t pid)
{
	(void)dir;
	(void)pid;
	return 0;
}

int devices_find(u32 majors[WARDEN_MAJORS])
{
	memset(majors, 0, WARDEN_MAJORS * sizeof(*majors));
	return 0;
}

bool kernel_before(unsigned int major, unsigned int minor)
{
	return major + minor == 0;
}

bool kernel_preempts(void)
{
	return true;
}

u64 symbol_address(const char *name)
{
	(void)name;
	return 0;
}

bool kernel_has_ancestor_helper(u32 flavour)
{
	return flavour != 0;
}

struct bpf_map *bpf_object__find_map_by_name(const struct bpf_object *object, const char *name)
{
	(void)object;
	(void)name;
	return NULL;
}

int bpf_map__set_initial_value(struct bpf_map *map, const void *data, size_t size)
{
	(void)map;
	(void)data;
	(void)size;
	return -1;
}

const void *bpf_map__initial_value(struct bpf_map *map, size_t *size)
{
	(void)map;
	*size = 0;
	return NULL;
}

/* Any bytes are a number or an error; and with any name in its place, a whole line gives its 22nd field. */
static void stat_is_read(const char *text, size_t size)
{
	char line[600];
	u64 ticks = 0;

	stat_text = text;
	stat_size = size;
	start_ticks(1, &ticks);
	/* the kernel cuts a name at 15 bytes, and at 63 that of a kernel thread */
	stat_size = (size_t)snprintf(line, sizeof(line),
				     "1 (%.*s) S 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 4242 21 22\n",
				     size > 63 ? 63 : (int)size, text);
	stat_text = line;
	CHECK(!start_ticks(1, &ticks) && ticks == 4242);
}

/* The list as it should be read; false where it should not be. Sums stay small: what is too large says so at once. */
static bool model_groups(const char *text, size_t *count)
{
	u64 number = 0;
	bool digits = false;

	*count = 0;
	for (;; text++) {
		if (*text >= '0' && *text <= '9') {
			number = 10 * number + (u64)(*text - '0');
			digits = true;
			if (number >= UINT32_MAX)
				return false;
		} else if (*text && *text != ',') {
			return false;
		} else {
			*count += digits;
			number = 0;
			digits = false;
			if (!*text)
				return *count <= 256;
		}
	}
}

static void groups_are_read(char *text)
{
	char *argv[] = { "launch", "/c", "1", "1", text, "true", NULL };
	size_t wanted;
	bool good = model_groups(text, &wanted);

	groups_set = ~(size_t)0;
	CHECK(launch_main(6, argv) != 0);
	CHECK(groups_set == (good ? wanted : ~(size_t)0));
}

static void user_is_read(char *text)
{
	char *argv[] = { "launch", "/c", text, "1", "", "true", NULL };
	size_t wanted;
	bool good = model_groups(text, &wanted) && wanted == 1 && !strchr(text, ',');

	groups_set = ~(size_t)0;
	CHECK(launch_main(6, argv) != 0);
	CHECK(groups_set == (good ? 0 : ~(size_t)0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = 0;
	stat_is_read(text, size);
	user_is_read(text);
	groups_are_read(text);
	free(text);
	fuzz_judge(check_why);
	return 0;
}
