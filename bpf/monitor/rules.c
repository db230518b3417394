// SPDX-License-Identifier: Apache-2.0
/*
 * Rules into maps. A path becomes the inode that the kernel sees: it is opened once, held open (so the inode lives,
 * and its number cannot be given to another file while the session lasts), and asked for through the getattr hook.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/filter.h"
#include "monitor.h"

/* Octal escapes of /proc/PID/mountinfo, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (char *from = text; *from; from++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' &&
		    from[3] >= '0' && from[3] <= '7') {
			*to++ = (from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0');
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = 0;
}

static void forget_mounts(struct rules *rules)
{
	for (size_t i = 0; rules->mounts && rules->mounts[i]; i++)
		free(rules->mounts[i]);
	free(rules->mounts);
	rules->mounts = NULL;
}

static int read_mounts(struct rules *rules)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	size_t count = 0, room = 64, size = 0;
	char *line = NULL;
	int error = 0;

	if (!file)
		return -1;
	rules->mounts = calloc(room, sizeof(*rules->mounts));
	while (rules->mounts && getline(&line, &size, file) > 0) {
		char point[PATH_MAX];

		if (sscanf(line, "%*d %*d %*s %*s %4095s", point) != 1)
			continue;
		unescape(point);
		if (count + 2 > room) {
			char **grown = reallocarray(rules->mounts, room *= 2, sizeof(*grown));

			if (!grown) {
				error = -1;
				break;
			}
			rules->mounts = grown;
		}
		rules->mounts[count] = strdup(point);
		rules->mounts[++count] = NULL;
	}
	if (!rules->mounts)
		error = -1;
	free(line);
	fclose(file);
	return error;
}

int rules_begin(struct rules *rules)
{
	rules->generation++;
	forget_mounts(rules);
	return read_mounts(rules);
}

void rules_pin(struct rules *rules, int fd)
{
	if (rules->pinned_count == rules->pinned_room) {
		int room = rules->pinned_room ? 2 * rules->pinned_room : 256;
		int *grown = reallocarray(rules->pinned, room, sizeof(*grown));

		if (!grown) {
			close(fd);
			return;
		}
		rules->pinned = grown;
		rules->pinned_room = room;
	}
	rules->pinned[rules->pinned_count++] = fd;
}

/* What the kernel calls this file. Our own getattr is recorded by the program of that name. */
int rules_identify(struct rules *rules, int fd, struct warden_inode *inode)
{
	struct warden_state *state = rules->programs->state;
	struct stat st;

	if (!rules->programs->resolves) {
		errno = EOPNOTSUPP;
		return -1;
	}
	__atomic_store_n(&state->resolving, 1, __ATOMIC_SEQ_CST);
	if (fstat(fd, &st))
		return -1;
	if (__atomic_exchange_n(&state->resolving, 0, __ATOMIC_SEQ_CST)) {
		errno = EOPNOTSUPP; /* attached, and not called: this flavour does not work here */
		return -1;
	}
	*inode = state->resolved;
	return 0;
}

static int op_index(u8 op)
{
	return op == WARDEN_OP_READ ? 0 : op == WARDEN_OP_WRITE ? 1 : op == WARDEN_OP_DELETE ? 2 : 3;
}

static void merge(struct warden_node *node, const struct warden_rule_path *rule, bool tree)
{
	u32 mask = rule->op;
	int i = op_index(rule->op);

	if (rule->effect == WARDEN_DENY) {
		if (rule->rule == RULE_SELF)
			mask |= WARDEN_MASK_ALWAYS;
		node->masks |= mask << (tree ? WARDEN_DENY_TREE_SHIFT : WARDEN_DENY_SELF_SHIFT);
		if (!node->deny_rule[i])
			node->deny_rule[i] = rule->rule;
	} else {
		node->masks |= mask << (tree ? WARDEN_ALLOW_TREE_SHIFT : WARDEN_ALLOW_SELF_SHIFT);
	}
}

/* `known`: there was a node before. */
static int put_node(struct rules *rules, const struct warden_inode *inode, const struct warden_rule_path *rule,
		    bool tree, bool entries, bool *known)
{
	struct warden_node_key key = { .inode = *inode, .generation = rules->generation };
	u64 hash = filter_hash(inode->ino, inode->dev);
	struct warden_node node = {};

	*known = !bpf_map_lookup_elem(rules->programs->nodes_fd, &key, &node);
	if (!*known && errno != ENOENT)
		return -1;
	if (rule)
		merge(&node, rule, tree);
	if (entries)
		node.masks |= (u32)WARDEN_MASK_ENTRIES << WARDEN_ALLOW_TREE_SHIFT;
	/* before the node: whoever finds the node's policy in force finds the bit */
	rules->programs->filter[FILTER_BYTE(hash)] |= 1 << FILTER_BIT(hash);
	return bpf_map_update_elem(rules->programs->nodes_fd, &key, &node, BPF_ANY);
}

