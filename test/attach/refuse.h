/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 -- shared by refuse.bpf.c and refuse.c */
#ifndef REFUSE_H
#define REFUSE_H

#define REFUSE_NAME 16 /* BPF_OBJ_NAME_LEN */

enum { REFUSE_NOTHING, REFUSE_LOAD, REFUSE_ATTACH };

struct refuse_target {
	__u64 name[REFUSE_NAME / 8];
	__u32 way;
	__u32 refused; /* how often */
};

#endif
