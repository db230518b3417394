// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * The network. Three nets, one behind the other:
 * - security_socket_*: judge the caller, whatever socket it holds and however it calls (io_uring, TCP fast open);
 * - cgroup connect, and where tracing programs are refused sendmsg: judge by the socket's creator;
 * - cgroup_skb/egress: the backstop for what has no destination to judge earlier. It drops, and so is last.
 */
#include "lib/net.h"

/* ---- the caller ---- */

HOOK(socket_create)
int BPF_PROG(socket_create, int family, int type, int protocol, int kern)
{
	struct cause cause = { .kind = WARDEN_KIND_NET, .hook = WARDEN_HOOK_SOCKET };
	struct endpoint to = { .family = family, .protocol = protocol };
	u64 pol = policy();

	if (kern || !governed() || !(pol & WARDEN_HAS_NETWORK))
		return 0;
	if (family == AF_UNIX || family == AF_NETLINK)
		return 0;
	if (family == AF_INET || family == AF_INET6) {
		if (type == SOCK_STREAM && (!protocol || protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP))
			return 0;
		if (type == SOCK_DGRAM && (!protocol || protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE))
			return 0;
	}
	/* Raw, packet, ping and other families' sockets reach destinations that no rule here can speak of. */
	cause.verdict = pol & WARDEN_ENFORCE ? WARDEN_VERDICT_DENY : WARDEN_VERDICT_WOULD_DENY;
	emit_net(&cause, &to, type, NULL);
	return answer(cause.verdict == WARDEN_VERDICT_DENY);
}

/*
 * What is asked again and again, without an endpoint to be made of it: an IPv4 socket's destination. False says nothing.
 */
static __always_inline bool is_remembered_connect(struct socket *sock, struct sockaddr *address)
{
	const struct sockaddr_in *to = (const void *)address;
	struct sock *sk = sock->sk;

	if (!sk || sk->__sk_common.skc_family != AF_INET || to->sin_family != AF_INET)
		return false;
	return is_remembered(question(to->sin_addr, to->sin_port, sk->sk_protocol));
}

static __always_inline bool is_remembered_send(struct socket *sock, struct msghdr *msg)
{
	struct sock *sk = sock->sk;
	struct sockaddr_in to;
	void *name;

	if (!sk || sk->__sk_common.skc_family != AF_INET)
		return false;
	name = msg->msg_name;
	if (!name)
		return is_remembered(question(sk->__sk_common.skc_daddr, sk->__sk_common.skc_dport, sk->sk_protocol));
	if (sk->sk_protocol != IPPROTO_UDP || bpf_probe_read_kernel(&to, sizeof(to), name) || to.sin_family != AF_INET)
		return false;
	return is_remembered(question(to.sin_addr, to.sin_port, IPPROTO_UDP));
}

static __noinline int BPF_PROG(judge_connect, struct socket *sock, struct sockaddr *address, int len)
{
	struct endpoint to = {};
	struct sock *sk = sock->sk;
	u16 family;

	if (!sk || !(policy() & WARDEN_HAS_NETWORK))
		return 0;
	family = sk->__sk_common.skc_family;
	if (family != AF_INET && family != AF_INET6)
		return answer(use_foreign(family, WARDEN_HOOK_CONNECT));
	if (!from_sockaddr(&to, sock, address, len, AF_UNSPEC_IS_NONE))
		return 0;
	return answer(judge_destination(WARDEN_HOOK_CONNECT, &to, sk, NULL));
}

/* The arguments are not looked at before it is known that they matter. */
HOOK(socket_connect)
int BPF_PROG(socket_connect)
{
	if (!governed() || is_remembered_connect((void *)ctx[0], (void *)ctx[1]))
		return 0;
	return judge_connect(ctx);
}

