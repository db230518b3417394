/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WARDEN_BENCH_OPS_H
#define WARDEN_BENCH_OPS_H

/* What a round is done with. */
enum target {
	WARM,	/* the same each time */
	COLD,	/* what nobody has used in this session: made by `make`, one for each round */
	DENIED, /* what the policies deny */
};

struct run {
	enum target target;
	const char *tag; /* tells the targets of one run from those of another */
	long rounds;
};

/* How a round ended. Whatever else happens, fail() tells and ends the run. */
enum outcome { DONE, REFUSED };

struct op {
	const char *name;
	/* Makes and removes what only one run uses; by a process that is not guarded. May be null. */
	void (*make)(const struct run *run);
	void (*unmake)(const struct run *run);
	/* Not measured: before the first round, and after each one, to put back what it has changed. May be null. */
	void (*begin)(const struct run *run);
	enum outcome (*act)(long round);
	void (*after)(long round);
};

extern const struct op file_ops[], net_ops[], process_ops[];

#define BENCH	"/bench"
#define DEEP_1	BENCH "/1"
#define DEEP_4	DEEP_1 "/2/3/4"
#define DEEP_5	DEEP_4 "/5"
#define DEEP_11 DEEP_5 "/6/7/8/9/10/11"
#define DEEP_12 DEEP_11 "/12"

#define PATH 160

/*
 * The paths of a run, which are made before anything is measured. `parent` is the directory above the last one, `last`
 * the last one's name, `name` the file's. A cold run has a last directory of its own for each round; what is denied is in
 * `denied`.
 */
void make_paths(const struct run *run, const char *parent, const char *last, const char *name);
const char *path_of(long round);

/* The directory of a round that is cold; `name` is a file in it, or null for none. */
void cold_path(char *into, const struct run *run, const char *parent, long round, const char *name);

__attribute__((noreturn)) void fail(const char *what);

#endif
