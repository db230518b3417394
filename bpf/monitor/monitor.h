/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor: the one privileged process. It loads and pins the programs, owns the maps, moves processes into the
 * session's cgroup and keeps the agent running. It parses nothing but fixed frames.
 */
#ifndef WARDEN_MONITOR_H
#define WARDEN_MONITOR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "../warden.h"

/* The agent's user and group: "warn", in the range that systemd's UIDS-GIDS leaves to nobody. */
#define AGENT_ID 0x7761726eu

struct options {
	const char *id;				 /* session id: letters and digits */
	const char *dir;			 /* root-owned state directory */
	const char *cgroup;			 /* directory of the session's cgroup, made by us */
	const char *origin;			 /* cgroup directory that the Worker came from, or NULL */
	const char *node;			 /* Node runtime that runs the agent */
	const char *agent;			 /* the agent's bundle */
	const char *post;			 /* argv[1] of the action's post, or NULL */
	const char *reports;			 /* directory that gets the reports, or NULL */
	const char *variables[WARDEN_VARIABLES]; /* NAME=value, what the post may have of code's variables */
	int variable_count;
	pid_t worker;  /* Runner.Worker, or 0 */
	int status_fd; /* to the one who started us */
};

/* ---- programs.c: load, attach, pin; what its parts share is in programs.h ---- */
struct programs {
	u32 flavour;
	bool left_out;
	/* there would be another flavour than none, which is left out at times */ /* enum warden_flavour */
	struct bpf_object *object;
	struct warden_state *state; /* shared with the kernel side */
	u8 *filter;		    /* the same: lib/filter.h */
	int events_fd, nodes_fd, names_fd, addr4_fd, addr6_fd, procs_fd, containers_fd, host_devices_fd;
	struct warden_class_posture missing[WARDEN_CLASSES]; /* absence set where a class cannot be whole */
	u32 epoch;					     /* the last one that began */
	bool no_epochs;					     /* this kernel cannot wait for its programs */
	bool resolves;					     /* inode_getattr is attached: paths can be resolved */
};

int programs_start(struct programs *programs, const struct options *options, u64 cgroup_id, u32 level);
/* All rules are resolved: detaches the program that told what inodes are to the kernel. */
void programs_stop_resolving(struct programs *programs, const struct options *options);
void programs_detach(struct programs *programs, const struct options *options);

/* ---- epoch.c: how long verdicts on destinations are remembered ---- */
/* Before anything changes that such a verdict depends on. */
void epoch_end(struct programs *programs);
/* After it, however much has changed. Waits for the kernel's programs, some milliseconds. */
void epoch_begin(struct programs *programs);

/* ---- kernel.c ---- */
/* How hooks can be attached here; WARDEN_BY_NONE where neither lsm nor tracing programs may be loaded. */
u32 kernel_flavour(void);
/* Is bpf_get_current_ancestor_cgroup_id there for our program types? 5.10 has it, but not for tracing programs. */
bool kernel_has_ancestor_helper(u32 flavour);
/* Are programs of this flavour left out at times, so that they enforce nothing? */
bool kernel_leaves_out(u32 flavour);
/* Does it stop one task's work within itself for another's, on the same processor? */
bool kernel_preempts(void);
bool kernel_before(unsigned int major, unsigned int minor);

/* ---- symbols.c ---- */
/* Of a variable of the kernel's own; 0 when there is none, or it is not told. */
u64 symbol_address(const char *name);

/* ---- config.c ---- */
int config_set(struct bpf_object *object, u32 flavour, const struct options *options, u64 cgroup_id, u32 level);

/* ---- cgroup.c ---- */
int cgroup_make(const char *dir, u64 *id, u32 *level);
int cgroup_move(const char *dir, pid_t pid);
/* Ends every process below dir but those in keep; returns how many, or -1. */
int cgroup_end(const char *dir, const pid_t *keep, int kept);
int cgroup_remove(const char *dir);

/* ---- containers.c ---- */
/* Before the policy is in force: which file systems are the machine's, and which containers are there already. */
int containers_begin(const struct programs *programs);
/* Makes the canary's cgroup, which counts as a container's, or removes it. */
int containers_stage(const struct options *options, struct programs *programs, char *dir, size_t size);
int containers_unstage(const char *dir);
/* Ends every process of a container's that is governed; returns how many, or -1. */
int containers_end(const struct programs *programs);
/* Prints the thread-group ids of a dead session's, for who cleans up after it. Exit status. */
int containers_tell(const char *pins);