/* As put_node, for what is behind a descriptor, which is taken over: one is kept for every inode that has a node. */
static int hold(struct rules *rules, int fd, const struct warden_rule_path *rule, bool tree, bool entries,
		struct warden_inode *inode)
{
	bool known;

	if (rules_identify(rules, fd, inode) || put_node(rules, inode, rule, tree, entries, &known)) {
		close(fd);
		return -1;
	}
	if (known)
		close(fd);
	else
		rules_pin(rules, fd);
	return 0;
}

static int put_name(struct rules *rules, const struct warden_inode *dir, const char *name,
		    const struct warden_rule_path *rule, bool tree)
{
	struct warden_name_key key = { .dir = *dir, .generation = rules->generation };
	struct warden_node node = {};

	/* one byte less than the room, so that a longer name, cut by the kernel side, equals no rule's */
	if (strlen(name) > WARDEN_NAME - 2) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(key.name, name, strlen(name));
	if (bpf_map_lookup_elem(rules->programs->names_fd, &key, &node) && errno != ENOENT)
		return -1;
	merge(&node, rule, tree);
	return bpf_map_update_elem(rules->programs->names_fd, &key, &node, BPF_ANY);
}

/* A walk ends at its file system's root, so a tree's rule stands on every root mounted below it. */
static int put_mounts_below(struct rules *rules, int fd, const struct warden_rule_path *rule)
{
	char link[64], real[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, real, sizeof(real) - 1);
	if (n < 0)
		return -1;
	real[n] = 0;
	if (n == 1)
		n = 0; /* "/" */
	for (size_t i = 0; rules->mounts && rules->mounts[i]; i++) {
		struct warden_inode inode;
		int below;

		if (strncmp(rules->mounts[i], real, n) || rules->mounts[i][n] != '/' || !rules->mounts[i][n + 1])
			continue;
		below = open(rules->mounts[i], O_PATH | O_CLOEXEC);
		if (below < 0)
			continue; /* covered by another mount, or not reachable: nor is it to the job by this path */
		if (hold(rules, below, rule, true, false, &inode))
			return -1;
	}
	return 0;
}

/*
 * The same rule on a place, a directory and a name: so it holds when its target is replaced, or is not there yet. And
 * for what must not be changed, no directory above it may be moved away, or its path would lead to another.
 */
static int put_place(struct rules *rules, char *real, const struct warden_rule_path *rule, bool tree)
{
	bool climbs = rule->effect == WARDEN_DENY && rule->op & (WARDEN_OP_WRITE | WARDEN_OP_DELETE);
	struct warden_rule_path above = *rule;
	struct warden_inode dir;
	char *slash;

	above.op = WARDEN_OP_DELETE;
	for (bool first = true; (slash = strrchr(real, '/')) && slash[1]; first = false) {
		bool named = first && strlen(slash + 1) <= WARDEN_NAME - 2;
		bool stays = climbs && slash != real;
		int up;

		if (!named && !stays)
			return 0;
		*slash = 0;
		up = open(slash == real ? "/" : real, O_PATH | O_CLOEXEC);
		if (up < 0 || hold(rules, up, stays ? &above : NULL, false, named, &dir))
			return -1;
		if (named && put_name(rules, &dir, slash + 1, rule, tree))
			return -1;
		if (!stays)
			return 0;
	}
	return 0;
}

/* A path that does not exist: held by the directory that does, and the first name that does not. */
static int put_absent(struct rules *rules, const struct warden_rule_path *rule, char *path, u32 *held)
{
	bool more = false;

	for (char *end = path; !more && (end = strchr(end + 1, '/')); *end = more ? 0 : '/') {
		*end = 0;
		more = access(path, F_OK);
		if (more && errno != ENOENT)
			return -1;
	}
	if (more && rule->effect == WARDEN_ALLOW) {
		*held = WARDEN_HELD_NOT;
		return 0;
	}
	*held = more ? WARDEN_HELD_PREFIX : WARDEN_HELD_NAME;
	if (strlen(strrchr(path, '/') + 1) > WARDEN_NAME - 2) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return put_place(rules, path, rule, more || rule->form == WARDEN_PATH_TREE);
}

struct holding {
	struct rules *rules;
	const struct warden_rule_path *rule;
};

/*
 * A link that leads to what a rule denies. The last one is held as the file is: what is put in its place has the rule,
 * and what may not be changed is not replaced. One on the way may not be removed, as no directory above may.
 */