/* What is sent on a connected socket: connected perhaps before the guard, or by another process that passed it here. */
static __always_inline int send_connected(struct sock *sk)
{
	struct endpoint to = { .protocol = BPF_CORE_READ(sk, sk_protocol),
			       .port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport)) };

	if (!to.port)
		return 0; /* not connected: the protocol says so */
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET) {
		set_v4(&to, BPF_CORE_READ(sk, __sk_common.skc_daddr));
	} else {
		u32 words[4];

		if (BPF_CORE_READ_INTO(&words, sk, __sk_common.skc_v6_daddr))
			return 1;
		set_v6(&to, words);
	}
	return judge_destination(WARDEN_HOOK_SEND, &to, sk, NULL);
}

static __noinline int BPF_PROG(judge_send, struct socket *sock, struct msghdr *msg)
{
	struct endpoint to = {};
	struct sock *sk = sock->sk;
	u16 family;

	if (!sk || !(policy() & WARDEN_HAS_NETWORK))
		return 0;
	family = sk->__sk_common.skc_family;
	if (family != AF_INET && family != AF_INET6)
		return answer(use_foreign(family, WARDEN_HOOK_SEND));
	/* a stream that is connected stays so, whatever other address is given with what it sends */
	if ((!msg->msg_name || sock->type == SOCK_STREAM) && send_connected(sk))
		return -EPERM_;
	if (!msg->msg_name || !from_sockaddr(&to, sock, msg->msg_name, msg->msg_namelen, AF_UNSPEC_IS_OWN))
		return 0;
	return answer(judge_destination(WARDEN_HOOK_SEND, &to, sk, NULL));
}

HOOK(socket_sendmsg)
int BPF_PROG(socket_sendmsg)
{
	if (!governed() || is_remembered_send((void *)ctx[0], (void *)ctx[1]))
		return 0;
	return judge_send(ctx);
}

/* Before Linux 6.5 sendfile and splice give their pages to the socket without a word to socket_sendmsg. */
HOOK(file_permission)
int BPF_PROG(file_permission, struct file *file, int mask)
{
	struct socket *sock;
	struct sock *sk;
	u16 family;

	if (!(mask & MAY_WRITE) || (file->f_inode->i_mode & S_IFMT) != S_IFSOCK || !governed() ||
	    !(policy() & WARDEN_HAS_NETWORK))
		return 0;
	sock = file->private_data;
	sk = BPF_CORE_READ(sock, sk);
	if (!sk)
		return 0;
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family != AF_INET && family != AF_INET6)
		return answer(use_foreign(family, WARDEN_HOOK_SEND));
	return answer(send_connected(sk));
}

/* ---- the socket's creator ---- */

/* Attached to the session's cgroup, so run for its tasks and sockets alone. 1 lets through, 0 is EPERM. */
SEC("cgroup/sock_create")
int sock_create(struct bpf_sock *ctx)
{
	note_opener(ctx);
	return 1;
}

/* The kernel makes sockets for MPTCP's connections by itself. */
static __always_inline void note_connecting(struct bpf_sock_addr *ctx)
{
	if (ctx->sk)
		note_opener(ctx->sk);
}

static __always_inline int from_cgroup(struct bpf_sock_addr *ctx, struct endpoint *to, u16 hook)
{
	if (is_exempt())
		return 1;
	to->port = bpf_ntohs(ctx->user_port);
	to->protocol = ctx->protocol;
	return judge_destination(hook, to, NULL, NULL) == 0;
}

static __always_inline int from_cgroup4(struct bpf_sock_addr *ctx, u16 hook)
{
	struct endpoint to = {};

	set_v4(&to, ctx->user_ip4);
	return from_cgroup(ctx, &to, hook);
}

static __always_inline int from_cgroup6(struct bpf_sock_addr *ctx, u16 hook)
{
	struct endpoint to = {};
	u32 words[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] };

	set_v6(&to, words);
	return from_cgroup(ctx, &to, hook);
}

static __noinline int judge_connect4(struct bpf_sock_addr *ctx)
{
	return from_cgroup4(ctx, WARDEN_HOOK_CONNECT);
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	note_connecting(ctx);
	if (is_remembered(question(ctx->user_ip4, ctx->user_port, ctx->protocol)))
		return 1;
	return judge_connect4(ctx);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	note_connecting(ctx);
	return from_cgroup6(ctx, WARDEN_HOOK_CONNECT);
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx)
{
	return from_cgroup4(ctx, WARDEN_HOOK_SEND);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *ctx)
{
	return from_cgroup6(ctx, WARDEN_HOOK_SEND);
}

