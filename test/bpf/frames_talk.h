/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes to the monitor in pieces, its answers back, and after every piece the question whether both parsers agree.
 */
#ifndef WARDEN_FRAMES_TALK_H
#define WARDEN_FRAMES_TALK_H

/* The agent reads what it is told: whole frames, of types that are the monitor's. */
static void read_answers(void)
{
	static u8 bytes[1 << 16];
	struct warden_frame frame;
	size_t used = 0;
	ssize_t n;

	while ((n = recv(agent_end, bytes + used, sizeof(bytes) - used, MSG_DONTWAIT)) > 0)
		used += n;
	for (size_t done = 0; done < used; done += frame.size) {
		CHECK(used - done >= sizeof(frame));
		memcpy(&frame, bytes + done, sizeof(frame));
		CHECK(frame.size >= sizeof(frame) && frame.size <= used - done);
		CHECK(frame.type >= WARDEN_FRAME_WELCOME && frame.type <= WARDEN_FRAME_POSTURE);
		CHECK(model.answers > 0);
		model.answers--;
		if (check_why[0])
			return;
	}
}

/* Writes bytes in pieces; after each the monitor reads, and both parsers must agree. */
static void put(const u8 *bytes, size_t size)
{
	struct agent *agent = &session.agent;
	size_t done = 0;

	while (done < size && agent->fd >= 0) {
		size_t piece = one_in(2) ? size - done : 1 + chance(size - done);
		enum phase before;

		CHECK(send(agent_end, bytes + done, piece, MSG_NOSIGNAL) == (ssize_t)piece);
		model_take(bytes + done, piece);
		done += piece;
		before = model.phase;
		frames_read();
		CHECK((agent->fd < 0) == model.dropped);
		CHECK(agent->in_used <= sizeof(agent->in) && agent->control_used <= CONTROL_ROOM);
		CHECK(loop.committed == model.committed);
		if (agent->fd < 0) {
			CHECK(killed == 4242 && agent->pid == 0 && agent->failures == 1 && complaints > 0);
			CHECK(loop.phase == (before == STARTING ? RELEASING : before == REPORTING ? DRAINING : before));
			CHECK((loop.respawn_at != 0) == (loop.phase == RUNNING || loop.phase == DRAINING));
			return;
		}
		CHECK(loop.phase == model.phase);
		CHECK(!agent_flush(agent));
		read_answers();
		CHECK(model.answers == 0);
	}
}

#endif
