/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * In front of the map of rules: one bit for every inode that has a node there, in a table that a load reads. A walk asks
 * for each directory on its way, few of which have rules, and a lookup costs ten times what this does. A bit that is not
 * set means that there is no node; one that is set means that the map is to be asked. So nothing can go stale: a bit
 * says nothing about paths or verdicts, and bits are set before the policy that they belong to is in force.
 *
 * Shared by the kernel side, which reads, and the monitor, which sets.
 */
#ifndef WARDEN_LIB_FILTER_H
#define WARDEN_LIB_FILTER_H

#include "../warden.h"

enum {
	FILTER_SHIFT = 19, /* 512 KB: with 100,000 rules 2 of 100 other inodes are looked up in vain */
	FILTER_BYTES = 1 << FILTER_SHIFT,
};

/* Fibonacci hashing: the upper bits depend on all bits of the number. */
static inline __attribute__((always_inline)) u64 filter_hash(u64 ino, u32 dev)
{
	return (ino ^ (u64)dev << 32) * 0x9e3779b97f4a7c15ULL;
}

#define FILTER_BYTE(hash) ((hash) >> (64 - FILTER_SHIFT))
#define FILTER_BIT(hash)  ((hash) >> (64 - FILTER_SHIFT - 3) & 7)

#endif
