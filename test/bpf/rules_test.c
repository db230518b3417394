// SPDX-License-Identifier: Apache-2.0
/*
 * Rules into maps: which key and which masks a path or an address becomes. The paths are real ones, in a temporary
 * tree. The maps are arrays of the test's own, in place of libbpf's, and a file's identity is what fstat says, in
 * place of the getattr hook. So nothing here shows what the kernel side makes of the maps: that is tested in
 * virtual machines, with real kernels.
 */
#define _GNU_SOURCE
#include "rules_doubles.h"
#include "rules_tree.h"

static void escapes_of_mountinfo(void)
{
	static const char *pairs[][2] = {
		{ "", "" },
		{ "/a\\040b", "/a b" },
		{ "\\011\\012\\134", "\t\n\\" },
		{ "\\134040", "\\040" },
		{ "/\\303\\251", "/\303\251" },
		{ "/\\377", "/\377" },
		{ "/\\400", "/\\400" },
		{ "/cut\\", "/cut\\" },
		{ "/cut\\0", "/cut\\0" },
		{ "/cut\\04", "/cut\\04" },
		{ "\\x41", "\\x41" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		char *text = strdup(pairs[i][0]);

		unescape(text);
		CHECK(!strcmp(text, pairs[i][1]));
		free(text);
	}
}

static void mount_points_are_read_whatever_their_number(void)
{
	static char text[64 * 1024];
	size_t used = 0;
	int count = 0;

	setup();
	for (int i = 0; i < 300; i++)
		used += snprintf(text + used, sizeof(text) - used,
				 i % 10 == 9 ? "not a mount\n"
					     : "%d 1 0:2%d / /mnt/a\\040%d rw shared:1 - tmpfs none rw\n",
				 i, i, i);
	mountinfo = text;
	CHECK(!rules_begin(&rules));
	while (rules.mounts[count])
		count++;
	CHECK(count == 270 && !strcmp(rules.mounts[0], "/mnt/a 0") && !strcmp(rules.mounts[269], "/mnt/a 298"));
	mountinfo = NULL; /* this machine's own */
	CHECK(!rules_begin(&rules) && rules.mounts[0]);
}

static void exact_and_tree_rules_on_what_exists(void)
{
	struct warden_result result;

	setup();
	result = put(3, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("file"));
	CHECK(!result.error && result.held == WARDEN_HELD_INODE);
	CHECK(node_masks(in_root("file")) == DENY_SELF(WARDEN_OP_READ));
	put(4, WARDEN_OP_WRITE, WARDEN_ALLOW, WARDEN_PATH_EXACT, in_root("file"));
	CHECK(node_masks(in_root("file")) == (DENY_SELF(WARDEN_OP_READ) | ALLOW_SELF(WARDEN_OP_WRITE)));
	put(5, WARDEN_OP_DELETE, WARDEN_DENY, WARDEN_PATH_TREE, in_root("dir"));
	put(6, WARDEN_OP_EXEC, WARDEN_ALLOW, WARDEN_PATH_TREE, in_root("dir"));
	CHECK(node_masks(in_root("dir")) == (DENY_TREE(WARDEN_OP_DELETE) | ALLOW_TREE(WARDEN_OP_EXEC)));
	/* through a link: the file that it leads to */
	put(7, WARDEN_OP_EXEC, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("to-file"));
	CHECK(node_masks(in_root("file")) & DENY_SELF(WARDEN_OP_EXEC));
}

/* By its name as well, so that the rule outlives its target; and what must not be changed cannot be moved away. */
static void what_exists_is_held_by_its_place(void)
{
	struct warden_name_key key = { .name = "file" };
	struct warden_node node;

	setup();
	put(3, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("file"));
	key.dir = inode_of(in_root("."));
	key.generation = rules.generation;
	CHECK(node_masks(in_root(".")) == (u32)WARDEN_MASK_ENTRIES << WARDEN_ALLOW_TREE_SHIFT);
	CHECK(!bpf_map_lookup_elem(NAMES, &key, &node) && node.masks == DENY_SELF(WARDEN_OP_READ));
	put(4, WARDEN_OP_WRITE, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("file"));
	CHECK(node_masks(in_root(".")) & DENY_SELF(WARDEN_OP_DELETE));
}

/* What a link leads to could be changed by replacing the link. */
static void links_that_lead_to_what_is_denied_are_held(void)
{
	const u32 kept = DENY_SELF(WARDEN_OP_DELETE);

	setup();
	CHECK(!put(3, WARDEN_OP_WRITE, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("to-dir/to-link")).error);
	CHECK(node_masks(in_root("file")) == DENY_SELF(WARDEN_OP_WRITE));
	CHECK(node_masks(in_root("dir/to-link")) == DENY_SELF(WARDEN_OP_WRITE));
	CHECK(node_masks(in_root("to-file")) == DENY_SELF(WARDEN_OP_WRITE));
	CHECK(name_masks(root, "to-file") == DENY_SELF(WARDEN_OP_WRITE));
	/* on the way: it is not removed, and no more */
	CHECK(node_masks(in_root("to-dir")) == kept && name_masks(root, "to-dir") == kept);
	CHECK(node_masks(in_root("dir")) == (ENTRIES | kept));

	setup();
	CHECK(!put(3, WARDEN_OP_WRITE, WARDEN_DENY, WARDEN_PATH_TREE, in_root("to-dir")).error);
	CHECK(node_masks(in_root("to-dir")) == DENY_SELF(WARDEN_OP_WRITE));
	CHECK(name_masks(root, "to-dir") == DENY_TREE(WARDEN_OP_WRITE));
	CHECK(node_masks(in_root("dir")) & DENY_TREE(WARDEN_OP_WRITE));
}

/* Replacing a link gives nobody what it led to. What is put in its place is denied all the same. */
static void a_link_to_what_may_not_be_read_is_held_as_a_place(void)
{
	setup();
	CHECK(!put(3, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("to-dir/to-link")).error);
	CHECK(name_masks(root, "to-file") == DENY_SELF(WARDEN_OP_READ));
	CHECK(!node_masks(in_root("to-dir")) && !name_masks(root, "to-dir"));
	setup();
	CHECK(!put(3, WARDEN_OP_WRITE, WARDEN_ALLOW, WARDEN_PATH_EXACT, in_root("to-dir/to-link")).error);
	CHECK(!node_masks(in_root("to-file")) && !name_masks(root, "to-file") && !node_masks(in_root("to-dir")));
}

static void a_link_to_nothing_is_held_with_what_it_would_make(void)
{
	struct warden_result result;

	setup();
	result = put(3, WARDEN_OP_WRITE, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("to-none"));
	CHECK(!result.error && result.held == WARDEN_HELD_NAME);
	CHECK(node_masks(in_root("to-none")) == DENY_SELF(WARDEN_OP_WRITE));
	CHECK(name_masks(in_root("dir"), "none") == DENY_SELF(WARDEN_OP_WRITE));
	CHECK(name_masks(root, "to-none") == DENY_SELF(WARDEN_OP_WRITE));
	CHECK(put(4, WARDEN_OP_WRITE, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("to-itself")).error == ELOOP);
}

static void the_first_denying_rule_is_the_one_named(void)
{
	struct warden_node_key key;
	struct warden_node node;

	setup();
	put(10, WARDEN_OP_WRITE, WARDEN_ALLOW, WARDEN_PATH_EXACT, in_root("file"));
	put(11, WARDEN_OP_WRITE, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("file"));
	put(12, WARDEN_OP_WRITE, WARDEN_DENY, WARDEN_PATH_TREE, in_root("file"));
	put(13, WARDEN_OP_EXEC, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("file"));
	key = (struct warden_node_key){ .inode = inode_of(in_root("file")), .generation = rules.generation };
	CHECK(!bpf_map_lookup_elem(NODES, &key, &node));
	CHECK(node.deny_rule[0] == 0 && node.deny_rule[1] == 11 && node.deny_rule[2] == 0 && node.deny_rule[3] == 13);
}

static void the_guards_own_rules_hold_in_audit_mode(void)
{
	setup();
	put(RULE_SELF, WARDEN_OP_WRITE, WARDEN_DENY, WARDEN_PATH_TREE, in_root("dir"));
	CHECK(node_masks(in_root("dir")) == DENY_TREE(WARDEN_OP_WRITE | WARDEN_MASK_ALWAYS));
}

static void a_generation_begins_empty_and_is_swapped_in_by_one_store(void)
{
	setup();
	put(1, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("file"));
	CHECK(!rules_begin(&rules));
	CHECK(node_masks(in_root("file")) == 0);
	rules_commit(&rules, WARDEN_ENFORCE | WARDEN_NET_ANY);
	CHECK(state.policy == ((u64)rules.generation << 32 | WARDEN_ENFORCE | WARDEN_NET_ANY));
}

static void one_name_missing_is_held_by_directory_and_name(void)
{
	struct warden_result result;

	setup();
	result = put(1, WARDEN_OP_WRITE, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("dir/new"));
	CHECK(!result.error && result.held == WARDEN_HELD_NAME);
	CHECK(name_masks(in_root("dir"), "new") == DENY_SELF(WARDEN_OP_WRITE));
	/* nor is the directory moved, or the path would lead to another */
	CHECK(node_masks(in_root("dir")) == (ENTRIES | DENY_SELF(WARDEN_OP_DELETE)));
	CHECK(node_masks(root) == DENY_SELF(WARDEN_OP_DELETE) && node_masks("/tmp") && !node_masks("/"));
	result = put(2, WARDEN_OP_READ, WARDEN_ALLOW, WARDEN_PATH_TREE, in_root("dir/new"));
	CHECK(!result.error && result.held == WARDEN_HELD_NAME);
	CHECK(name_masks(in_root("dir"), "new") == (DENY_SELF(WARDEN_OP_WRITE) | ALLOW_TREE(WARDEN_OP_READ)));
	/* below the root directory, whose path has no name of its own */
	result = put(3, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, "/warden-is-not-here");
	CHECK(!result.error && result.held == WARDEN_HELD_NAME);
	CHECK(name_masks("/", "warden-is-not-here") == DENY_SELF(WARDEN_OP_READ));
}

static void several_names_missing_deny_the_first_whole(void)
{
	struct warden_result result;

	setup();
	result = put(1, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("dir/a/b/c"));
	CHECK(!result.error && result.held == WARDEN_HELD_PREFIX && entry_count == 2);
	CHECK(name_masks(in_root("dir"), "a") == DENY_TREE(WARDEN_OP_READ));
	CHECK(node_masks(in_root("dir")) == ENTRIES);
	result = put(2, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, "/warden-is-not-here/a/b");
	CHECK(!result.error && result.held == WARDEN_HELD_PREFIX);
	CHECK(name_masks("/", "warden-is-not-here") == DENY_TREE(WARDEN_OP_READ));
}

static void several_names_missing_allow_nothing(void)
{
	int before;
	struct warden_result result;

	setup();
	before = free_fd();
	result = put(1, WARDEN_OP_WRITE, WARDEN_ALLOW, WARDEN_PATH_TREE, in_root("dir/a/b"));
	CHECK(!result.error && result.held == WARDEN_HELD_NOT && entry_count == 0 && rules.pinned_count == 0);
	CHECK(free_fd() == before);
}

static void a_path_that_cannot_be_is_an_error(void)
{
	char name[300];
	int before;

	setup();
	before = free_fd();
	CHECK(put(1, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("file/below")).error == ENOTDIR);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	CHECK(put(2, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, in_root(name)).error == ENAMETOOLONG);
	CHECK(entry_count == 0 && rules.pinned_count == 0 && free_fd() == before);
}

static void names_have_a_longest(void)
{
	char name[WARDEN_NAME + 1];
	int before;

	setup();
	for (int form = WARDEN_PATH_EXACT; form <= WARDEN_PATH_NAME; form++) {
		memset(name, 'a' + form, sizeof(name));
		name[WARDEN_NAME - 2] = 0;
		CHECK(!put(1, WARDEN_OP_READ, WARDEN_DENY, form, form == WARDEN_PATH_NAME ? name : in_root(name))
			       .error);
		CHECK(name_masks(form == WARDEN_PATH_NAME ? NULL : root, name));
		for (int more = 1; more <= 2; more++) {
			before = free_fd();
			memset(name, 'a' + form, sizeof(name));
			name[WARDEN_NAME - 2 + more] = 0;
			CHECK(put(2, WARDEN_OP_READ, WARDEN_DENY, form, form == WARDEN_PATH_NAME ? name : in_root(name))
				      .error == ENAMETOOLONG);
			CHECK(free_fd() == before);
		}
	}
}

/* Thousands of rules may be about one directory. */
static void an_inode_is_held_open_once(void)
{
	int held;

	setup();
	CHECK(!put(1, WARDEN_OP_WRITE, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("dir/file")).error);
	held = rules.pinned_count;
	CHECK(!put(2, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("dir/file")).error);
	CHECK(!put(3, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("dir/none")).error);
	CHECK(rules.pinned_count == held);
	CHECK(!put(4, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_TREE, in_root("dir/sub")).error);
	CHECK(rules.pinned_count == held + 1);
}

static void a_name_anywhere_has_no_directory(void)
{
	setup();
	CHECK(!put(1, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_NAME, ".env").error);
	CHECK(name_masks(NULL, ".env") == DENY_SELF(WARDEN_OP_READ));
	CHECK(entry_count == 1 && rules.pinned_count == 0);
}

/* Directories of the tree are said to be mount points: what is looked up is the path. */
static void a_trees_rule_stands_on_mounts_below(void)
{
	static char text[4096];
	const u32 deny = DENY_TREE(WARDEN_OP_WRITE);

	setup();
	snprintf(text, sizeof(text),
		 "1 1 0:1 / / rw - x x rw\n2 1 0:1 / %1$s/dir rw - x x rw\n3 1 0:1 / %1$s/dir/sub rw - x x rw\n"
		 "4 1 0:1 / %1$s/dir/deep/er rw - x x rw\n5 1 0:1 / %1$s/dir-other rw - x x rw\n"
		 "6 1 0:1 / %1$s/dir/gone rw - x x rw\n",
		 root);
	mountinfo = text;
	CHECK(!rules_begin(&rules));
	CHECK(!put(1, WARDEN_OP_WRITE, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("dir")).error);
	CHECK(node_masks(in_root("dir/sub")) == 0);
	CHECK(!put(2, WARDEN_OP_WRITE, WARDEN_DENY, WARDEN_PATH_TREE, in_root("dir")).error);
	CHECK(node_masks(in_root("dir")) == (deny | DENY_SELF(WARDEN_OP_WRITE)));
	CHECK(node_masks(in_root("dir/sub")) == deny && node_masks(in_root("dir/deep/er")) == deny);
	CHECK(node_masks(in_root("dir/deep")) == 0 && node_masks(in_root("dir-other")) == 0);
	/* from the root of all, every mount but itself */
	CHECK(!put(3, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_TREE, "/").error);
	CHECK(node_masks("/") == DENY_TREE(WARDEN_OP_READ));
	CHECK(node_masks(in_root("dir-other")) == DENY_TREE(WARDEN_OP_READ));
}

static void what_cannot_be_put_is_said_and_not_held(void)
{
	int before;

	setup();
	before = free_fd();
	update_error = E2BIG;
	CHECK(put(1, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("file")).error == E2BIG);
	CHECK(put(2, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("none")).error == E2BIG);
	CHECK(put(3, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_NAME, "none").error == E2BIG);
	update_error = 0;
	hook_silent = true;
	CHECK(put(4, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("file")).error == EOPNOTSUPP);
	CHECK(put(5, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_EXACT, in_root("none")).error == EOPNOTSUPP);
	programs.resolves = false;
	CHECK(put(6, WARDEN_OP_READ, WARDEN_DENY, WARDEN_PATH_TREE, in_root("dir")).error == EOPNOTSUPP);
	CHECK(entry_count == 0 && rules.pinned_count == 0 && free_fd() == before);
}

/* The trie's longest match is the kernel's; here a key covers itself alone. */
static void what_is_denied_stays_denied(void)
{
	setup();
	CHECK(!put_net(4, 24, WARDEN_DENY, 0));
	net_in_force = true;
	CHECK(put_net(4, 24, WARDEN_ALLOW, 0) == EPERM && put_net(4, 24, WARDEN_ALLOW, 1) == EPERM);
	CHECK(!put_net(4, 32, WARDEN_ALLOW, 0) && !put_net(4, 32, WARDEN_ALLOW, 1));
	/* more may be denied, also what was allowed; and nothing of it is taken back */
	CHECK(!put_net(4, 32, WARDEN_ALLOW, 0) && !put_net(4, 32, WARDEN_DENY, 0));
	CHECK(put_net(4, 32, WARDEN_ALLOW, 0) == EPERM && put_net(4, 32, WARDEN_ALLOW, 1) == EPERM);
	CHECK(put_net(4, 32, WARDEN_DENY, 1) == EPERM);
	net_in_force = false;
}

static void addresses_become_keys(void)
{
	struct warden_addr4_key four = { 64 + 24, 0, 443, 6, 0, { 192, 0, 2, 1 } };
	struct warden_addr6_key six = { 64 + 128, 0, 443,
					6,	  0, { 192, 0, 2, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };
	struct warden_addr value;

	setup();
	four.generation = six.generation = rules.generation;
	CHECK(!put_net(4, 24, WARDEN_DENY, 0) && !put_net(6, 128, WARDEN_ALLOW, 0) && entry_count == 2);
	CHECK(!bpf_map_lookup_elem(ADDR4, &four, &value) && value.effect == WARDEN_DENY && value.rule == 9);
	CHECK(!bpf_map_lookup_elem(ADDR6, &six, &value) && value.effect == WARDEN_ALLOW && value.rule == 9);
	/* in the byte order of packets, and for good */
	CHECK(state.ruled_ports[htons(443)] && !state.ruled_ports[htons(444)]);
	CHECK(!put_net(4, 24, WARDEN_ALLOW, 1) && entry_count == 1 && state.ruled_ports[htons(443)]);
	CHECK(!put_net(4, 24, WARDEN_ALLOW, 1)); /* is not there: as it was asked for */
	CHECK(!put_net(4, 0, WARDEN_DENY, 0) && !put_net(6, 0, WARDEN_DENY, 0));
	update_error = ENOSPC;
	CHECK(put_net(4, 32, WARDEN_DENY, 0) == ENOSPC);
	update_error = 0;
	/* the same address to listen at is another key */
	net_direction = WARDEN_IN;
	four.direction = WARDEN_IN;
	CHECK(!put_net(4, 24, WARDEN_ALLOW, 0));
	CHECK(!bpf_map_lookup_elem(ADDR4, &four, &value) && value.effect == WARDEN_ALLOW);
	net_direction = WARDEN_IN_ANY + 1;
	CHECK(put_net(4, 24, WARDEN_ALLOW, 0) == EINVAL);
	net_direction = WARDEN_OUT;
}

static void families_and_prefixes_that_cannot_be(void)
{
	setup();
	for (int family = 0; family < 256; family++)
		for (int prefix = 0; prefix < 256; prefix++) {
			bool good = (family == 4 && prefix <= 32) || (family == 6 && prefix <= 128);

			entry_count = 0;
			CHECK(put_net(family, prefix, WARDEN_DENY, 0) == (good ? 0 : EINVAL));
			CHECK(entry_count == good);
			CHECK(put_net(family, prefix, WARDEN_DENY, 1) == (good ? 0 : EINVAL));
		}
}

int main(void)
{
	make_tree();
	TEST(escapes_of_mountinfo);
	TEST(mount_points_are_read_whatever_their_number);
	TEST(exact_and_tree_rules_on_what_exists);
	TEST(what_exists_is_held_by_its_place);
	TEST(links_that_lead_to_what_is_denied_are_held);
	TEST(a_link_to_what_may_not_be_read_is_held_as_a_place);
	TEST(a_link_to_nothing_is_held_with_what_it_would_make);
	TEST(the_first_denying_rule_is_the_one_named);
	TEST(the_guards_own_rules_hold_in_audit_mode);
	TEST(a_generation_begins_empty_and_is_swapped_in_by_one_store);
	TEST(one_name_missing_is_held_by_directory_and_name);
	TEST(several_names_missing_deny_the_first_whole);
	TEST(several_names_missing_allow_nothing);
	TEST(a_path_that_cannot_be_is_an_error);
	TEST(names_have_a_longest);
	TEST(an_inode_is_held_open_once);
	TEST(a_name_anywhere_has_no_directory);
	TEST(a_trees_rule_stands_on_mounts_below);
	TEST(what_cannot_be_put_is_said_and_not_held);
	TEST(what_is_denied_stays_denied);
	TEST(addresses_become_keys);
	TEST(families_and_prefixes_that_cannot_be);
	if (nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		perror(root);
	return check_failed;
}
