/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What the rules on the way up from a directory say of all that lies below it, remembered: the longest part of a walk, for
 * every file in that directory and whatever is done with it. It is used when it is whole and fresh, or not at all:
 *
 * - It is of one generation of rules, which are all there before their policy comes into force, and never change after.
 * - It is of one state of the kernel's rename_lock, from before the walk: a sequence count that goes up by two with
 *   whatever is moved, wherever that is (d_move, d_exchange, d_splice_alias in fs/dcache.c), and is odd meanwhile. After
 *   2^31 moves it comes round; before that the entry is too old.
 * - The directory is told by its device, number and generation, where no two directories ever have the same three: on
 *   file systems that draw generations by lot, which nobody in a session may set. A directory has one place, and keeps it
 *   until it is moved or gone.
 * - What rules say of single names in the directory is not part of it, but that there are such rules is (ENTRIES), and
 *   they are asked each time. Of a way that did not end at the file system's root nothing is remembered.
 *
 * Each processor has entries of its own, which are words without a lock: so nothing is remembered where the kernel may
 * stop a program for another one on the same processor, nor where a processor may read in another order than is written
 * here, that is, elsewhere than on x86-64 (config_set()).
 */
#ifndef WARDEN_LIB_ABOVE_H
#define WARDEN_LIB_ABOVE_H

#include "core.h"

enum { ABOVE_SHIFT = 10 };

struct above {
	u64 ino;   /* 0: nothing */
	u64 apart; /* device << 32 | generation of the inode */
	u64 when;  /* generation of the rules << 32 | rename_lock's count */
	u64 age;
	u64 masks;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 << ABOVE_SHIFT);
	__type(key, u32);
	__type(value, struct above);
} ways SEC(".maps");

/* Of moves; odd while one is under way. seqlock_t begins with its count. */
static __always_inline u32 moves(void)
{
	u32 count = 1;

	if (bpf_probe_read_kernel(&count, sizeof(count), (void *)config.rename_lock))
		return 1;
	return count;
}

/* In units of 2^14 ticks, a minute at 250 Hz: nobody moves things two thousand million times meanwhile. */
static __always_inline u64 age_now(void)
{
	return bpf_jiffies64() >> 14;
}

/* File systems whose directories are told apart as said above; on btrfs a snapshot's have the numbers of its origin's. */
static __always_inline bool tells_apart(unsigned long magic)
{
	return magic == EXT4_SUPER_MAGIC || magic == XFS_SUPER_MAGIC || magic == TMPFS_MAGIC;
}

/* What an entry has to say of when it was made, to be used now; odd where nothing is remembered. */
static __always_inline u64 when_now(u64 pol)
{
	if (!config.rename_lock)
		return 1;
	return (pol & ~(u64)~0u) | moves();
}

/*
 * What the rules say on the way up from a directory, with ABOVE_KNOWN; 0 when it is not remembered. `when` is of before
 * the way is walked. Global functions, of scalars, as masks_of() is: the verifier need not follow both of what comes out
 * of a lookup through a whole walk.
 */
#define ABOVE_KNOWN (1ULL << 32)

__noinline u64 recall(u64 ino, u64 apart, u64 when)
{
	u32 at = filter_hash(ino, apart >> 32) >> (64 - ABOVE_SHIFT);
	struct above *entry = bpf_map_lookup_elem(&ways, &at);
	u64 masks;
	bool same;

	if (!entry)
		return 0;
	same = entry->ino == ino && entry->apart == apart && entry->when == when && entry->age == age_now();
	masks = entry->masks;
	return same ? masks | ABOVE_KNOWN : 0;
}

/* After the whole way was walked. */
__noinline int remember(u64 ino, u64 apart, u64 when, u64 masks)
{
	u32 at = filter_hash(ino, apart >> 32) >> (64 - ABOVE_SHIFT);
	struct above *entry = bpf_map_lookup_elem(&ways, &at);

	if (!entry)
		return 0;
	*entry = (struct above){ .ino = ino, .apart = apart, .when = when, .age = age_now(), .masks = masks };
	return 0;
}

static __always_inline u64 recalled(struct inode *directory, u64 dev, u64 when)
{
	if (when & 1 || !directory)
		return 0;
	return recall(directory->i_ino, dev << 32 | directory->i_generation, when);
}

static __always_inline void remembered(struct inode *directory, u64 dev, u64 when, u64 masks)
{
	if (!(when & 1) && directory)
		remember(directory->i_ino, dev << 32 | directory->i_generation, when, masks);
}

#endif
