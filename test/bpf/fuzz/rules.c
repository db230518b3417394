// SPDX-License-Identifier: Apache-2.0
/*
 * Rules on a real tree, whatever they name and whatever /proc/self/mountinfo says. Input: mountinfo, then rules. A
 * denial that was acknowledged stands in the maps; an allow never changes what is denied; no descriptor stays but
 * those that pin the rules' inodes.
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include "rules_doubles.h"
#include "rules_tree.h"

enum { DENIES = 0xffff }; /* the two deny masks of a node */

/* What is denied, of all entries: a sum that an allow may not change. */
static u64 denied(void)
{
	u64 sum = 0;

	for (int i = 0; i < entry_count; i++) {
		struct warden_node node;

		if (entries[i].fd != NODES && entries[i].fd != NAMES)
			continue;
		memcpy(&node, entries[i].value, sizeof(node));
		sum += (u64)(node.masks & DENIES) * (i + 1);
	}
	return sum;
}

/* Inodes that have a node: each has one descriptor that keeps it. */
static int nodes(void)
{
	int count = 0;

	for (int i = 0; i < entry_count; i++)
		count += entries[i].fd == NODES;
	return count;
}

/* Is there such a denial by a name below some directory that is looked into? */
static bool denied_by_name(u32 mask)
{
	for (int i = 0; i < entry_count; i++) {
		struct warden_name_key key;
		struct warden_node node, dir = {};
		struct warden_node_key above = {};

		if (entries[i].fd != NAMES)
			continue;
		memcpy(&key, entries[i].key, sizeof(key));
		memcpy(&node, entries[i].value, sizeof(node));
		above.inode = key.dir;
		above.generation = key.generation;
		if (key.generation == rules.generation && node.masks & mask &&
		    !bpf_map_lookup_elem(NODES, &above, &dir) && dir.masks & ENTRIES)
			return true;
	}
	return false;
}

static void judge(const struct warden_result *result, u8 op, u8 form, const char *path)
{
	bool tree = form == WARDEN_PATH_TREE || result->held == WARDEN_HELD_PREFIX;
	u32 mask = tree ? DENY_TREE(op) : DENY_SELF(op);

	if (form == WARDEN_PATH_NAME) {
		CHECK(name_masks(NULL, path) & DENY_SELF(op));
	} else if (result->held == WARDEN_HELD_INODE) {
		char real[PATH_MAX];

		CHECK(realpath(path, real) && node_masks(real) & mask);
	} else {
		CHECK(result->held != WARDEN_HELD_NOT);
		CHECK(denied_by_name(mask));
	}
}

/* A path of names that are there, names that are not, and any bytes. */
static void some_path(struct input *input, u8 form, char *path, size_t room)
{
	static const char *const names[] = { "dir", "sub",  "file", "none",	 "to-file", "..",
					     ".",   "deep", "er",   "dir-other", "",	    "x" };
	size_t used = form == WARDEN_PATH_NAME ? 0 : (size_t)snprintf(path, room, "%s", root);
	int parts = 1 + take_byte(input) % 6;

	for (int i = 0; i < parts && used + 300 < room; i++) {
		u8 which = take_byte(input);

		if (form != WARDEN_PATH_NAME)
			path[used++] = '/';
		if (which % 16 < sizeof(names) / sizeof(*names)) {
			used += (size_t)snprintf(path + used, room - used, "%s", names[which % 16]);
		} else {
			size_t n = take_bytes(input, path + used, 255);

			/* frames.c lets no NUL through */
			for (size_t k = 0; k < n; k++)
				if (!path[used + k])
					path[used + k] = 'n';
			used += n;
		}
	}
	path[used] = 0;
}

static void put_some_path(struct input *input)
{
	u8 op = 1 << take_byte(input) % WARDEN_OPS, effect = take_byte(input) & 1, form = take_byte(input) % 3;
	char path[PATH_MAX];
	struct warden_result result;
	u64 before = denied();

	some_path(input, form, path, sizeof(path));
	result = put(1 + take_byte(input), op, effect, form, path);
	if (effect == WARDEN_ALLOW)
		CHECK(denied() == before);
	else if (!result.error)
		judge(&result, op, form, path);
}

static void put_some_address(struct input *input)
{
	struct warden_rule_net rule = { .rule = 1, .effect = take_byte(input) & 1 };
	struct warden_result result;
	bool in_force = take_byte(input) & 1;
	int before = entry_count;

	rule.family = take_byte(input);
	rule.prefix = take_byte(input);
	rule.remove = take_byte(input) & 1;
	rule.port = (u16)take_word(input);
	take_bytes(input, rule.addr, sizeof(rule.addr));
	rules_put_net(&rules, &rule, in_force, &result);
	/* more may be denied at any time, and nothing that is denied less */
	if (in_force && rule.effect == WARDEN_DENY && rule.remove)
		CHECK(result.error);
	CHECK(!result.error || entry_count == before);
	CHECK(entry_count >= before - 1 && entry_count <= before + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[4096];
	struct input input = { data, size };
	static bool ready;
	size_t used = 0;
	int lowest;

	if (!ready)
		make_tree();
	ready = true;
	setup();
	lowest = free_fd();
	/* whole lines about directories of the tree, and any bytes */
	for (int lines = take_byte(&input) % 8; lines && used + 512 < sizeof(text); lines--) {
		u8 which = take_byte(&input);

		if (which & 1)
			used += (size_t)sprintf(text + used, "1 1 0:1 / %s%s rw - x x rw\n", root,
						which & 2   ? "/dir/sub"
						: which & 4 ? "/dir"
							    : "/none");
		else
			used += take_bytes(&input, text + used, 255);
	}
	text[used] = 0;
	mountinfo = used ? text : "";
	CHECK(used == 0 || !rules_begin(&rules));
	for (int i = 0; input.left && i < 24 && !check_why[0]; i++) {
		if (take_byte(&input) % 4)
			put_some_path(&input);
		else
			put_some_address(&input);
	}
	CHECK(rules.pinned_count == nodes());
	for (int i = 0; i < rules.pinned_count; i++)
		close(rules.pinned[i]);
	rules.pinned_count = 0;
	CHECK(free_fd() == lowest);
	fuzz_judge(check_why);
	return 0;
}
