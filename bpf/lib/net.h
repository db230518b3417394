/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The verdict on a destination. Each shape of rule (port and protocol given or not) is one lookup; deny beats allow. */
#ifndef WARDEN_LIB_NET_H
#define WARDEN_LIB_NET_H

#include "event.h"

struct destination {
	u16 family;
	u16 port; /* host order */
	u32 protocol;
	u8 addr[16];
};

static __always_inline void set_v4(struct destination *to, u32 addr)
{
	/* connecting to 0.0.0.0 means this host */
	if (!addr)
		addr = bpf_htonl(0x7f000001);
	to->family = AF_INET;
	__builtin_memset(to->addr, 0, sizeof(to->addr));
	__builtin_memcpy(to->addr, &addr, 4);
}

static __always_inline void set_v6(struct destination *to, const u32 *addr)
{
	u32 a0 = addr[0], a1 = addr[1], a2 = addr[2], a3 = addr[3];

	if (!a0 && !a1 && a2 == bpf_htonl(0xffff)) {
		set_v4(to, a3);
		return;
	}
	if (!a0 && !a1 && !a2 && !a3)
		a3 = bpf_htonl(1);
	to->family = AF_INET6;
	__builtin_memcpy(to->addr, &a0, 4);
	__builtin_memcpy(to->addr + 4, &a1, 4);
	__builtin_memcpy(to->addr + 8, &a2, 4);
	__builtin_memcpy(to->addr + 12, &a3, 4);
}

static __always_inline const struct warden_addr *lookup(const struct destination *to, u32 generation, u16 port,
							u8 protocol)
{
	if (to->family == AF_INET) {
		struct warden_addr4_key key = {
			.prefixlen = 64 + 32, .generation = generation, .port = port, .protocol = protocol
		};

		__builtin_memcpy(key.addr, to->addr, 4);
		return bpf_map_lookup_elem(&addr4, &key);
	} else {
		struct warden_addr6_key key = {
			.prefixlen = 64 + 128, .generation = generation, .port = port, .protocol = protocol
		};

		__builtin_memcpy(key.addr, to->addr, 16);
		return bpf_map_lookup_elem(&addr6, &key);
	}
}

/* A rule-shaped verdict: bit 0 denied, bit 1 allowed by a rule; *rule names it. */
static __noinline int consult(const struct destination *to, u64 pol, u32 *rule)
{
	u32 generation = generation_of(pol);
	u8 protocol = to ? to->protocol : 0;
	u32 said = 0;

	if (!to || !rule)
		return 0;
	for (int shape = 0; shape < 4; shape++) {
		u16 port = shape & 1 ? 0 : to->port;
		u8 proto = shape & 2 ? 0 : protocol;
		const struct warden_addr *found;
		u64 bit = shape == 0   ? WARDEN_NET_PORT_PROTO
			  : shape == 1 ? WARDEN_NET_PROTO
			  : shape == 2 ? WARDEN_NET_PORT
				       : WARDEN_NET_ANY;

		if (!(pol & bit))
			continue;
		found = lookup(to, generation, port, proto);
		if (!found)
			continue;
		if (found->effect == WARDEN_DENY) {
			*rule = found->rule;
			return 1;
		}
		if (!said)
			*rule = found->rule;
		said = 2;
	}
	return said;
}

static __always_inline u32 transport(u32 protocol)
{
	if (protocol == IPPROTO_MPTCP)
		return IPPROTO_TCP;
	if (protocol == IPPROTO_UDPLITE)
		return IPPROTO_UDP;
	return protocol;
}

static __noinline int emit_net(const struct cause *cause, const struct destination *to, u32 type)
{
	struct warden_net_event *e;

	if (!cause || !to)
		return 0;
	e = reserve(cause, sizeof(*e));
	if (!e)
		return 0;
	fill(&e->h, cause, current_task());
	e->family = to->family;
	e->port = to->port;
	e->protocol = to->protocol;
	e->type = type;
	e->pad = 0;
	__builtin_memcpy(e->addr, to->addr, 16);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* Is the session refused to send to this destination? `record`: make an event of an allowed one, too. */
static __always_inline int judge_destination(u16 hook, struct destination *to, bool record)
{
	struct cause cause = { .kind = WARDEN_KIND_NET, .hook = hook };
	u64 pol = policy();
	u32 rule = 0;
	int said;

	to->protocol = transport(to->protocol);
	said = pol & WARDEN_HAS_NETWORK ? consult(to, pol, &rule) : 2;
	if (said == 2 || (said == 0 && !(pol & WARDEN_DENY_NETWORK))) {
		if (record) {
			cause.rule = rule;
			emit_net(&cause, to, 0);
		}
		return 0;
	}
	cause.rule = rule;
	cause.verdict = pol & WARDEN_ENFORCE ? WARDEN_VERDICT_DENY : WARDEN_VERDICT_WOULD_DENY;
	emit_net(&cause, to, 0);
	return cause.verdict == WARDEN_VERDICT_DENY;
}

#endif
