// SPDX-License-Identifier: Apache-2.0
/*
 * Loading. A kernel may lack a hook, or refuse one program; that must never sink the rest: programs for functions the
 * kernel does not have are not loaded, and a refused one is left out and the object opened again. What is missing is
 * written down per class; nothing is taken for granted until its canary is denied.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "programs.h"

/* objects.S */
extern const char warden_lsm_start[], warden_lsm_end[], warden_fmod_start[], warden_fmod_end[];

#define LOG_SIZE  (1 << 16)
#define LOG_STATS 4 /* BPF_LOG_STATS: a few lines for each program that the verifier saw */

void program_missing(struct programs *programs, const struct program *entry, u32 absence, int error)
{
	for (int i = 0; i < WARDEN_CLASSES; i++) {
		struct warden_class_posture *class = &programs->missing[i];

		if (!(entry->classes & 1u << i) || class->absence)
			continue;
		/* connect, sendmsg and egress hold the network alone where the kernel refuses tracing programs */
		if (i == WARDEN_CLASS_NETWORK && entry->caller && programs->flavour == WARDEN_BY_NONE)
			continue;
		class->absence = absence;
		class->error = error;
		snprintf(class->hook, sizeof(class->hook), "%s", entry->name);
	}
}

/* Programs that this kernel refused; kept over the attempts to load. */
struct refused {
	bool is[MAX_PROGRAMS];
	bool silently; /* the last attempt failed without a log: in this one, each program that loads has one */
};

/*
 * Which program was refused? libbpf stops at the first refusal and unloads the rest. The verifier's log tells; one that
 * was refused before it came to the verifier (by another security module, for one) is the first that has none where
 * each that loads has.
 */
static const struct program *refused_one(struct bpf_object *object, char (*logs)[LOG_SIZE], bool silently)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, object) {
		const struct program *entry = program_named(bpf_program__name(program));

		if (bpf_program__autoload(program) && !logs[entry - program_table][0] == silently)
			return entry;
	}
	return NULL;
}

/* One attempt. 1: something was refused, try again without it. */
static int load_once(struct programs *programs, const struct options *options, u64 cgroup_id, u32 level,
		     const struct btf *btf, struct refused *refused)
{
	/* bpf object files are the same for both: what differs is how their programs are hooked */
	const char *start = programs->flavour == WARDEN_BY_LSM ? warden_lsm_start : warden_fmod_start;
	const char *end = programs->flavour == WARDEN_BY_LSM ? warden_lsm_end : warden_fmod_end;
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "warden");
	static char logs[MAX_PROGRAMS][LOG_SIZE]; /* untouched unless something is refused */
	const struct program *culprit;
	struct bpf_program *program;
	int error, lacking;

	programs->object = bpf_object__open_mem(start, end - start, &opts);
	if (!programs->object)
		return -1;
	bpf_object__for_each_program (program, programs->object) {
		const struct program *entry = program_named(bpf_program__name(program));
		size_t i = entry - program_table;

		if (!entry) {
			errno = ENOENT;
			return -1;
		}
		logs[i][0] = 0;
		bpf_program__set_log_buf(program, logs[i], sizeof(logs[i]));
		bpf_program__set_log_level(program, refused->silently ? LOG_STATS : 0);
		if (refused->is[i] || program_is_idle(entry, programs->flavour, btf)) {
			bpf_program__set_autoload(program, false);
		} else if (program_is_caller(program) && programs->flavour == WARDEN_BY_NONE) {
			bpf_program__set_autoload(program, false);
			program_missing(programs, entry,
					programs->left_out ? WARDEN_ABSENCE_LEFT_OUT : WARDEN_ABSENCE_LOAD,
					programs->left_out ? 0 : EPERM);
		} else if (program_is_caller(program) &&
			   !program_fits(entry, program, programs->flavour, btf, &lacking)) {
			bpf_program__set_autoload(program, false);
			if (lacking)
				program_missing(programs, entry, WARDEN_ABSENCE_NO_FUNCTION, lacking);
		}
	}
	if (config_set(programs->object, programs->flavour, options, cgroup_id, level))
		return -1;
	error = bpf_object__load(programs->object);
	if (!error)
		return 0;
	culprit = refused_one(programs->object, logs, refused->silently);
	if (culprit) {
		const char *log = logs[culprit - program_table];

		refused->is[culprit - program_table] = true;
		if (getenv("WARDEN_DEBUG"))
			complain("%s refused: %s", culprit->name, log + (strlen(log) > 8000 ? strlen(log) - 8000 : 0));
		program_missing(programs, culprit, WARDEN_ABSENCE_LOAD, -error);
	}
	if (culprit || !refused->silently) {
		refused->silently = !culprit;
		bpf_object__close(programs->object);
		programs->object = NULL;
		return 1;
	}
	errno = -error;
	return -1;
}

int programs_load(struct programs *programs, const struct options *options, u64 cgroup_id, u32 level,
		  const struct btf *btf)
{
	struct refused refused = {};
	int again;

	do {
		again = load_once(programs, options, cgroup_id, level, btf, &refused);
	} while (again > 0);
	return again;
}
