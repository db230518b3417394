// SPDX-License-Identifier: Apache-2.0
/*
 * The monitor's end of the socket, whatever the order of events, answers, short writes, acknowledgements and deaths
 * of the agent. Input: a list of acts. Every event reaches each agent once and in order, until one says that it is
 * in the journal; no acknowledgement, however large, takes away what was not sent.
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include "agent_side.h"

static u64 queued, journaled; /* events: made, and said to be in the journal */
static u64 sent_from, seen;   /* to this agent: the first that it gets, and how many it got */
static u32 answers_queued, answers_seen;

/* All whole frames that have arrived. */
static void read_all(void)
{
	u32 mark, type;
	u64 seq;

	take();
	while ((type = next_got(&mark, &seq))) {
		if (type == WARDEN_FRAME_EVENT) {
			CHECK(seq == sent_from + seen && mark == (u32)seq);
			seen++;
		} else {
			CHECK(mark == ++answers_seen);
		}
	}
}

static void on_act(struct input *input)
{
	u8 act = take_byte(input);
	u32 word;

	switch (act % 7) {
	case 0: /* an event, of a size that the kernel side may make */
		word = take_byte(input) * 8;
		if (!agent_has_room(&agent))
			return;
		queued++;
		queue_event(sizeof(struct warden_event) + word, (u32)queued);
		break;
	case 1:
		if (!agent_can_answer(&agent) || agent.fd < 0)
			return;
		queue_result(++answers_queued);
		break;
	case 2:
		send_most = take_byte(input);
		if (agent.fd >= 0)
			CHECK(!agent_flush(&agent));
		break;
	case 3: /* what this agent got and wrote down */
		read_all();
		word = take_byte(input);
		if (word > seen)
			word = seen;
		if (agent.acked < word)
			journaled += word - agent.acked;
		agent_ack(&agent, word);
		break;
	case 4: /* an agent that says more than it can know: no more is given up than was handed to it */
	{
		u64 before = agent.acked, handed = agent.backlog_sent;
		size_t used = agent.backlog_used;

		agent_ack(&agent, (u64)take_word(input) << 32 | take_word(input));
		CHECK(used - agent.backlog_used <= handed && agent.acked >= before);
		journaled += agent.acked - before;
	} break;
	case 5:
		agent_lost(&agent);
		CHECK(!agent_spawn(&agent, &options));
		got_used = 0;
		sent_from = journaled + 1;
		seen = answers_queued = answers_seen = 0;
		break;
	default:
		read_all();
	}
	CHECK(agent.backlog_sent <= agent.backlog_used && agent.backlog_used <= BACKLOG_ROOM);
	CHECK(agent.control_used <= CONTROL_ROOM && agent.out_done <= agent.out_size);
}

/* As setup() does it, but with the buffers of the input before: a megabyte each time would be most of the work. */
static void begin(void)
{
	static bool ready;

	if (!ready)
		setup();
	ready = true;
	agent_lost(&agent);
	CHECK(!agent_spawn(&agent, &options));
	agent.backlog_used = agent.events = 0;
	send_most = got_used = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };

	begin();
	queued = journaled = seen = 0;
	sent_from = 1;
	answers_queued = answers_seen = 0;
	while (input.left && !check_why[0])
		on_act(&input);
	/* all that is left arrives */
	send_most = 0;
	for (int i = 0; i < 1000 && (agent.control_used || agent.backlog_sent < agent.backlog_used ||
				     agent.out_done < agent.out_size);
	     i++) {
		CHECK(!agent_flush(&agent));
		read_all();
	}
	read_all();
	CHECK(sent_from + seen == queued + 1 && answers_seen == answers_queued);
	fuzz_judge(check_why);
	return 0;
}
