// SPDX-License-Identifier: Apache-2.0
/*
 * What an agent that is hostile can send. Input: the phase, whether rules are in force, how the stream is cut, and
 * the stream. The parser of frames.c is compared with the one of frames_model.h, as in frames_test.c.
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include "frames_doubles.h"
#include "frames_model.h"
#include "frames_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	static bool ready;
	uint8_t how, cut;

	if (!ready)
		setup_session();
	ready = true;
	how = take_byte(&input);
	cut = take_byte(&input);
	connect_agent(how % DONE, how & 0x80 || how % DONE != STARTING);
	/* the same cuts for the same input, whatever ran before */
	seed = 0x77617264656eull + cut;
	while (input.left && session.agent.fd >= 0) {
		/* the monitor's buffer takes so much at a time, and what is left in it is less than one frame */
		size_t part = input.left < WARDEN_FRAME_MAX ? input.left : WARDEN_FRAME_MAX;

		put(input.data, part);
		input.data += part;
		input.left -= part;
	}
	fuzz_judge(check_why);
	return 0;
}
