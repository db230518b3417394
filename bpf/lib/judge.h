/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The verdict on a file operation. Rules hang on inodes; a walk from the file up to its file system's root
 * gathers what they say. Deny beats allow, the nearest node of an effect gives its rule, then the default decides.
 *
 * A walk needs no mounts: the monitor puts a subtree rule on the root of each file system mounted below it, too.
 * The names and parents are read by direct, fault-safe loads; a concurrent rename may be seen half way, but an
 * object keeps its identity, and moving one out of a denied tree is itself refused.
 */
#ifndef WARDEN_LIB_JUDGE_H
#define WARDEN_LIB_JUDGE_H

#include "event.h"
#include "above.h"

#define TREE_MASKS (0xffu << WARDEN_DENY_TREE_SHIFT | 0xffu << WARDEN_ALLOW_TREE_SHIFT)
#define ENTRIES	   ((u32)WARDEN_MASK_ENTRIES << WARDEN_ALLOW_TREE_SHIFT)
#define ALLOW_ALL  (0xfu << WARDEN_ALLOW_SELF_SHIFT)

/* What the rules say of a name below a directory; the anywhere rules' directory is all zeros. */
static __always_inline const struct warden_node *named(const struct warden_inode *dir, u32 generation, u64 name)
{
	struct warden_name_key key = { .dir = *dir, .generation = generation };

	if (bpf_probe_read_kernel_str(key.name, sizeof(key.name), (void *)name) <= 0)
		return NULL;
	/* A longer name was cut to something that a rule may hold, but no rule's name fills the array. */
	return bpf_map_lookup_elem(&names, &key);
}

/*
 * The masks of an inode's node, and in the upper half those of a name below it. What is done where there is a rule stands
 * in global functions: the verifier checks each of those once, and not again in every step of every walk. They may take
 * only scalars (5.10).
 */
__noinline u64 masks_of(u64 ino, u32 dev, u32 igen, u32 generation, u64 name)
{
	struct warden_node_key key = {
		.inode = { .ino = ino, .dev = dev, .igen = igen },
		.generation = generation,
	};
	const struct warden_node *node = bpf_map_lookup_elem(&nodes, &key);
	u64 masks;

	if (!node)
		return 0;
	masks = node->masks;
	if (masks & ENTRIES) {
		node = named(&key.inode, generation, name);
		masks |= node ? (u64)node->masks << 32 : 0;
	}
	return masks;
}

__noinline u32 masks_anywhere(u64 name, u32 generation)
{
	struct warden_inode nowhere = {};
	const struct warden_node *node = named(&nowhere, generation, name);

	return node ? node->masks : 0;
}

/* Of what never has a place only namespaces are asked about: nothing is in them, and whose may be opened is ptrace's. */
__noinline u32 masks_nowhere(u64 magic, u32 trees)
{
	return magic == NSFS_MAGIC ? ALLOW_ALL : trees;
}

/* Where a name is, as a number: see as_number(). */
static __always_inline u64 name_of(struct dentry *dentry)
{
	u64 name = 0;

	bpf_probe_read_kernel(&name, sizeof(name), &dentry->d_name.name);
	asm volatile("" : "+r"(name) : : "memory");
	return name;
}

/* The masks of an inode's node and of a name in it, if it has a node: masks_of(). */
static __always_inline u64 masks_here(struct inode *inode, u64 dev, u32 generation, struct dentry *child)
{
	/* newer verifiers want to see that there is an inode; then a bit, and most often no more */
	u64 ino = inode ? inode->i_ino : 0, hash = filter_hash(ino, dev);

	if (!inode || !(node_filter[FILTER_BYTE(hash)] >> FILTER_BIT(hash) & 1))
		return 0;
	return masks_of(ino, dev, told_apart(inode->i_generation, inode->i_mode), generation, name_of(child));
}

/*
 * The masks of all rules that speak of a dentry, which may be negative (about to be created): then its inode reads as
 * zeros, and no rule is on those. Gathering is one `or`, from a zero that the verifier does not know to be one: the
 * state after a node that was found is no other than after one that was not, and a walk is verified step by step. For
 * the same reason all is 64 bits wide: what lay in a stack slot counts on after 32 bits of it were written.
 */
