// SPDX-License-Identifier: Apache-2.0
/*
 * The monitor's parser against an agent that is hostile or broken: what it sends is only bytes. A seeded stream of
 * good, cut, oversized, unknown and mangled frames goes over a socketpair in pieces, and a second parser, written
 * from warden.h alone, says after every piece whether the agent must still be there. The input buffer is poisoned
 * beyond what was received, and every frame is judged once more in a block of exactly its size, so that reading
 * beyond either ends the test. Rules, programs, cgroups and canaries are doubles; the loop and the wire are not.
 */
#define _GNU_SOURCE
#include "frames_doubles.h"
#include "frames_model.h"
#include "frames_talk.h"

/* ---- the hostile side ---- */

static const u32 body_sizes[] = {
	[WARDEN_FRAME_HELLO] = sizeof(struct warden_hello),
	[WARDEN_FRAME_BEGIN] = 8,
	[WARDEN_FRAME_RULE_PATH] = 0,
	/* its own */[WARDEN_FRAME_RULE_NET] = sizeof(struct warden_rule_net),
	[WARDEN_FRAME_COMMIT] = sizeof(struct warden_commit),
	[WARDEN_FRAME_STARTED] = sizeof(struct warden_started),
	[WARDEN_FRAME_ACK] = sizeof(struct warden_ack),
	[WARDEN_FRAME_REPORTED] = sizeof(struct warden_started),
};

/* A policy's rule id, or now and then one at the edge of the guard's own. */
static u32 some_rule(void)
{
	return one_in(50) ? RULE_CANARY - 1 + chance(3) : chance(1000);
}

static u32 good_frame(u8 *to)
{
	u32 type = 1 + chance(one_in(20) ? 8 : 4), size = body_sizes[type];
	struct warden_frame head;

	memset(to, 0, WARDEN_FRAME_MAX);
	if (type == WARDEN_FRAME_RULE_PATH) {
		struct warden_rule_path rule = {
			.rule = some_rule(), .op = 1 << chance(4), .effect = chance(2), .form = chance(3)
		};
		u32 len = 1 + chance(one_in(100) ? WARDEN_PATH_MAX - 1 : 100);

		size = sizeof(rule) + len + 1;
		memcpy(to, &rule, sizeof(rule));
		memset(to + sizeof(rule), 'a' + chance(26), len);
		to[sizeof(rule)] = '/';
	} else if (type == WARDEN_FRAME_RULE_NET) {
		struct warden_rule_net rule = {
			.rule = some_rule(), .effect = chance(2), .family = one_in(2) ? 4 : 6, .remove = one_in(4)
		};

		memcpy(to, &rule, sizeof(rule));
	} else if (type != WARDEN_FRAME_BEGIN) {
		to[8] = 1; /* abi, flags, count, ok */
	}
	head = (struct warden_frame){ size, type };
	memcpy(to, &head, sizeof(head));
	return size;
}

/* A frame, mostly good, else wrong in one of the ways there are; returns how many bytes to send of it. */
static u32 make_frame(u8 *to)
{
	static const u32 sizes[] = { 0, 1, 7, 8, 9, 8191, 8192, 8193, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff };
	u32 size = good_frame(to), word;

	if (!one_in(3))
		return size;
	switch (chance(7)) {
	case 0: /* the size is another */
		word = one_in(2) ? sizes[chance(sizeof(sizes) / sizeof(*sizes))] : size - 3 + chance(7);
		memcpy(to, &word, 4);
		return size;
	case 1: /* an unknown type, or one of the monitor's own */
		word = one_in(2) ? chance(128) : chance(~0u);
		memcpy(to + 4, &word, 4);
		return size;
	case 2: /* bytes flipped */
		for (u32 i = 1 + chance(4); i; i--)
			to[chance(size)] ^= 1 << chance(8);
		return size;
	case 3: /* the header's size is right and the body is short: what follows is taken for it */
		return chance(size);
	case 4: /* a path without its NUL, with one inside, or of another length */
		if (to[4] == WARDEN_FRAME_RULE_PATH)
			to[one_in(2) ? size - 1 : sizeof(struct warden_rule_path) + chance(size - 16)] ^= 'a';
		return size;
	case 5: /* noise */
		size = 1 + chance(64);
		for (u32 i = 0; i < size; i++)
			to[i] = chance(256);
		return size;
	default: /* a whole frame of some type that is far too large */
		word = 4000 + chance(WARDEN_FRAME_MAX - 4000 + 1);
		memset(to + size, 'x', WARDEN_FRAME_MAX - size);
		memcpy(to, &word, 4);
		return word;
	}
}