/* ---- rules.c ---- */
struct rules {
	struct programs *programs;
	u32 generation; /* being filled */
	int *pinned;	/* O_PATH descriptors that keep the rules' inodes alive */
	int pinned_count, pinned_room;
	char **mounts; /* mount points, NULL-terminated */
};

int rules_begin(struct rules *rules);
/* What the kernel calls an open file. */
int rules_identify(struct rules *rules, int fd, struct warden_inode *inode);
/* Keeps the descriptor for the life of the session; past the limit the rule stands on its number alone. */
void rules_pin(struct rules *rules, int fd);
void rules_put_path(struct rules *rules, const struct warden_rule_path *rule, const char *path,
		    struct warden_result *result);
/* `in_force`: the policy is, so only allowed addresses may be added or removed. */
void rules_put_net(struct rules *rules, const struct warden_rule_net *rule, bool in_force,
		   struct warden_result *result);
/* Make the generation the one in force. */
void rules_commit(struct rules *rules, u32 flags);

/* ---- links.c ---- */
/*
 * Follows a path and tells each symbolic link on its way; `last`: what comes after it is the path's own file, not a
 * directory above. Leaves in `path` where it leads, without links. -1 with errno, also when `found` says so.
 */
int links_follow(char path[PATH_MAX], int (*found)(void *arg, const char *link, bool last), void *arg);

/* ---- devices.c ---- */
int devices_find(u32 majors[WARDEN_MAJORS]);

/* ---- helpers.c ---- */
int helpers_note(struct rules *rules);

/* ---- reports.c ---- */
/* A descriptor of the directory that gets the reports, -1 when there is none. Opened while nobody could move it. */
int reports_prepare(const struct options *options);
int reports_deliver(const struct options *options, int target);

/* ---- canary.c ---- */
/* Reserved rule ids, far above any policy's. */
enum {
	RULE_CANARY = 0xffffff00u,
	RULE_SELF = 0xffffff01u,
};

int canary_prepare(const struct options *options, struct rules *rules);
void canary_run(const struct options *options, struct programs *programs, u32 flags, struct warden_posture *posture);

/* ---- agent.c: the agent's process and its socket ---- */
struct agent {
	pid_t pid;
	int fd;
	int node_fd;
	u8 in[2 * WARDEN_FRAME_MAX];
	size_t in_used;
	u8 out[WARDEN_FRAME_MAX]; /* the frame being written */
	size_t out_size, out_done;
	u8 *control; /* frames to send before events */
	size_t control_used;
	u8 *backlog; /* event frames: acked | sent | not yet sent */
	size_t backlog_sent, backlog_used;
	u64 acked;   /* events of this agent's that are in the journal */
	u64 events;  /* sequence numbers given */
	u64 gone_ms; /* when the last agent was lost, 0 never */
	int failures;
};

#define BACKLOG_ROOM ((size_t)1 << 20)
#define CONTROL_ROOM ((size_t)1 << 16)

int agent_prepare(struct agent *agent, const struct options *options);
int agent_spawn(struct agent *agent, const struct options *options);
void agent_lost(struct agent *agent);
bool agent_has_room(const struct agent *agent);
void agent_queue_event(struct agent *agent, const void *event, u32 size);
bool agent_can_answer(const struct agent *agent);
void agent_queue(struct agent *agent, const void *frame, u32 size);
/* -1: the agent is gone. */
int agent_flush(struct agent *agent);
void agent_ack(struct agent *agent, u64 count);

/* ---- confine.c ---- */
int confine(void);

/* ---- loop.c, phases.c, frames.c, callers.c: see loop.h ---- */
struct session {
	const struct options *options;
	struct programs programs;
	struct rules rules;
	struct agent agent;
	int control_fd; /* listening socket for post, or -1 */
	int reports_fd; /* directory that gets the reports, or -1 */
};

/* Exit status; -1: no session began, and whoever started us does not know it yet. */
int session_run(struct session *session);
/* Tells that there is no session, and leaves time to read why. */
void callers_give_up(int fd);

/* ---- launch.c ---- */
int launch_main(int argc, char **argv);

u64 now_ms(void);
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