static __noinline u32 find(struct dentry *dentry, u64 pol)
{
	u64 nothing = *(volatile u32 *)&state.zero, masks = nothing, near = nothing, far = nothing, known = nothing;
	u64 names = nothing, generation = generation_of(pol), dev, when, here;
	struct dentry *first = dentry, *child = dentry, *directory, *above;

	if (!dentry)
		return 0;
	dev = dentry->d_sb->s_dev;
	masks |= (u32)masks_here(dentry->d_inode, dev, generation, dentry);
	directory = dentry->d_parent;
	if (directory == dentry)
		goto top;
	when = when_now(pol);
	known |= recalled(directory->d_inode, dev, when);
	if (!known || known & ENTRIES)
		names |= masks_here(directory->d_inode, dev, generation, child);
	near |= (known | names) & TREE_MASKS;
	masks |= names >> 32;
	child = directory;
	dentry = above = directory->d_parent;
	/* a directory that is new, in one that is not */
	if (!known && above != directory) {
		known |= recalled(above->d_inode, dev, when);
		if (known & ENTRIES)
			near |= masks_here(above->d_inode, dev, generation, child) >> 32 & TREE_MASKS;
		near |= known & TREE_MASKS & ~(u64)ENTRIES;
		if (known)
			remembered(directory->d_inode, dev, when, near);
	}
	for (int i = 2; !known && dentry != child && i < WARDEN_DEPTH; i++) {
		here = masks_here(dentry->d_inode, dev, generation, child);
		far |= here & (i == 2 ? TREE_MASKS : TREE_MASKS & ~ENTRIES);
		if (i == 2)
			near |= here >> 32 & TREE_MASKS;
		else
			far |= here >> 32 & TREE_MASKS;
		child = dentry;
		dentry = dentry->d_parent;
	}
	masks |= near | far;
	if (known)
		goto anywhere;
	if (dentry == child && dentry == dentry->d_sb->s_root && tells_apart(dentry->d_sb->s_magic)) {
		if (above != directory)
			remembered(above->d_inode, dev, when, far);
		remembered(directory->d_inode, dev, when, near | (far & ~(u64)ENTRIES));
	}
top:
	/* The walk did not end at the file system's root: it is deeper than a walk may go, or the file was opened by
	 * handle and has no place yet. What some tree denies might be denied by one that was not reached. */
	if ((dentry != child || dentry != dentry->d_sb->s_root) && !(dentry->d_sb->s_flags & SB_NOUSER))
		masks |= masks_nowhere(dentry->d_sb->s_magic, pol >> WARDEN_TREES_SHIFT & 0xf);
anywhere:
	if (pol & WARDEN_HAS_NAMES)
		masks |= masks_anywhere(name_of(first), generation);
	return masks;
}

/* In a rule's number, which is the place of one of some 100,000: there are rules on names below this node. */
#define ENTRIES_TOO (1u << 31)

/* The denying rule of one operation on one node, or 0. Operations 1, 2, 4, 8 are indices 0 to 3. */
static __always_inline u32 denying(const struct warden_node *node, u32 op, u32 counting)
{
	u32 masks = node->masks & counting;

	if (!((masks >> WARDEN_DENY_SELF_SHIFT | masks >> WARDEN_DENY_TREE_SHIFT) & op))
		return 0;
	return node->deny_rule[((op >> 1) - (op >> 3)) & (WARDEN_OPS - 1)];
}

__noinline u32 rule_of(u64 at, u32 generation, u32 op, u32 counting)
{
	struct warden_node_key key = { .generation = generation };
	const struct warden_node *node;

	put_inode(&key.inode, (void *)at);
	node = bpf_map_lookup_elem(&nodes, &key);
	if (!node)
		return 0;
	return denying(node, op, counting) | (node->masks & ENTRIES ? ENTRIES_TOO : 0);
}