/* ---- tests ---- */

#define FRAMES 100000

static void a_seeded_stream_of_hostile_frames(void)
{
	static u8 bytes[4 * WARDEN_FRAME_MAX];
	int drops = 0, i;

	connect_anywhere();
	for (i = 0; i < FRAMES && !check_why[0]; i++) {
		u32 size = make_frame(bytes);

		put(bytes, size);
		if (session.agent.fd < 0 || one_in(200)) {
			drops += session.agent.fd < 0;
			connect_anywhere();
		}
	}
	if (check_why[0])
		fprintf(stderr, "frame %d\n", i);
	/* the stream is not all bad, nor all good */
	CHECK(model.good > FRAMES / 4 && drops > FRAMES / 10 && puts_seen > 1000);
}

static void sizes_that_cannot_be(void)
{
	static const u32 sizes[] = { 0, 1, 7, WARDEN_FRAME_MAX + 1, 0x80000000, 0xffffffff };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		u8 bytes[64] = { 0, 0, 0, 0, WARDEN_FRAME_BEGIN };

		memcpy(bytes, &sizes[i], 4);
		connect_agent(STARTING, false);
		put(bytes, sizeof(bytes));
		CHECK(session.agent.fd < 0 && loop.phase == RELEASING);
	}
}

static void a_cut_frame_waits_and_a_hang_up_ends_it(void)
{
	struct warden_hello hello = { .f = { sizeof(hello), WARDEN_FRAME_HELLO }, .abi = WARDEN_ABI_VERSION };

	for (size_t cut = 0; cut < sizeof(hello); cut++) {
		connect_agent(RUNNING, true);
		put((const u8 *)&hello, cut);
		CHECK(session.agent.fd >= 0 && session.agent.in_used == cut);
		close(agent_end);
		agent_end = -1;
		frames_read();
		CHECK(session.agent.fd < 0 && killed == 4242 && loop.respawn_at);
	}
}

static void paths_that_do_not_end(void)
{
	static u8 bytes[WARDEN_FRAME_MAX];

	for (u32 len = 0; len <= WARDEN_PATH_MAX + 1; len += len < 4 || len > 4090 ? 1 : 4086) {
		struct warden_rule_path rule = { .f = { sizeof(rule) + len, WARDEN_FRAME_RULE_PATH },
						 .op = WARDEN_OP_READ };

		memcpy(bytes, &rule, sizeof(rule));
		memset(bytes + sizeof(rule), '/', len);
		connect_agent(STARTING, false);
		put(bytes, rule.f.size);
		CHECK(session.agent.fd < 0);
		if (len < 2)
			continue;
		/* and with its NUL: all but the one that is too long */
		bytes[sizeof(rule) + len - 1] = 0;
		connect_agent(STARTING, false);
		put(bytes, rule.f.size);
		CHECK((session.agent.fd >= 0) == (len <= WARDEN_PATH_MAX));
	}
}

