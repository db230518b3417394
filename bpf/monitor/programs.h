/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about the kernel programs share: which there are, what this kernel lacks, where they are pinned. */
#ifndef WARDEN_MONITOR_PROGRAMS_H
#define WARDEN_MONITOR_PROGRAMS_H

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "monitor.h"

#define PIN_ROOT     "/sys/fs/bpf"
#define MAX_PROGRAMS 96

struct program {
	const char *name;
	u32 classes; /* that are not whole without it, a bit each */
	bool cgroup; /* attached to the session's cgroup */
	bool caller; /* a tracing or lsm hook: network has another net where these are refused */
};

/* ---- catalog.c ---- */
extern const struct program program_table[];
extern const size_t program_count;
/* NULL when there is none of that name. */
const struct program *program_named(const char *name);
bool program_is_caller(struct bpf_program *program);
/* Has it nothing to do on this machine, where it would only cost? */
bool program_is_idle(const struct program *entry, u32 flavour, const struct btf *btf);
/* May it be loaded? When not, *lacking says whether that leaves its classes without it: ENOENT, or 0. */
bool program_fits(const struct program *entry, struct bpf_program *program, u32 flavour, const struct btf *btf,
		  int *lacking);

/* ---- load.c ---- */
/* Its classes are not whole: the first reason for each is kept. */
void program_missing(struct programs *programs, const struct program *entry, u32 absence, int error);
/* Loads all that this kernel takes. -1, with errno, when that does not come to an end. */
int programs_load(struct programs *programs, const struct options *options, u64 cgroup_id, u32 level,
		  const struct btf *btf);

/* ---- pins.c ---- */
/* Mounts bpffs where nobody has, makes the session's directory, and pins the maps, all after complaining when not. */
int pins_begin(struct programs *programs, const struct options *options);
int pin_program(struct bpf_link *link, const struct options *options, const char *name);
/* A link that nobody holds is detached when its pin goes. */
void unpin_program(const struct options *options, const char *name);
void pins_end(const struct options *options);

#endif
