/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every target shares: bytes taken off the input, and the end of the process where something is not so. Behind
 * the input's end come zeros, so that every input means something.
 */
#ifndef WARDEN_FUZZ_H
#define WARDEN_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t left;
};

static inline uint8_t take_byte(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->data++;
}

static inline uint32_t take_word(struct input *input)
{
	uint32_t word = 0;

	for (int i = 0; i < 4; i++)
		word |= (uint32_t)take_byte(input) << 8 * i;
	return word;
}

/* At most `most` bytes, as many as the next byte says: their number. */
static inline size_t take_bytes(struct input *input, void *to, size_t most)
{
	size_t size = take_byte(input);

	if (size > most)
		size = most;
	if (size > input->left)
		size = input->left;
	memcpy(to, input->data, size);
	input->data += size;
	input->left -= size;
	return size;
}

/* Ends the process when a CHECK did not hold: the fuzzer keeps the input that did it. */
static inline void fuzz_judge(const char *why)
{
	if (!why[0])
		return;
	fprintf(stderr, "not so: %s\n", why);
	abort();
}

#endif
