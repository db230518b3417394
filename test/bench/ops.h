/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WARDEN_BENCH_OPS_H
#define WARDEN_BENCH_OPS_H

#include <stdbool.h>

struct op {
	const char *name;
	bool once; /* each round has a file of its own, which nobody has used in this session */
	void (*prepare)(long rounds);
	void (*run)(long round);
	void (*between)(long round); /* puts back what a round has changed, not measured; may be null */
};

extern const struct op file_ops[], process_ops[], net_ops[];

__attribute__((noreturn)) void fail(const char *what);

#endif
