/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The verdict on an address: a destination, or one of this machine's that is listened at. Each shape of rule (port and
 * protocol given or not) is one lookup; deny beats allow.
 */
#ifndef WARDEN_LIB_NET_H
#define WARDEN_LIB_NET_H

#include "event.h"

struct endpoint {
	u16 family;
	u16 port; /* host order */
	u32 protocol;
	u32 direction; /* enum warden_direction */
	u8 addr[16];
};

static __always_inline void set_v4(struct endpoint *to, u32 addr)
{
	/* connecting to 0.0.0.0 means this host, listening at it means every address of it */
	if (!addr && to->direction == WARDEN_OUT)
		addr = bpf_htonl(0x7f000001);
	else if (!addr)
		to->direction = WARDEN_IN_ANY;
	to->family = AF_INET;
	__builtin_memset(to->addr, 0, sizeof(to->addr));
	__builtin_memcpy(to->addr, &addr, 4);
}

static __always_inline void set_v6(struct endpoint *to, const u32 *addr)
{
	u32 a0 = addr[0], a1 = addr[1], a2 = addr[2], a3 = addr[3];

	if (!a0 && !a1 && a2 == bpf_htonl(0xffff)) {
		set_v4(to, a3);
		return;
	}
	if (!a0 && !a1 && !a2 && !a3) {
		if (to->direction == WARDEN_OUT)
			a3 = bpf_htonl(1);
		else
			to->direction = WARDEN_IN_ANY;
	}
	to->family = AF_INET6;
	__builtin_memcpy(to->addr, &a0, 4);
	__builtin_memcpy(to->addr + 4, &a1, 4);
	__builtin_memcpy(to->addr + 8, &a2, 4);
	__builtin_memcpy(to->addr + 12, &a3, 4);
}

/* As packets have it. The verifier does not know how large a number can be whose bytes were swapped. */
static __always_inline u16 wire_port(const struct endpoint *to)
{
	u32 port = bpf_htons(to->port);

	OPAQUE(port);
	return port & (WARDEN_PORTS - 1);
}

/* What an address of no family means: nothing to connect (a disconnect), the socket's own family to send and bind. */
enum unspecified {
	AF_UNSPEC_IS_NONE,
	AF_UNSPEC_IS_OWN,
};

/* From a socket address in kernel memory; its direction is given. False: nothing to judge. */
static __always_inline bool from_sockaddr(struct endpoint *to, struct socket *sock, void *address, int len,
					  enum unspecified unspecified)
{
	struct {
		u16 family;
		__be16 port;
		u32 words[5];
	} a = {};
	struct sock *sk = sock->sk;
	u16 family;

	if (!sk)
		return false;
	family = sk->__sk_common.skc_family;
	if (family != AF_INET && family != AF_INET6)
		return false;
	if (len < 8)
		return false; /* too short for the protocol, too */
	/* 24 bytes is the shortest address that IPv6 takes (SIN6_LEN_RFC2133) */
	if (bpf_probe_read_kernel(&a, len < 24 ? 8 : 24, address))
		return false;
	if (a.family == AF_UNSPEC) {
		if (unspecified == AF_UNSPEC_IS_NONE)
			return false;
		a.family = family;
	}
	to->protocol = sk->sk_protocol;
	to->port = bpf_ntohs(a.port);
	if (a.family == AF_INET)
		set_v4(to, a.words[0]);
	else if (a.family == AF_INET6 && len >= 24)
		set_v6(to, &a.words[1]);
	else
		return false;
	return true;
}

static __always_inline const struct warden_addr *lookup(const struct endpoint *to, u32 generation, u16 port,
							u8 protocol)
{
	if (to->family == AF_INET) {
		struct warden_addr4_key key = { .prefixlen = 64 + 32,
						.generation = generation,
						.port = port,
						.protocol = protocol,
						.direction = to->direction };

		__builtin_memcpy(key.addr, to->addr, 4);
		return bpf_map_lookup_elem(&addr4, &key);
	} else {
		struct warden_addr6_key key = { .prefixlen = 64 + 128,
						.generation = generation,
						.port = port,
						.protocol = protocol,
						.direction = to->direction };

		__builtin_memcpy(key.addr, to->addr, 16);
		return bpf_map_lookup_elem(&addr6, &key);
	}
}

