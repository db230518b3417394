// SPDX-License-Identifier: Apache-2.0
/*
 * What the monitor looks at before there is a job: the programs that the kernel starts itself, by their paths and files,
 * and the numbers of devices that give a disk. A file's identity is what fstat says, in place of the getattr hook.
 */
#define _GNU_SOURCE
#include "rules_doubles.h"
#include "rules_tree.h"
#include "monitor/helpers.c"

#define fopen given_devices
static const char *devices;

static FILE *given_devices(const char *path, const char *mode)
{
	(void)mode;
	CHECK(!strcmp(path, "/proc/devices"));
	return devices ? fmemopen((void *)devices, strlen(devices), "r") : NULL;
}
#include "monitor/devices.c"
#undef fopen

#define open given_symbols
static const char *symbols;

/* As the kernel gives them: a few lines at a time. */
static int given_symbols(const char *path, int flags)
{
	int pair[2];

	(void)flags;
	CHECK(!strcmp(path, "/proc/kallsyms"));
	if (!symbols || pipe(pair))
		return -1;
	CHECK(write(pair[1], symbols, strlen(symbols)) == (ssize_t)strlen(symbols));
	close(pair[1]);
	return pair[0];
}
#include "monitor/symbols.c"
#undef open

static void setup_helpers(void)
{
	setup();
	memset(state.helpers, 0, sizeof(state.helpers));
}

static void a_helper_is_the_file_that_its_path_leads_to(void)
{
	struct warden_inode file = inode_of(in_root("file"));

	setup_helpers();
	CHECK(!note(&rules, in_root("to-file")));
	CHECK(!strcmp(state.helpers[0].path, in_root("to-file")));
	CHECK(!memcmp(&state.helpers[0].inode, &file, sizeof(file)) && rules.pinned_count == 1);
	/* said twice, it is one; and it is looked at again for each generation of rules */
	CHECK(!note(&rules, in_root("to-file")) && !state.helpers[1].path[0]);
}

static void a_helper_that_is_not_there_is_no_file(void)
{
	static const struct warden_inode none;
	int before;

	setup_helpers();
	before = free_fd();
	CHECK(!note(&rules, in_root("none")));
	CHECK(!strcmp(state.helpers[0].path, in_root("none")));
	CHECK(!memcmp(&state.helpers[0].inode, &none, sizeof(none)) && free_fd() == before);
	CHECK(!note(&rules, in_root("to-itself")) && !note(&rules, in_root("file/below")));
}

static void what_has_no_room_is_not_noted(void)
{
	char path[WARDEN_HELPER_PATH + 1];

	setup_helpers();
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[WARDEN_HELPER_PATH] = 0;
	CHECK(!note(&rules, path) && !state.helpers[0].path[0]);
	path[WARDEN_HELPER_PATH - 1] = 0;
	CHECK(!note(&rules, path) && !strcmp(state.helpers[0].path, path));
	for (int i = 1; i < WARDEN_HELPERS + 2; i++) {
		snprintf(path, sizeof(path), "/none-%d", i);
		CHECK(!note(&rules, path));
	}
	CHECK(!strcmp(state.helpers[WARDEN_HELPERS - 1].path, "/none-7"));
}

static void a_helper_that_cannot_be_told_is_an_error(void)
{
	int before;

	setup_helpers();
	before = free_fd();
	hook_silent = true;
	CHECK(note(&rules, in_root("file")) && errno == EOPNOTSUPP && free_fd() == before);
}

static void numbers_are_those_of_character_devices(void)
{
	u32 majors[WARDEN_MAJORS] = {};

	devices = "Character devices:\n  1 mem\n 10 misc\n241 nvme\n242 nvme-generic\n243 nvme-other\n250 bsg\n\n"
		  "Block devices:\n  7 loop\n259 nvme\n";
	CHECK(!devices_find(majors));
	CHECK(majors[0] == 241 && majors[1] == 242 && majors[2] == 250 && !majors[3]);
	devices = NULL;
	CHECK(devices_find(majors) == -1);
}

static void a_symbol_is_told_by_its_whole_name(void)
{
	static char many[40000];

	symbols = "ffffffff81000000 T _text\nffffffff82a1b2c0 D rename_lock_other\nffffffff82a1b2c4 D rename_lock\n"
		  "ffffffffc0000000 t rename_lock\t[module]\n";
	CHECK(symbol_address("rename_lock") == 0xffffffff82a1b2c4);
	CHECK(!symbol_address("rename") && !symbol_address("lock") && !symbol_address(""));
	/* across what one read gives */
	for (int i = 0; i < 800; i++)
		memcpy(many + i * 40, "ffffffff81000000 T some_function_or_not\n", 40);
	strcpy(many + 800 * 40, "ffffffff82a1b2c4 D rename_lock\n");
	symbols = many;
	CHECK(symbol_address("rename_lock") == 0xffffffff82a1b2c4);
}

static void a_symbol_that_is_hidden_or_garbled_is_none(void)
{
	static char endless[30000];

	symbols = "0000000000000000 D rename_lock\n";
	CHECK(!symbol_address("rename_lock"));
	symbols = "rename_lock\n\nffffffff82a1b2c4\nffffffff82a1b2c4 D\nffffffff82a1b2c4 D rename_lock";
	CHECK(!symbol_address("rename_lock"));
	memset(endless, 'f', sizeof(endless) - 1);
	symbols = endless;
	CHECK(!symbol_address("rename_lock"));
	symbols = NULL;
	CHECK(!symbol_address("rename_lock"));
}

int main(void)
{
	make_tree();
	TEST(a_symbol_is_told_by_its_whole_name);
	TEST(a_symbol_that_is_hidden_or_garbled_is_none);
	TEST(a_helper_is_the_file_that_its_path_leads_to);
	TEST(a_helper_that_is_not_there_is_no_file);
	TEST(what_has_no_room_is_not_noted);
	TEST(a_helper_that_cannot_be_told_is_an_error);
	TEST(numbers_are_those_of_character_devices);
	if (nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		perror(root);
	return check_failed;
}