static int hold_link(void *arg, const char *path, bool last)
{
	struct holding *holding = arg;
	struct warden_rule_path rule = *holding->rule;
	struct warden_inode inode;
	char real[PATH_MAX];
	int fd;

	/* the kernel's own, which nobody can replace */
	if (!strncmp(path, "/proc/", 6) || rule.effect != WARDEN_DENY)
		return 0;
	if (!last) {
		if (!(rule.op & (WARDEN_OP_WRITE | WARDEN_OP_DELETE)))
			return 0;
		rule.op = WARDEN_OP_DELETE;
	}
	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	snprintf(real, sizeof(real), "%s", path);
	if (hold(holding->rules, fd, &rule, false, false, &inode))
		return -1;
	return put_place(holding->rules, real, &rule, last && rule.form == WARDEN_PATH_TREE);
}

static int put_path(struct rules *rules, const struct warden_rule_path *rule, const char *path, u32 *held)
{
	struct holding holding = { rules, rule };
	bool tree = rule->form == WARDEN_PATH_TREE;
	struct warden_inode inode = {};
	char real[PATH_MAX];
	int fd;

	*held = WARDEN_HELD_INODE;
	if (rule->form == WARDEN_PATH_NAME)
		return put_name(rules, &inode, path, rule, false);
	snprintf(real, sizeof(real), "%s", path);
	if (links_follow(real, hold_link, &holding))
		return -1;
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? put_absent(rules, rule, real, held) : -1;
	/* the mounts first: after hold() the descriptor may be closed */
	if (tree && put_mounts_below(rules, fd, rule)) {
		close(fd);
		return -1;
	}
	if (hold(rules, fd, rule, tree, false, &inode))
		return -1;
	return put_place(rules, real, rule, tree);
}

void rules_put_path(struct rules *rules, const struct warden_rule_path *rule, const char *path,
		    struct warden_result *result)
{
	*result = (struct warden_result){ .f = { sizeof(*result), WARDEN_FRAME_RESULT }, .rule = rule->rule };
	if (put_path(rules, rule, path, &result->held))
		result->error = errno ? errno : EINVAL;
}

void rules_put_net(struct rules *rules, const struct warden_rule_net *rule, bool in_force, struct warden_result *result)
{
	struct warden_addr value = { .effect = rule->effect, .rule = rule->rule };
	struct warden_addr4_key key4 = { .prefixlen = 64 + rule->prefix,
					 .generation = rules->generation,
					 .port = rule->port,
					 .protocol = rule->protocol,
					 .direction = rule->direction };
	struct warden_addr6_key key6 = { .prefixlen = 64 + rule->prefix,
					 .generation = rules->generation,
					 .port = rule->port,
					 .protocol = rule->protocol,
					 .direction = rule->direction };
	int fd = rule->family == 4 ? rules->programs->addr4_fd : rules->programs->addr6_fd;
	void *key = rule->family == 4 ? (void *)&key4 : (void *)&key6;
	int error;

	*result = (struct warden_result){ .f = { sizeof(*result), WARDEN_FRAME_RESULT }, .rule = rule->rule };
	memcpy(key4.addr, rule->addr, sizeof(key4.addr));
	memcpy(key6.addr, rule->addr, sizeof(key6.addr));
	if ((rule->family != 4 && rule->family != 6) || rule->prefix > (rule->family == 4 ? 32 : 128) ||
	    rule->direction > WARDEN_IN_ANY) {
		result->error = EINVAL;
		return;
	}
	/*
	 * Names' addresses come and go while the policy is in force, but what it denies stays denied, whoever asks:
	 * looking a key up gives the longest prefix that covers it. More may be denied at any time.
	 */
	if (in_force && (rule->effect == WARDEN_ALLOW || rule->remove)) {
		struct warden_addr covering = {};

		if (rule->effect != WARDEN_ALLOW ||
		    (!bpf_map_lookup_elem(fd, key, &covering) && covering.effect == WARDEN_DENY)) {
			result->error = EPERM;
			return;
		}
	}
	/* before the rule: whoever finds it in force finds that its port is asked about */
	rules->programs->state->ruled_ports[htons(rule->port)] = 1;
	if (rule->remove)
		error = bpf_map_delete_elem(fd, key);
	else
		error = bpf_map_update_elem(fd, key, &value, BPF_ANY);
	if (error && !(rule->remove && errno == ENOENT))
		result->error = errno;
}

void rules_commit(struct rules *rules, u32 flags)
{
	u64 word = (u64)rules->generation << 32 | flags;

	__atomic_store_n(&rules->programs->state->policy, word, __ATOMIC_SEQ_CST);
}
