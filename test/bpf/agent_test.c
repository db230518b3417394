// SPDX-License-Identifier: Apache-2.0
/*
 * The wire to the agent, over real sockets: what is sent in which order, what a new agent gets again, and that a
 * full backlog says so. Doubles stand for fork (there is no agent, the test holds its end) and for send where a
 * short write must come at a chosen byte.
 */
#define _GNU_SOURCE
#include "agent_side.h"

static void events_come_in_order_with_dense_numbers(void)
{
	setup();
	for (u32 i = 1; i <= 20; i++)
		queue_event(sizeof(struct warden_event) + i, i);
	CHECK(!agent_flush(&agent));
	take();
	for (u32 i = 1; i <= 20; i++)
		expect_event(i);
	expect_nothing();
	/* sent is not journalled */
	CHECK(agent.backlog_used && agent.backlog_sent == agent.backlog_used);
}

static void answers_go_before_events(void)
{
	setup();
	queue_event(200, 1);
	queue_event(200, 2);
	queue_result(7);
	queue_result(8);
	CHECK(!agent_flush(&agent));
	take();
	expect_result(7);
	expect_result(8);
	expect_event(1);
	expect_event(2);
	expect_nothing();
}

static void an_answer_waits_for_the_event_being_written(void)
{
	setup();
	queue_event(500, 1);
	queue_event(500, 2);
	send_most = 100;
	send_calls = 3;
	send_err = EAGAIN;
	CHECK(!agent_flush(&agent));
	CHECK(agent.out_done == 300);
	queue_result(9);
	send_calls = -1;
	CHECK(!agent_flush(&agent));
	take();
	expect_event(1);
	expect_result(9);
	expect_event(2);
	expect_nothing();
}

static void every_short_write_is_gone_on_with(void)
{
	setup();
	for (u32 i = 1; i <= 8; i++)
		queue_event(sizeof(struct warden_event) + 3 * i, i);
	send_most = 7;
	for (int i = 0; agent.backlog_sent < agent.backlog_used || agent.out_done < agent.out_size; i++) {
		send_calls = i % 3;
		send_err = i % 2 ? EAGAIN : EINTR;
		CHECK(!agent_flush(&agent));
		if (i == 1000)
			break;
	}
	take();
	for (u32 i = 1; i <= 8; i++)
		expect_event(i);
	expect_nothing();
}

static void a_full_socket_loses_nothing(void)
{
	const u32 most = WARDEN_FRAME_MAX - sizeof(struct warden_frame);
	u32 sent = 0, seen = 0;
	int least = 1;

	setup();
	CHECK(!setsockopt(agent.fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)));
	while (agent_has_room(&agent))
		queue_event(most, ++sent);
	CHECK(sent == BACKLOG_ROOM / WARDEN_FRAME_MAX && agent.backlog_used == BACKLOG_ROOM);
	for (int i = 0; seen < sent && i < 10000; i++) {
		CHECK(!agent_flush(&agent));
		take();
		while (got_used >= WARDEN_FRAME_MAX)
			expect_event(++seen);
	}
	CHECK(seen == sent);
	expect_nothing();
	CHECK(!agent_has_room(&agent));
	agent_ack(&agent, 1);
	CHECK(agent_has_room(&agent));
	queue_event(most, ++sent);
	CHECK(!agent_has_room(&agent));
	agent_ack(&agent, seen);
	CHECK(agent.backlog_used == WARDEN_FRAME_MAX && agent.backlog_sent == 0);
}

static void an_acknowledgement_frees_what_was_sent_and_no_more(void)
{
	setup();
	queue_event(100, 1);
	agent_ack(&agent, 1);
	CHECK(agent.backlog_used == 108 && agent.acked == 0);
	CHECK(!agent_flush(&agent));
	queue_event(100, 2);
	agent_ack(&agent, ~0ull);
	CHECK(agent.backlog_used == 108 && agent.backlog_sent == 0 && agent.acked == 1);
	CHECK(!agent_flush(&agent));
	agent_ack(&agent, 1); /* said before */
	agent_ack(&agent, 0);
	CHECK(agent.backlog_used == 108);
	agent_ack(&agent, 2);
	CHECK(agent.backlog_used == 0 && agent.backlog_sent == 0);
	take();
	expect_event(1);
	expect_event(2);
	expect_nothing();
}