/* A rule-shaped verdict: bit 0 denied, bit 1 allowed by a rule; *rule names it. */
static __noinline int consult(const struct endpoint *to, u64 pol, u32 *rule)
{
	u32 generation = generation_of(pol);
	u8 protocol = to ? to->protocol : 0;
	u32 said = 0;

	if (!to || !rule)
		return 0;
	if (!state.ruled_ports[wire_port(to)])
		pol &= ~(u64)(WARDEN_NET_PORT_PROTO | WARDEN_NET_PORT);
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

/* `by` has opened the socket; NULL for the current task. */
static __noinline int emit_net(const struct cause *cause, const struct endpoint *to, u32 type, const struct opener *by)
{
	struct warden_net_event *e;

	if (!cause || !to)
		return 0;
	e = reserve(cause, sizeof(*e));
	if (!e)
		return 0;
	if (by)
		fill_opener(&e->h, cause, by);
	else
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

#define VETH 0x68746576u /* "veth" */

/*
 * Is this IPv4 address on the other side of a veth device in that network namespace, without a router between? There
 * are a container's neighbours, on a bridge of this machine's, and the machine itself; what governs them governs what
 * they do with it. Interfaces and addresses are the runtime's to give: the container has no right to configure them
 * where the policy rules the network. A global function: see emit_file.
 */
__noinline int is_neighbour(u64 net, u32 address)
{
	struct list_head *head = (void *)net + bpf_core_field_offset(struct net, dev_base_head);
	struct list_head *at = BPF_CORE_READ(head, next);

	for (int i = 0; i < 16 && at && at != head; i++) {
		struct net_device *device = (void *)at - bpf_core_field_offset(struct net_device, dev_list);
		struct in_ifaddr *has = BPF_CORE_READ(device, ip_ptr, ifa_list);
		u64 kind = 0;

		bpf_probe_read_kernel_str(&kind, sizeof(kind), BPF_CORE_READ(device, rtnl_link_ops, kind));
		for (int j = 0; j < 4 && has && kind == VETH; j++) {
			u32 mask = BPF_CORE_READ(has, ifa_mask);

			if (mask && !((address ^ BPF_CORE_READ(has, ifa_local)) & mask))
				return 1;
			has = BPF_CORE_READ(has, ifa_next);
		}
		at = BPF_CORE_READ(at, next);
	}
	return 0;
}

/* What a default speaks of does not hold between a container and its neighbours, but for ssh to the machine. */
static __always_inline bool is_near(const struct endpoint *to, struct sock *sk, u64 pol)
{
	u32 address;

	if (!sk || to->family != AF_INET || !in_container())
		return false;
	if (to->port == SSH_PORT && (pol & WARDEN_DENY_SERVICES))
		return false;
	__builtin_memcpy(&address, to->addr, 4);
	return is_neighbour((u64)BPF_CORE_READ(sk, __sk_common.skc_net.net), address);
}

/* What the rules said, or else the default, with its event. Returns whether it is refused. */
static __always_inline int settle(u16 hook, const struct endpoint *at, int said, bool deny, u32 rule,
				  const struct opener *by)
{
	struct cause cause = { .kind = WARDEN_KIND_NET, .hook = hook, .rule = rule };

	if (said == 2 || (said == 0 && !deny))
		return 0;
	cause.verdict = policy() & WARDEN_ENFORCE ? WARDEN_VERDICT_DENY : WARDEN_VERDICT_WOULD_DENY;
	emit_net(&cause, at, 0, by);
	return cause.verdict == WARDEN_VERDICT_DENY;
}

/* Of another family than a job can make, and so from outside of the session: no rule here can speak of its addresses. */
static __always_inline int use_foreign(u16 family, u16 hook)
{
	struct endpoint to = { .family = family };

	if (family == AF_UNIX || family == AF_NETLINK)
		return 0;
	return settle(hook, &to, 1, true, 0, NULL);
}

/*
 * Allowed destinations are remembered, for a destination is asked about again and again: by connect, by each send and by
 * each packet. An entry is one word that holds the whole question, IPv4 address, port and protocol, and the epoch in which
 * it was answered; so it is written and read at once, and two questions are never the same word. The epoch is read before
 * the rules are, and when they change the next one begins after every program that saw them as they were is over
 * (monitor/epoch.c). A port that no rule speaks of alone is asked about as 0, for what is said of one such port is said of
 * all: among them are those that answers to connections go to, another one each time.
 *
 * Anything may be asked, but nothing is written of other protocols than TCP and UDP, nor while rules change. No question is
 * 0, as empty places are: before there is a number in `epoch`, there is no policy.
 *
 * `address` and `port` are as packets have them, of the protocol eight bits count: those of MPTCP are TCP's.
 */
_Static_assert((u8)IPPROTO_MPTCP == IPPROTO_TCP, "what is said of TCP is said of MPTCP");

static __always_inline u64 question(u32 address, u16 port, u8 protocol)
{
	u64 asked = (u64)protocol << 8 | *(volatile u32 *)&state.epoch;

	OPAQUE(asked);
	asked = asked << 32 | address;
	OPAQUE(asked);
	if (__builtin_expect(state.ruled_ports[port], 0))
		asked |= (u64)port << 48;
	return asked;
}

static __always_inline volatile u64 *place_of(u64 question)
{
	u64 hash = question * 0x9e3779b97f4a7c15ULL;

	return &state.destinations[hash >> 54];
}

static __always_inline bool is_remembered(u64 question)
{
	return *place_of(question) == question;
}

/* The question about an endpoint, of which the protocol is a transport(); 0 when none is to be remembered. */
static __always_inline u64 question_of(const struct endpoint *to)
{
	__be32 address;

	if (to->family != AF_INET || (to->protocol != IPPROTO_TCP && to->protocol != IPPROTO_UDP))
		return 0;
	__builtin_memcpy(&address, to->addr, 4);
	return question(address, wire_port(to), to->protocol);
}

static __always_inline void remember_allowed(u64 question)
{
	if ((u8)(question >> 32) > WARDEN_NO_EPOCH)
		*place_of(question) = question;
}

/* Is the session refused to send to this destination? `sk`: the caller's, where a hook tells it. `by`: as emit_net. */
static __always_inline int judge_destination(u16 hook, struct endpoint *to, struct sock *sk, const struct opener *by)
{
	u64 asked, pol;
	u32 rule = 0;
	int said;

	to->protocol = transport(to->protocol);
	asked = question_of(to);
	if (asked && is_remembered(asked))
		return 0;
	pol = policy();
	if (!(pol & WARDEN_HAS_NETWORK))
		return 0;
	said = consult(to, pol, &rule);
	if (said == 2 || (said == 0 && !(pol & WARDEN_DENY_NETWORK)))
		remember_allowed(asked);
	return settle(hook, to, said, (pol & WARDEN_DENY_NETWORK) && !(said == 0 && is_near(to, sk, pol)), rule, by);
}

/* `::` hears IPv4, too: both have to be allowed, and neither may be denied. As consult(). */
static __always_inline int consult_both(struct endpoint *at, u64 pol, u32 *rule)
{
	struct endpoint v4 = {
		.family = AF_INET, .port = at->port, .protocol = at->protocol, .direction = at->direction
	};
	u32 other = 0;
	int said = consult(at, pol, rule), also;

	if (said == 1 || at->family != AF_INET6 || at->direction != WARDEN_IN_ANY)
		return said;
	also = consult(&v4, pol, &other);
	if (also == 1) {
		*rule = other;
		return 1;
	}
	if (said == 2 && also == 2)
		return 2;
	*rule = 0;
	return 0;
}

/*
 * Is the session refused to be reached at this address? A port that the kernel has yet to choose might be any: where
 * anything is ruled, only a rule for all ports allows it.
 */
static __always_inline int judge_listening(u16 hook, struct endpoint *at, const struct opener *by)
{
	u64 pol = policy();
	u32 rule = 0;
	int said;

	at->protocol = transport(at->protocol);
	said = consult_both(at, pol, &rule);
	return settle(hook, at, said, (pol & WARDEN_DENY_LISTEN) || !at->port, rule, by);
}

/* The current task, as the one who opened a socket that nobody is known to have opened. */
static __noinline int identify_opener(struct opener *opener, void *sk)
{
	struct task_struct *task = current_task();
	struct opener *handed;

	IDENTIFY(opener, task);
	opener->exempt = exempt(task);
	if (!opener->exempt)
		return 0;
	handed = bpf_sk_storage_get(&exempt_openers, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (handed)
		*handed = *opener;
	return 0;
}

static __always_inline void note_opener(void *sk)
{
	struct opener *opener = bpf_sk_storage_get(&openers, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (opener && !opener->tgid)
		identify_opener(opener, sk);
}

/* The current task listens by this socket, at this port. */
static __always_inline void note_listener(struct sock *sk, u16 port)
{
	struct listener_key key = { .cgroup = BPF_CORE_READ(cgroup_of_socket(sk), kn, id), .port = port };
	struct opener opener = {};

	IDENTIFY(&opener, current_task());
	bpf_map_update_elem(&listeners, &key, &opener, BPF_ANY);
}

#define NOBODY ((struct opener){ .comm = "unknown" })

/* The opener of a packet's socket: a copy, for there may be none. */
static __always_inline void opener_of(struct opener *to, struct __sk_buff *skb)
{
	struct listener_key key = {};
	struct bpf_sock *sk = skb->sk;
	struct opener *known;

	*to = NOBODY;
	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (!sk)
		return;
	known = bpf_sk_storage_get(&openers, sk, NULL, 0);
	if (!known)
		known = bpf_sk_storage_get(&exempt_openers, sk, NULL, 0);
	/* of other sockets that nobody opened, the kernel's, some have numbers of protocols for ports */
	if (!known && sk->protocol == IPPROTO_TCP) {
		key.cgroup = bpf_sk_cgroup_id(sk);
		key.port = sk->src_port;
		known = bpf_map_lookup_elem(&listeners, &key);
	}
	if (known)
		*to = *known;
}

#endif
