/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's one thread: what its loop, its phases, the agent's frames and its callers share.
 */
#ifndef WARDEN_LOOP_H
#define WARDEN_LOOP_H

#include "monitor.h"

enum phase {
	STARTING, /* the agent sends the policy */
	RUNNING,
	DRAINING,  /* stop was asked for: the last events go to the journal */
	REPORTING, /* the agent writes the reports */
	RELEASING, /* detached; the reports are being copied */
	DONE,
};

enum source { FROM_RING, FROM_AGENT, FROM_SIGNAL, FROM_STARTER, FROM_LISTENER, FROM_POST, FROM_WORKER, SOURCES };

struct loop {
	struct session *session;
	enum phase phase;
	int epoll, signals, worker, post;
	pid_t post_pid;
	struct ring_buffer *ring;
	u32 flags; /* of the policy in force */
	bool committed, discard;
	bool starter_gone; /* nobody is left to take the reports */
	u64 deadline;	   /* of the phase, ms; 0 none */
	u64 respawn_at;
	int unreported; /* agents that died over the reports */
	struct warden_posture last;
	int status; /* exit status */
};

extern struct loop loop;

/* ---- loop.c ---- */
int loop_watch(int fd, enum source source, u32 events);
void loop_enter(enum phase phase, u64 timeout);
void loop_read_ring(void);

/* ---- phases.c: from one phase to the next ---- */
int session_start_agent(void);
void session_lost_agent(void);
void session_fail_start(void);
void session_commit(u32 flags);
void session_started(bool ok);
void session_stop(u32 ending);
void session_drained(void);
void session_release(bool reported);

/* ---- frames.c: what the agent says ---- */
/* Handles whole frames, while there is room for their answers: each makes at most one. */
void frames_parse(void);
void frames_read(void);

/* ---- callers.c: who started us, and the action's post ---- */
void callers_status(int fd, u32 ok);
/* To whoever asked for the end. */
void callers_tell(u32 ok);
void callers_read_starter(void);
void callers_accept_post(void);
void callers_read_post(void);

#endif
