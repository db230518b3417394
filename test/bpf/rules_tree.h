/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A temporary tree to put rules on, and the questions that the tests ask of the maps.
 */
#ifndef WARDEN_RULES_TREE_H
#define WARDEN_RULES_TREE_H

/* ---- the tree, and what the maps say of it ---- */

static char root[64];

static const char *in_root(const char *name)
{
	static char paths[4][PATH_MAX];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", root, name);
	return path;
}

static void make_file(const char *name)
{
	int fd = open(in_root(name), O_WRONLY | O_CREAT, 0600);

	CHECK(fd >= 0 && !close(fd));
}

static void make_tree(void)
{
	snprintf(root, sizeof(root), "/tmp/warden-rules-XXXXXX");
	CHECK(mkdtemp(root));
	CHECK(!mkdir(in_root("dir"), 0700) && !mkdir(in_root("dir/sub"), 0700));
	CHECK(!mkdir(in_root("dir/deep"), 0700) && !mkdir(in_root("dir/deep/er"), 0700));
	CHECK(!mkdir(in_root("dir-other"), 0700));
	make_file("file");
	make_file("dir/file");
	CHECK(!symlink("file", in_root("to-file")) && !symlink("./../to-file", in_root("dir/to-link")));
	CHECK(!symlink(in_root("dir"), in_root("to-dir")) && !symlink("dir/none", in_root("to-none")));
	CHECK(!symlink("to-itself", in_root("to-itself")));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static void setup(void)
{
	for (int i = 0; i < rules.pinned_count; i++)
		close(rules.pinned[i]);
	rules.pinned_count = entry_count = update_error = 0;
	programs.resolves = true;
	hook_silent = false;
	mountinfo = "";
	CHECK(!rules_begin(&rules));
}

/* The lowest free descriptor: the same before and after when nothing was left open. */
static int free_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

static struct warden_inode inode_of(const char *path)
{
	struct stat st = {};

	CHECK(!lstat(path, &st));
	return (struct warden_inode){ .ino = st.st_ino, .dev = (u32)st.st_dev, .igen = 7 };
}

/* A node that the filter hides is none. */
static inline u32 node_masks(const char *path)
{
	struct warden_node_key key = { .inode = inode_of(path), .generation = rules.generation };
	u64 hash = filter_hash(key.inode.ino, key.inode.dev);
	struct warden_node node = {};

	if (!(filter[FILTER_BYTE(hash)] >> FILTER_BIT(hash) & 1))
		return 0;
	return bpf_map_lookup_elem(NODES, &key, &node) ? 0 : node.masks;
}

static inline u32 name_masks(const char *dir, const char *name)
{
	struct warden_name_key key = { .generation = rules.generation };
	struct warden_node node = {};

	if (dir)
		key.dir = inode_of(dir);
	memcpy(key.name, name, strlen(name));
	return bpf_map_lookup_elem(NAMES, &key, &node) ? 0 : node.masks;
}

static inline struct warden_result put(u32 id, u8 op, u8 effect, u8 form, const char *path)
{
	struct warden_rule_path rule = { .rule = id, .op = op, .effect = effect, .form = form };
	struct warden_result result;

	rules_put_path(&rules, &rule, path, &result);
	CHECK(result.f.size == sizeof(result) && result.f.type == WARDEN_FRAME_RESULT && result.rule == id);
	return result;
}

static bool net_in_force;
static u8 net_direction;

static inline u32 put_net(u8 family, u8 prefix, u8 effect, u8 remove)
{
	struct warden_rule_net rule = { .rule = 9,
					.effect = effect,
					.family = family,
					.prefix = prefix,
					.protocol = 6,
					.port = 443,
					.remove = remove,
					.direction = net_direction,
					.addr = { 192, 0, 2, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };
	struct warden_result result;

	rules_put_net(&rules, &rule, net_in_force, &result);
	CHECK(result.f.size == sizeof(result) && result.f.type == WARDEN_FRAME_RESULT && result.rule == 9);
	return result.error;
}

#define DENY_SELF(op)  ((u32)(op) << WARDEN_DENY_SELF_SHIFT)
#define DENY_TREE(op)  ((u32)(op) << WARDEN_DENY_TREE_SHIFT)
#define ALLOW_SELF(op) ((u32)(op) << WARDEN_ALLOW_SELF_SHIFT)
#define ALLOW_TREE(op) ((u32)(op) << WARDEN_ALLOW_TREE_SHIFT)
#define ENTRIES	       ALLOW_TREE(WARDEN_MASK_ENTRIES)

#endif