static void rules_are_closed_once_in_force(void)
{
	struct warden_commit commit = { .f = { sizeof(commit), WARDEN_FRAME_COMMIT }, .flags = WARDEN_ENFORCE };
	struct warden_frame begin = { sizeof(begin), WARDEN_FRAME_BEGIN };
	struct {
		struct warden_rule_path rule;
		char path[8];
	} path = { { { sizeof(path), WARDEN_FRAME_RULE_PATH }, 1, WARDEN_OP_READ, 0, WARDEN_PATH_NAME, 0 }, "abcdefg" };

	connect_agent(STARTING, false);
	put((const u8 *)&begin, sizeof(begin));
	put((const u8 *)&path, sizeof(path));
	put((const u8 *)&commit, sizeof(commit));
	CHECK(session.agent.fd >= 0 && loop.committed && (u32)state.policy == WARDEN_ENFORCE);
	put((const u8 *)&commit, sizeof(commit));
	CHECK(session.agent.fd < 0);
	connect_agent(RUNNING, true);
	put((const u8 *)&begin, sizeof(begin));
	CHECK(session.agent.fd < 0);
	connect_agent(RUNNING, true);
	put((const u8 *)&path, sizeof(path));
	CHECK(session.agent.fd < 0);
}

static void events_stop_being_read_when_the_backlog_is_full(void)
{
	struct warden_event event = { .size = sizeof(event), .kind = WARDEN_KIND_FORK };
	static _Alignas(8) u8 large[WARDEN_FRAME_MAX];
	int taken = 0;

	connect_agent(RUNNING, true);
	event.parent = getpid(); /* our canaries' are not the job's */
	CHECK(!on_event(&session.agent, &event, sizeof(event)) && session.agent.backlog_used == 0);
	event.parent = 1;
	CHECK(!on_event(&session.agent, &event, sizeof(event) - 1) && session.agent.backlog_used == 0);
	CHECK(!on_event(&session.agent, large, sizeof(large)) && session.agent.backlog_used == 0);
	/* the ring's length is larger than the event: the event's own counts, but never more than the ring's */
	memcpy(large, &event, sizeof(event));
	CHECK(!on_event(&session.agent, large, 104) && session.agent.backlog_used == 104);
	((struct warden_event *)large)->size = ~0u;
	CHECK(!on_event(&session.agent, large, 104) && session.agent.backlog_used == 104 + 112);
	while (!on_event(&session.agent, &event, sizeof(event)) && taken < 100000)
		taken++;
	CHECK(!agent_has_room(&session.agent) && session.agent.backlog_used <= BACKLOG_ROOM);
}

/* The next one has what time is left, not as much again. */
static void agents_that_die_over_the_reports_end_the_session(void)
{
	u64 deadline = clock_ms + WARDEN_PATIENCE_REPORT;

	connect_agent(DRAINING, true);
	session_drained();
	for (int i = 1; i < MOST_UNREPORTED; i++) {
		CHECK(loop.phase == REPORTING && loop.deadline == deadline);
		session_lost_agent();
		CHECK(loop.phase == DRAINING && loop.respawn_at);
		clock_ms += 1000;
		close(agent_end);
		CHECK(!session_start_agent() && !loop.respawn_at);
		session_drained();
	}
	CHECK(loop.phase == REPORTING && loop.deadline == deadline);
	session_lost_agent();
	CHECK(loop.phase == RELEASING && loop.status == 1 && !loop.respawn_at);
}

static void agents_that_cannot_stay_are_started_ever_later(void)
{
	static const u64 after[] = { 0, 0, 0, 0, 1000, 2000, 4000, 4000 };

	connect_agent(RUNNING, true);
	for (size_t i = 0; i < sizeof(after) / sizeof(*after); i++) {
		session_lost_agent();
		CHECK(loop.phase == RUNNING && loop.respawn_at == clock_ms + after[i]);
		close(agent_end);
		CHECK(!session_start_agent());
	}
}

int main(void)
{
	setup_session();
	TEST(sizes_that_cannot_be);
	TEST(a_cut_frame_waits_and_a_hang_up_ends_it);
	TEST(paths_that_do_not_end);
	TEST(rules_are_closed_once_in_force);
	TEST(a_seeded_stream_of_hostile_frames);
	TEST(agents_that_die_over_the_reports_end_the_session);
	TEST(agents_that_cannot_stay_are_started_ever_later);
	TEST(events_stop_being_read_when_the_backlog_is_full);
	return check_failed;
}