static void an_early_acknowledgement_leaves_the_frame_being_written(void)
{
	setup();
	queue_event(400, 1);
	queue_event(400, 2);
	send_most = 50;
	send_calls = 2;
	send_err = EAGAIN;
	CHECK(!agent_flush(&agent));
	agent_ack(&agent, 1);
	send_calls = -1;
	CHECK(!agent_flush(&agent));
	take();
	expect_event(1);
	expect_event(2);
	expect_nothing();
}

static void a_new_agent_gets_what_is_not_in_the_journal(void)
{
	setup();
	for (u32 i = 1; i <= 5; i++)
		queue_event(300, i);
	send_most = 100; /* 308 bytes a frame: three and a half */
	send_calls = 14;
	send_err = EAGAIN;
	CHECK(!agent_flush(&agent));
	agent_ack(&agent, 2);
	queue_result(1);
	clock_ms = 5000;
	agent_lost(&agent);
	CHECK(agent.fd == -1 && agent.pid == 0 && agent.gone_ms == 5000 && agent.failures == 1);
	CHECK(!agent_flush(&agent));
	queue_result(2); /* to nobody */
	queue_event(300, 6);
	got_used = 0;
	send_calls = -1;
	CHECK(!agent_spawn(&agent, &options));
	queue_result(3);
	CHECK(!agent_flush(&agent));
	take();
	expect_result(3);
	for (u32 i = 3; i <= 6; i++)
		expect_event(i);
	expect_nothing();
	/* this agent counts from its own beginning */
	agent_ack(&agent, 1);
	CHECK(agent.backlog_used == 3 * 308);
	agent_ack(&agent, 4);
	CHECK(agent.backlog_used == 0);
	queue_event(300, 7);
	CHECK(!agent_flush(&agent));
	take();
	expect_event(7);
	expect_nothing();
}

static void answers_beyond_the_room_are_not_written(void)
{
	u32 queued = 0, seen = 0, mark;
	u64 seq;

	setup();
	while (agent_can_answer(&agent))
		queue_result(++queued);
	CHECK(agent.control_used + WARDEN_FRAME_MAX > CONTROL_ROOM);
	for (int i = 0; i < 1000; i++)
		queue_result(0xffff);
	CHECK(agent.control_used <= CONTROL_ROOM);
	for (int i = 0; agent.control_used && i < 1000; i++) {
		CHECK(!agent_flush(&agent));
		take();
	}
	while (next_got(&mark, &seq) && mark != 0xffff)
		CHECK(mark == ++seen);
	CHECK(seen == queued);
	got_used = 0;
}

static void an_agent_that_hung_up_is_gone(void)
{
	setup();
	queue_event(100, 1);
	close(agent_end);
	agent_end = -1;
	CHECK(agent_flush(&agent) == -1);
	agent_lost(&agent);
	CHECK(agent.backlog_used == 108);
}

int main(void)
{
	TEST(events_come_in_order_with_dense_numbers);
	TEST(answers_go_before_events);
	TEST(an_answer_waits_for_the_event_being_written);
	TEST(every_short_write_is_gone_on_with);
	TEST(a_full_socket_loses_nothing);
	TEST(an_acknowledgement_frees_what_was_sent_and_no_more);
	TEST(an_early_acknowledgement_leaves_the_frame_being_written);
	TEST(a_new_agent_gets_what_is_not_in_the_journal);
	TEST(answers_beyond_the_room_are_not_written);
	TEST(an_agent_that_hung_up_is_gone);
	return check_failed;
}