__noinline u32 rule_of_name(u64 dir, u64 at, u32 generation, u32 op, u32 counting)
{
	struct dentry *dentry = (void *)at;
	struct warden_inode inode = {};
	const struct warden_node *node;

	if (dir)
		put_inode(&inode, (void *)dir);
	node = named(&inode, generation, (u64)BPF_CORE_READ(dentry, d_name.name));
	return node ? denying(node, op, counting) : 0;
}

/*
 * Which rule was it? The same walk again, for an operation that is refused already: there is time, so it reads by
 * probes, and can be a global function itself.
 */
__noinline u32 find_rule(u64 at, u32 generation, u32 op)
{
	u32 rule = rule_of_name(0, at, generation, op, ~0u), counting = ~0u;
	struct dentry *dentry = (void *)at, *child = dentry;

	for (int i = 0; !rule && i < WARDEN_DEPTH; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		u64 inode = (u64)BPF_CORE_READ(dentry, d_inode);

		rule = rule_of(inode, generation, op, counting);
		if (rule == ENTRIES_TOO)
			rule = rule_of_name(inode, (u64)child, generation, op, i == 1 ? ~0u : TREE_MASKS);
		if (parent == dentry)
			break;
		child = dentry;
		dentry = parent;
		counting = TREE_MASKS;
	}
	return rule & ~ENTRIES_TOO;
}

/* Files that no section's default speaks of: pipes, sockets, character devices, and kernel-internal mounts. */
static __always_inline bool beyond_defaults(struct inode *inode)
{
	u32 type;

	if (!inode)
		return false;
	type = inode->i_mode & S_IFMT;
	if (type == S_IFCHR || type == S_IFIFO || type == S_IFSOCK)
		return true;
	return inode->i_sb->s_flags & SB_NOUSER;
}

_Static_assert(WARDEN_DENY_READ == WARDEN_OP_READ << 3 && WARDEN_DENY_WRITE == WARDEN_OP_WRITE << 3 &&
		       WARDEN_DENY_DELETE == WARDEN_OP_DELETE << 3 && WARDEN_DENY_EXEC == WARDEN_OP_EXEC >> 1,
	       "default_denies() shifts flags into operations");

static __always_inline u32 default_denies(u32 pol)
{
	return (pol >> 3 & (WARDEN_OP_READ | WARDEN_OP_WRITE | WARDEN_OP_DELETE)) | (pol << 1 & WARDEN_OP_EXEC);
}

/* Has somebody in a user namespace mounted the overlay for which the kernel does this? Its mounter's credentials tell.
 * A global function, as is_rootless(): see masks_of(). */
__noinline int in_user_namespace(void)
{
	return BPF_CORE_READ(current_task(), cred, user_ns, level) > 0;
}

/*
 * A stacking file system (overlayfs) works on its layers with its mounter's credentials, on behalf of an operation
 * that was judged when it came in; the defaults, which would speak of the layers' own places, do not count there.
 * Rules do: a step may have stacked a file system on the denied file itself. Only the kernel overrides credentials
 * for such work, but for io_uring, which a task can make do the same; so a task that has used it has no such grace,
 * nor has one that dumps its core: that is a file like any other. Of overlays that a job can mount the layers are all
 * there is to be judged, see is_own().
 */
static __always_inline bool on_behalf_of_kernel(void)
{
	struct task_struct *task = current_task();

	return BPF_CORE_READ(task, cred) != BPF_CORE_READ(task, real_cred) && !BPF_CORE_READ(task, io_uring) &&
	       !(BPF_CORE_READ(task, flags) & (PF_IO_WORKER | PF_DUMPCORE)) && !in_user_namespace();
}

/*
 * Which of `ops` are refused by these masks? `explicit_only`: operations that only a rule, not a default, may
 * refuse. `defaults`: all ones when the sections' defaults count here.
 */
