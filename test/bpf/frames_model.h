/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second parser: what warden.h alone says of a stream of bytes, to be compared with what the monitor does.
 */
#ifndef WARDEN_FRAMES_MODEL_H
#define WARDEN_FRAMES_MODEL_H

/* ---- chance, the same in every run ---- */

static u64 seed = 0x77617264656eull;

static u32 chance(u32 below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed * 0x2545f4914f6cdd1dull >> 32) % below;
}

static bool one_in(u32 n)
{
	return chance(n) == 0;
}

/* ---- sessions ---- */

static const struct options options = { .id = "fuzz",
					.dir = "/nonexistent",
					.cgroup = "/nonexistent",
					.node = "/dev/null",
					.agent = "x",
					.status_fd = -1 };

/* What the second parser knows: bytes not yet judged, and the state that frames change. */
static struct {
	u8 bytes[4 * WARDEN_FRAME_MAX];
	size_t used;
	bool dropped, committed;
	enum phase phase;
	u32 answers;
	u64 good;
} model;

static void setup_session(void)
{
	session.options = &options;
	session.rules.programs = &session.programs;
	session.programs.state = &state;
	session.control_fd = -1;
	CHECK(!agent_prepare(&session.agent, &options));
	loop.session = &session;
	loop.post = loop.worker = -1;
	loop.epoll = epoll_create1(EPOLL_CLOEXEC);
	ring_fd = eventfd(0, EFD_CLOEXEC);
	CHECK(loop.epoll >= 0 && ring_fd >= 0);
}

static void connect_agent(enum phase phase, bool committed)
{
	if (session.agent.fd >= 0)
		agent_lost(&session.agent);
	if (agent_end >= 0)
		close(agent_end);
	CHECK(!agent_spawn(&session.agent, &options));
	ASAN_UNPOISON_MEMORY_REGION(session.agent.in, sizeof(session.agent.in));
	session.agent.failures = 0;
	loop.phase = model.phase = phase;
	loop.committed = model.committed = committed;
	loop.respawn_at = 0;
	loop.unreported = 0;
	model.used = model.answers = 0;
	model.dropped = false;
	killed = 0;
	complaints = 0;
}

static void connect_anywhere(void)
{
	enum phase phase = chance(DONE);

	connect_agent(phase, phase == STARTING ? one_in(3) : true);
}

/* ---- the second parser ---- */

/* Whether a whole frame may be sent; what it changes. */
static bool acceptable(const u8 *at, u32 size, u32 type)
{
	struct warden_rule_path path;
	struct warden_rule_net net;
	u32 word;

	memcpy(&word, at + 8, size >= 12 ? 4 : 0);
	switch (type) {
	case WARDEN_FRAME_HELLO:
		if (size != sizeof(struct warden_hello) || word != WARDEN_ABI_VERSION)
			return false;
		model.answers++;
		return true;
	case WARDEN_FRAME_BEGIN:
		return size == 8 && !model.committed;
	case WARDEN_FRAME_RULE_PATH: {
		const char *text = (const char *)at + sizeof(path);

		if (model.committed || size <= sizeof(path) || size - sizeof(path) > WARDEN_PATH_MAX)
			return false;
		memcpy(&path, at, sizeof(path));
		if (strnlen(text, size - sizeof(path)) != size - sizeof(path) - 1)
			return false;
		if (path.form > 2 || path.effect > 1 || path.rule >= 0xffffff00u)
			return false;
		if (path.op != 1 && path.op != 2 && path.op != 4 && path.op != 8)
			return false;
		if (path.form != WARDEN_PATH_NAME && *text != '/')
			return false;
		model.answers++;
		return true;
	}
	case WARDEN_FRAME_RULE_NET:
		if (size != sizeof(net))
			return false;
		memcpy(&net, at, sizeof(net));
		if (net.effect > 1 || net.rule >= 0xffffff00u)
			return false;
		model.answers++;
		return true;
	case WARDEN_FRAME_COMMIT:
		if (size != sizeof(struct warden_commit) || model.committed || model.phase != STARTING)
			return false;
		model.committed = true;
		model.answers++;
		return true;
	case WARDEN_FRAME_STARTED:
		if (size != sizeof(struct warden_started))
			return false;
		if (model.phase == STARTING)
			model.phase = word && model.committed ? RUNNING : RELEASING;
		return true;
	case WARDEN_FRAME_REPORTED:
		if (size != sizeof(struct warden_started))
			return false;
		if (model.phase == REPORTING)
			model.phase = RELEASING;
		return true;
	case WARDEN_FRAME_ACK:
		return size == sizeof(struct warden_ack);
	}
	return false;
}

/* The same frame again, in a block that ends where it ends. */
static void judge_alone(const u8 *at, u32 size, bool good)
{
	struct loop was = loop;
	u8 *alone = malloc(size);
	size_t answered = session.agent.control_used;

	memcpy(alone, at, size);
	loop.phase = model.phase;
	loop.committed = model.committed;
	CHECK((on_frame((const struct warden_frame *)alone, alone) == 0) == good);
	free(alone);
	loop = was;
	session.agent.control_used = answered;
}

static void model_take(const u8 *bytes, size_t size)
{
	if (model.dropped)
		return;
	CHECK(model.used + size <= sizeof(model.bytes));
	memcpy(model.bytes + model.used, bytes, size);
	model.used += size;
	while (!model.dropped && model.used >= 8) {
		enum phase phase = model.phase;
		bool committed = model.committed, good;
		u32 head[2];

		memcpy(head, model.bytes, 8);
		if (head[0] < 8 || head[0] > WARDEN_FRAME_MAX) {
			model.dropped = true;
			return;
		}
		if (model.used < head[0])
			return;
		good = acceptable(model.bytes, head[0], head[1]);
		/* judged from where it stood before */
		{
			enum phase after = model.phase;
			bool then = model.committed;

			model.phase = phase;
			model.committed = committed;
			judge_alone(model.bytes, head[0], good);
			model.phase = after;
			model.committed = then;
		}
		model.dropped = !good;
		model.good += good;
		model.used -= head[0];
		memmove(model.bytes, model.bytes + head[0], model.used);
	}
}

#endif
