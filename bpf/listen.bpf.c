// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Being reached from outside: who may listen, and where.
 *
 * What makes a server is listen() for connections, and a bind to a port for datagrams. Binding alone does not: clients
 * bind to choose a source address (`curl --interface`) or port, and those of datagrams to port 0. So a stream socket
 * is judged when it listens, by what it is bound to then, and a datagram socket when it is bound to a port.
 */
#include "lib/net.h"

/*
 * Where a stream socket would listen. An address counts only when bind() has set it: that of a connection goes with
 * it, and another thread can end a connection between our look and the kernel's own.
 */
static __always_inline void local_endpoint(struct endpoint *at, struct sock *sk)
{
	u16 family = sk->__sk_common.skc_family;
	struct sock *bound = sk;
	u32 words[4] = {};

	at->direction = WARDEN_IN;
	at->protocol = sk->sk_protocol;
	/* MPTCP's socket keeps a copy of its first subflow's address, and old copies; the subflow is what listens */
	if (bpf_core_type_exists(struct mptcp_sock) && at->protocol == IPPROTO_MPTCP)
		bound = BPF_CORE_READ((struct mptcp_sock *)sk, first);
	if (!bound) {
		at->direction = WARDEN_IN_ANY;
		at->family = family;
		return;
	}
	at->port = BPF_CORE_READ(bound, __sk_common.skc_num);
	if (BPF_CORE_READ_BITFIELD_PROBED(bound, sk_userlocks) & SOCK_BINDADDR_LOCK) {
		if (family == AF_INET)
			words[0] = BPF_CORE_READ(bound, __sk_common.skc_rcv_saddr);
		else
			BPF_CORE_READ_INTO(&words, bound, __sk_common.skc_v6_rcv_saddr);
	}
	if (family == AF_INET)
		set_v4(at, words[0]);
	else
		set_v6(at, words);
}

HOOK(socket_listen)
int BPF_PROG(socket_listen, struct socket *sock, int backlog)
{
	struct endpoint at = {};
	struct sock *sk = sock->sk;

	if (!sk || !governed() || !(policy() & (WARDEN_HAS_LISTEN | WARDEN_HAS_NETWORK)))
		return 0;
	at.family = sk->__sk_common.skc_family;
	if (at.family != AF_INET && at.family != AF_INET6)
		return answer(policy() & WARDEN_HAS_LISTEN && use_foreign(at.family, WARDEN_HOOK_LISTEN));
	local_endpoint(&at, sk);
	note_listener(sk, at.port);
	if (!(policy() & WARDEN_HAS_LISTEN))
		return 0;
	return answer(judge_listening(WARDEN_HOOK_LISTEN, &at, NULL));
}

HOOK(socket_bind)
int BPF_PROG(socket_bind, struct socket *sock, struct sockaddr *address, int len)
{
	struct endpoint at = { .direction = WARDEN_IN };

	if (!governed() || !(policy() & WARDEN_HAS_LISTEN) || sock->type == SOCK_STREAM)
		return 0;
	if (!from_sockaddr(&at, sock, address, len, AF_UNSPEC_IS_OWN) || !at.port)
		return 0;
	return answer(judge_listening(WARDEN_HOOK_BIND, &at, NULL));
}

/* ---- where tracing programs are refused ---- */

static __always_inline int bind_from_cgroup(struct bpf_sock_addr *ctx, struct endpoint *at)
{
	if (!(policy() & WARDEN_HAS_LISTEN) || ctx->type == SOCK_STREAM || !ctx->user_port || exempt(current_task()))
		return 1;
	at->port = bpf_ntohs(ctx->user_port);
	at->protocol = ctx->protocol;
	return judge_listening(WARDEN_HOOK_BIND, at, NULL) == 0;
}

SEC("cgroup/bind4")
int bind4(struct bpf_sock_addr *ctx)
{
	struct endpoint at = { .direction = WARDEN_IN };

	set_v4(&at, ctx->user_ip4);
	return bind_from_cgroup(ctx, &at);
}

SEC("cgroup/bind6")
int bind6(struct bpf_sock_addr *ctx)
{
	struct endpoint at = { .direction = WARDEN_IN };
	u32 words[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] };

	set_v6(&at, words);
	return bind_from_cgroup(ctx, &at);
}

/* No cgroup hook is asked when a socket begins to listen. One that may not hears of nobody who connects. */
SEC("cgroup_skb/ingress")
int skb_ingress(struct __sk_buff *skb)
{
	struct endpoint at = { .direction = WARDEN_IN };
	struct bpf_sock *sk = skb->sk;
	struct opener by;

	if (!(policy() & WARDEN_HAS_LISTEN) || !sk)
		return 1;
	sk = bpf_sk_fullsock(sk);
	if (!sk || sk->state != TCP_LISTEN)
		return 1;
	opener_of(&by, skb);
	if (by.exempt)
		return 1;
	at.port = sk->src_port;
	at.protocol = sk->protocol;
	if (sk->family == AF_INET) {
		set_v4(&at, sk->src_ip4);
	} else {
		u32 words[4] = { sk->src_ip6[0], sk->src_ip6[1], sk->src_ip6[2], sk->src_ip6[3] };

		set_v6(&at, words);
	}
	return judge_listening(WARDEN_HOOK_LISTEN, &at, &by) == 0;
}