static __always_inline u32 refused_ops(u32 masks, u32 pol, u32 ops, u32 explicit_only, u32 defaults)
{
	u32 deny = masks >> WARDEN_DENY_SELF_SHIFT | masks >> WARDEN_DENY_TREE_SHIFT;
	u32 allow = masks >> WARDEN_ALLOW_SELF_SHIFT | masks >> WARDEN_ALLOW_TREE_SHIFT;
	u32 inherits = -(pol >> 6 & 1); /* WARDEN_DELETE_INHERITS */
	u32 by_default = default_denies(pol) & defaults;
	u32 write = (deny | (by_default & ~allow)) & WARDEN_OP_WRITE;
	u32 left = ops & ~allow;

	/* Deletion that has no word of its own is judged as writing. */
	return (deny & (ops | explicit_only)) | (left & by_default & ~(WARDEN_OP_DELETE & inherits)) |
	       (left & WARDEN_OP_DELETE & inherits & write << 1);
}

/* Whether what is denied here is so, too, by the guard's own rules, which hold in audit mode as well. */
static __always_inline bool is_guards_own(u32 masks)
{
	return (masks >> WARDEN_DENY_SELF_SHIFT | masks >> WARDEN_DENY_TREE_SHIFT) & WARDEN_MASK_ALWAYS;
}

/*
 * File systems that anybody can mount in a user namespace, rootless containers above all, and that are no place of the
 * machine's: memory, what a process of the job's serves, and overlays, whose every access is one to a layer, which is
 * judged where it lies.
 */
__noinline int is_rootless(u64 at)
{
	struct super_block *sb = (void *)at;
	unsigned long magic = BPF_CORE_READ(sb, s_magic);

	if (magic != TMPFS_MAGIC && magic != FUSE_SUPER_MAGIC && magic != OVERLAYFS_SUPER_MAGIC)
		return 0;
	return BPF_CORE_READ(sb, s_user_ns, level) > 0;
}

/*
 * A container's own file systems, its root above all, are not the job's file space: the sections' defaults say nothing
 * of what they hold, but for running programs. What the machine itself has mounted is, wherever a container sees it.
 */
static __always_inline bool is_own(struct dentry *dentry)
{
	u32 device = dentry->d_sb->s_dev;

	if (!in_container() && !is_rootless(as_number(dentry->d_sb)))
		return false;
	return !bpf_map_lookup_elem(&host_devices, &device);
}

/* May the current, governed task do `ops` to this dentry? Returns whether it is refused, and makes the event. */
static __noinline int judge(u16 hook, struct dentry *dentry, u32 ops, u32 explicit_only)
{
	u32 masks, refused, rule, defaults, verdict = WARDEN_VERDICT_DENY;
	u64 pol = policy(), at;

	if (!dentry)
		return 0;
	masks = find(dentry, pol);
	/* whatever takes something off the defaults is asked about where they refuse */
	if (!refused_ops(masks, pol, ops, explicit_only, ~0u))
		return 0;
	defaults = beyond_defaults(dentry->d_inode) ? 0 : ~0u;
	refused = refused_ops(masks, pol, ops, explicit_only, defaults);
	if (refused && is_own(dentry))
		refused = refused_ops(masks, pol, ops, explicit_only, defaults & WARDEN_OP_EXEC);
	if (refused && on_behalf_of_kernel())
		refused &= masks >> WARDEN_DENY_SELF_SHIFT | masks >> WARDEN_DENY_TREE_SHIFT;
	/* what the agent wrote, when there is no monitor any more that would deliver it */
	if (refused == WARDEN_OP_READ && is_guards_own(masks) && is_post(current_task()))
		refused = 0;
	if (!refused)
		return 0;
	if (!(pol & WARDEN_ENFORCE) && !is_guards_own(masks))
		verdict = WARDEN_VERDICT_WOULD_DENY;
	at = as_number(dentry);
	refused &= -refused;
	rule = find_rule(at, generation_of(pol), refused);
	if (!rule && refused == WARDEN_OP_DELETE && (pol & WARDEN_DELETE_INHERITS))
		rule = find_rule(at, generation_of(pol), WARDEN_OP_WRITE);
	emit_file(at, PACK(hook, verdict, refused), rule);
	return verdict == WARDEN_VERDICT_DENY;
}

#endif