/* ---- the packet ---- */

/* A packet that leaves was made here, and its headers lie in one piece. */
static __always_inline bool packet_destination(struct __sk_buff *skb, struct endpoint *to)
{
	u8 *at = (u8 *)(long)skb->data, *end = (u8 *)(long)skb->data_end;
	__be16 port;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		__be32 address;

		if (at + 20 > end)
			return false;
		to->protocol = at[9];
		__builtin_memcpy(&address, at + 16, 4);
		set_v4(to, address);
		/* a later fragment has no ports; its first one was judged, and without it nothing is delivered */
		if ((at[6] & 0x1f) << 8 | at[7])
			return true;
		at += (at[0] & 0xf) * 4;
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		u32 address[4];

		if (at + 40 > end)
			return false;
		to->protocol = at[6];
		__builtin_memcpy(address, at + 24, 16);
		set_v6(to, address);
		at += 40;
	} else {
		return false;
	}
	if (to->protocol == IPPROTO_TCP || to->protocol == IPPROTO_UDP || to->protocol == IPPROTO_UDPLITE) {
		if (at + 4 > end)
			return false;
		__builtin_memcpy(&port, at + 2, 2);
		to->port = bpf_ntohs(port);
	}
	return true;
}

/*
 * Whoever makes a network namespace gets sockets of the kernel's with it, by which the kernel finds out routers, other
 * hosts and who listens there, on the link and no further (RFC 4861, RFC 3810). Nobody has opened them, and nobody can
 * send by them.
 */
static __always_inline bool is_discovery(struct __sk_buff *skb, const struct opener *by)
{
	u32 offset = 40;
	u8 next, type;

	if (by->tgid || skb->protocol != bpf_htons(ETH_P_IPV6) || bpf_skb_load_bytes(skb, 6, &next, 1))
		return false;
	if (next == IPPROTO_HOPOPTS) {
		u8 option[2];

		/* "router alert", which fills the shortest header */
		if (bpf_skb_load_bytes(skb, offset, option, sizeof(option)) || option[1])
			return false;
		next = option[0];
		offset += 8;
	}
	if (next != IPPROTO_ICMPV6 || bpf_skb_load_bytes(skb, offset, &type, 1))
		return false;
	return type == MLD_REPORT || type == MLD_DONE || type == MLD2_REPORT || type == NDP_ROUTER_SOLICITATION ||
	       type == NDP_SOLICITATION || type == NDP_ADVERTISEMENT;
}

/* A TCP or UDP packet of IPv4's plainest form, as is_remembered_connect(). Other protocols have no ports where they are. */
static __always_inline bool is_remembered_packet(struct __sk_buff *skb)
{
	const struct iphdr *ip = (void *)(long)skb->data;
	const void *end = (void *)(long)skb->data_end;
	const struct ports *ports = (const void *)(ip + 1);

	if (skb->protocol != bpf_htons(ETH_P_IP) || (const void *)(ports + 1) > end || ip->version_length != 0x45 ||
	    ip->fragment & bpf_htons(0x1fff))
		return false;
	return is_remembered(question(ip->destination, ports->destination, ip->protocol));
}

static __noinline int judge_packet(struct __sk_buff *skb)
{
	struct endpoint to = {};
	struct opener by;
	u64 pol = policy();
	bool known;

	if (!(pol & WARDEN_HAS_NETWORK))
		return 1;
	known = packet_destination(skb, &to);
	opener_of(&by, skb);
	if (by.exempt || is_discovery(skb, &by))
		return 1;
	if (!known)
		return !(pol & WARDEN_ENFORCE);
	/* a timer may have sent it, or a packet that came in: the current task need have nothing to do with it */
	return judge_destination(WARDEN_HOOK_EGRESS, &to, NULL, &by) == 0;
}

SEC("cgroup_skb/egress")
int skb_egress(struct __sk_buff *skb)
{
	return is_remembered_packet(skb) || judge_packet(skb);
}
