/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that a test needs: `CHECK(condition)` notes the first thing that is not so, `TEST(function)` runs one
 * and prints `ok NAME` or `not ok NAME: why`, which is what the test command counts.
 */
#ifndef WARDEN_CHECK_H
#define WARDEN_CHECK_H

#include <stdio.h>

static char check_why[256];
static int check_failed;

#define CHECK(condition)                                                                                     \
	do {                                                                                                 \
		if (!(condition) && !check_why[0])                                                           \
			snprintf(check_why, sizeof(check_why), "%s:%d, %s", __FILE__, __LINE__, #condition); \
	} while (0)

#define TEST(function)                                                   \
	do {                                                             \
		check_why[0] = 0;                                        \
		function();                                              \
		if (check_why[0])                                        \
			printf("not ok %s: %s\n", #function, check_why); \
		else                                                     \
			printf("ok %s\n", #function);                    \
		check_failed |= check_why[0] != 0;                       \
		fflush(stdout);                                          \
	} while (0)

#endif
