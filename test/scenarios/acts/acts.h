/* SPDX-License-Identifier: Apache-2.0
 *
 * Acts: one static program that does exactly one thing a hostile build step would do, and says how the kernel
 * answered. An act returns 0 when it succeeded, the errno of the refused call when it did not, and TROUBLE when
 * it could not even be tried (usage, set-up): trouble is never taken for a refusal.
 */
#ifndef WARDEN_ACTS_H
#define WARDEN_ACTS_H

#include <stdbool.h>
#include <stddef.h>

#define TROUBLE	    (-1)
#define UNSET	    (-2)
#define MAX_PIDS    16
#define ACT_SECONDS 20

/* Names the descriptor of the memory where another acts program wants the outcome. */
#define OUTCOME_VARIABLE "ACTS_OUTCOME"

struct act {
	const char *name;
	int args; /* fewest arguments after the name */
	int (*run)(int argc, char **argv);
};

/* Each table ends with a null name. */
extern const struct act net_acts[];
extern const struct act listen_acts[];
extern const struct act uring_acts[];
extern const struct act exec_acts[];
extern const struct act file_acts[];
extern const struct act guard_acts[];
extern const struct act bpf_acts[];
extern const struct act scope_acts[];
extern const struct act root_acts[];
extern const struct act unix_acts[];
extern const struct act attribute_acts[];
extern const struct act door_acts[];
extern const struct act container_acts[];
extern const struct act compat_acts[];
extern const struct act load_acts[];
extern const struct act rootless_acts[];
extern const struct act place_acts[];

/* One page shared by an act and every process it forks. */
struct outcome {
	int result;
	int npids;
	int pids[MAX_PIDS]; /* all processes that took part, so that events can be told apart */
	char note[160];
};

extern struct outcome *outcome;

/* Records why the act could not be tried, with errno. Returns TROUBLE. */
int trouble(const char *what);
/* As trouble, without errno. */
int trouble_text(const char *what);
/* 0 when the call's result is not negative, else errno. */
int answer(long result);
/* Adds this process to the outcome. */
void take_part(void);
/* A mount namespace of its own. KIND `user` makes a user namespace first, so that no privilege is needed; `root` does
 * without. 0, an errno, or TROUBLE. */
int own_mounts(const char *kind);
/* Runs the act in this process. */
int run_act(int argc, char **argv);
/* Waits for the child; its result is what it left in the outcome, or its exit status when it left none. */
int wait_result(int pid);
/* Parses a whole decimal number; ends the process with status 2 when it is not one. */
long number(const char *text);

#endif
