/* SPDX-License-Identifier: Apache-2.0 */
/* The acts that prove the guard, and what they act on. */
#ifndef WARDEN_CANARY_H
#define WARDEN_CANARY_H

#include <netinet/in.h>
#include "monitor.h"

/* What the acts work on; set before the fork. */
struct canary_stage {
	char dir[PATH_MAX], sub[PATH_MAX], file[PATH_MAX], other[PATH_MAX];
	char pins[PATH_MAX], procs[PATH_MAX], cgroup[PATH_MAX];
	struct sockaddr_in to;
	struct sockaddr_in6 mapped;
	pid_t monitor;
};

extern struct canary_stage on;

struct canary {
	u32 class;
	const char *name;
	int (*act)(void);
	bool hooked; /* needs tracing or lsm programs, also where the class does without */
};

extern const struct canary canaries[];
extern const size_t canary_count;

#endif
