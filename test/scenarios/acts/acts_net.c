/* SPDX-License-Identifier: Apache-2.0 -- acts that reach for the network */
#define _GNU_SOURCE
#include "acts.h"
#include "acts_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/ipv6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* What the kernel is told an IPv6 address's size is; see act_short. */
static socklen_t size6 = sizeof(struct sockaddr_in6);

socklen_t parse_address(const char *host, const char *port, union address *to)
{
	memset(to, 0, sizeof(*to));
	if (strchr(host, ':')) {
		to->v6.sin6_family = AF_INET6;
		to->v6.sin6_port = htons(number(port));
		if (inet_pton(AF_INET6, host, &to->v6.sin6_addr) != 1)
			return 0;
		/* of the loopback device, where all addresses of these tests are */
		to->v6.sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(&to->v6.sin6_addr) ? 1 : 0;
		return size6;
	}
	to->v4.sin_family = AF_INET;
	to->v4.sin_port = htons(number(port));
	return inet_pton(AF_INET, host, &to->v4.sin_addr) == 1 ? sizeof(to->v4) : 0;
}

/* Dropped packets must end in ETIMEDOUT, not in a hang. */
int socket_for(const char *kind, int family)
{
	struct timeval limit = { .tv_sec = 4 };
	int udp = strcmp(kind, "udp") == 0;
	int proto = strcmp(kind, "mptcp") == 0 ? IPPROTO_MPTCP : 0;
	int fd = socket(family, udp ? SOCK_DGRAM : SOCK_STREAM, proto);

	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	}
	return fd;
}

int timed(long result)
{
	if (result < 0 && (errno == EINPROGRESS || errno == EAGAIN))
		return ETIMEDOUT;
	return answer(result);
}

/* short ACT...: with IPv6 addresses of the least size that the kernel takes (SIN6_LEN_RFC2133), without their scope */
static int act_short(int argc, char **argv)
{
	size6 = offsetof(struct sockaddr_in6, sin6_scope_id);
	return run_act(argc - 1, argv + 1);
}

/* connect KIND ADDRESS PORT */
static int act_connect(int argc, char **argv)
{
	union address to;
	socklen_t size = parse_address(argv[2], argv[3], &to);
	int fd;

	(void)argc;
	if (!size)
		return trouble_text("bad address");
	fd = socket_for(argv[1], to.any.sa_family);
	if (fd < 0)
		return errno;
	return timed(connect(fd, &to.any, size));
}

/* talk KIND ADDRESS PORT: connects, sends a byte, and wants it back */
static int act_talk(int argc, char **argv)
{
	union address to;
	socklen_t size = parse_address(argv[2], argv[3], &to);
	char byte = 'w';
	int fd;

	(void)argc;
	if (!size)
		return trouble_text("bad address");
	fd = socket_for(argv[1], to.any.sa_family);
	if (fd < 0)
		return errno;
	if (connect(fd, &to.any, size) || send(fd, &byte, 1, 0) != 1)
		return timed(-1);
	return recv(fd, &byte, 1, 0) == 1 ? 0 : timed(-1);
}

static int send_by(int fd, const char *call, union address *to, socklen_t size)
{
	char byte = 'w';
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct mmsghdr message = {
		.msg_hdr = { .msg_name = to, .msg_namelen = size, .msg_iov = &part, .msg_iovlen = 1 },
	};

	if (strcmp(call, "sendto") == 0)
		return timed(sendto(fd, &byte, 1, 0, &to->any, size));
	if (strcmp(call, "sendmsg") == 0)
		return timed(sendmsg(fd, &message.msg_hdr, 0));
	if (strcmp(call, "sendmmsg") == 0)
		return timed(sendmmsg(fd, &message, 1, 0));
	if (strcmp(call, "segments") == 0) {
		int segment = 1;

		if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)))
			return errno;
		return timed(sendto(fd, "www", 3, 0, &to->any, size));
	}
	if (strcmp(call, "fastopen") == 0)
		return timed(sendto(fd, &byte, 1, MSG_FASTOPEN, &to->any, size));
	return trouble_text("no such call");
}

/* send CALL ADDRESS PORT: CALL is sendto, sendmsg, sendmmsg, segments (all UDP) or fastopen (TCP) */
static int act_send(int argc, char **argv)
{
	union address to;
	socklen_t size = parse_address(argv[2], argv[3], &to);
	int fd;

	(void)argc;
	if (!size)
		return trouble_text("bad address");
	fd = socket_for(strcmp(argv[1], "fastopen") == 0 ? "tcp" : "udp", to.any.sa_family);
	if (fd < 0)
		return errno;
	return send_by(fd, argv[1], &to, size);
}

/* send-many ADDRESS PORT: to every machine that hears this address, by broadcast or multicast */
static int act_send_many(int argc, char **argv)
{
	union address to;
	socklen_t size = parse_address(argv[1], argv[2], &to);
	struct in_addr from;
	int fd = size ? socket_for("udp", AF_INET) : -1, one = 1;

	(void)argc;
	if (fd < 0 || inet_pton(AF_INET, argv[3], &from) != 1)
		return trouble_text("bad address");
	if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)) ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof(from)))
		return trouble("setsockopt");
	return send_by(fd, "sendto", &to, size);
}

/* source-route HOP ADDRESS PORT: a datagram to ADDRESS that goes to HOP first (IP's loose source route) */
static int act_source_route(int argc, char **argv)
{
	unsigned char option[] = { 131, 7, 4, 0, 0, 0, 0, 0 };
	union address to;
	socklen_t size = parse_address(argv[2], argv[3], &to);
	int fd = size ? socket_for("udp", AF_INET) : -1;

	(void)argc;
	if (fd < 0 || inet_pton(AF_INET, argv[1], option + 3) != 1)
		return trouble_text("bad address");
	if (setsockopt(fd, IPPROTO_IP, IP_OPTIONS, option, sizeof(option)))
		return trouble("IP_OPTIONS");
	return send_by(fd, "sendto", &to, size);
}

/* reconnect FIRST SECOND PORT: a UDP socket connected to one address, then to another */
static int act_reconnect(int argc, char **argv)
{
	union address first, second;
	socklen_t first_size = parse_address(argv[1], argv[3], &first);
	socklen_t second_size = parse_address(argv[2], argv[3], &second);
	int fd;

	(void)argc;
	if (!first_size || !second_size)
		return trouble_text("bad address");
	fd = socket_for("udp", first.any.sa_family);
	if (fd < 0 || connect(fd, &first.any, first_size))
		return trouble("first connect");
	return timed(connect(fd, &second.any, second_size));
}

/* socket FAMILY TYPE PROTOCOL, as numbers */
static int act_socket(int argc, char **argv)
{
	(void)argc;
	return answer(socket(number(argv[1]), number(argv[2]), number(argv[3])));
}

static int accept_at(char **argv)
{
	union address at;
	socklen_t size = parse_address(argv[1], argv[2], &at);
	int one = 1, fd;

	if (!size) {
		errno = EINVAL;
		return -1;
	}
	fd = socket_for("tcp", at.any.sa_family);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) || bind(fd, &at.any, size) ||
	    listen(fd, 8))
		return -1;
	return accept(fd, NULL, NULL);
}

/* accept ADDRESS PORT: waits for somebody's connection, and answers it */
static int act_accept(int argc, char **argv)
{
	int fd = accept_at(argv);

	(void)argc;
	return fd < 0 ? timed(fd) : answer(send(fd, "x", 1, MSG_NOSIGNAL));
}

/* accept-and-end ADDRESS PORT: ends somebody's connection without a word; what is left to be sent, timers send */
static int act_accept_and_end(int argc, char **argv)
{
	int fd = accept_at(argv);

	(void)argc;
	return fd < 0 ? timed(fd) : answer(close(fd));
}

/* spin SECONDS: keeps every processor busy */
static int act_spin(int argc, char **argv)
{
	time_t end = time(NULL) + number(argv[1]);

	(void)argc;
	for (long i = sysconf(_SC_NPROCESSORS_ONLN); i > 1; i--) {
		int pid = fork();

		if (pid < 0)
			return trouble("fork");
		if (pid == 0) {
			take_part();
			break;
		}
	}
	while (time(NULL) < end)
		;
	return 0;
}

int receive_fd(const char *path, int family, int type)
{
	const char wanted[] = { family, type };
	struct sockaddr_un peer = { .sun_family = AF_UNIX };
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *header;
	int unix_fd = socket(AF_UNIX, SOCK_STREAM, 0), fd;

	snprintf(peer.sun_path, sizeof(peer.sun_path), "%s", path);
	if (unix_fd < 0 || connect(unix_fd, (struct sockaddr *)&peer, sizeof(peer)) ||
	    write(unix_fd, wanted, sizeof(wanted)) != sizeof(wanted))
		return -1;
	if (recvmsg(unix_fd, &message, 0) != 1)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS) {
		errno = ENOMSG;
		return -1;
	}
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

/* passed UNIXPATH CALL ADDRESS PORT: uses a socket that a process outside the session made */
static int act_passed(int argc, char **argv)
{
	union address to;
	socklen_t size = parse_address(argv[3], argv[4], &to);
	int fd;

	(void)argc;
	if (!size)
		return trouble_text("bad address");
	fd = receive_fd(argv[1], to.any.sa_family, SOCK_DGRAM);
	if (fd < 0)
		return errno == EPERM ? EPERM : trouble("passed socket");
	if (strcmp(argv[2], "connect") == 0)
		return timed(connect(fd, &to.any, size));
	return send_by(fd, argv[2], &to, size);
}

/*
 * passed-connected UNIXPATH CALL [ADDRESS PORT]: sends on a TCP socket that a process outside the session has connected,
 * with an address that it does not go to where one is given
 */
static int act_passed_connected(int argc, char **argv)
{
	int fd = receive_fd(argv[1], AF_INET, SOCK_STREAM | PASS_CONNECTED), file, pipe_fds[2];
	union address to;

	if (fd < 0)
		return trouble("passed socket");
	if (argc > 4) {
		socklen_t size = parse_address(argv[3], argv[4], &to);

		return size ? send_by(fd, argv[2], &to, size) : trouble_text("bad address");
	}
	if (strcmp(argv[2], "write") == 0)
		return answer(write(fd, "w", 1));
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (file < 0 || pipe(pipe_fds))
		return trouble("what is to be sent");
	if (strcmp(argv[2], "sendfile") == 0)
		return answer(sendfile(fd, file, NULL, 1));
	if (write(pipe_fds[1], "w", 1) != 1)
		return trouble("pipe");
	return answer(splice(pipe_fds[0], NULL, fd, NULL, 1, 0));
}

/* The socket that a caller asks for; one that is connected is connected to a place that the session may not reach. */
static int fresh_socket(int family, int type, const char *host, const char *port)
{
	union address to;
	socklen_t size = parse_address(host, port, &to);
	int fd = socket(family, type & ~PASS_CONNECTED, 0);

	if (fd < 0 || !(type & PASS_CONNECTED))
		return fd;
	return size && connect(fd, &to.any, size) == 0 ? fd : -1;
}

/*
 * pass UNIXPATH ADDRESS PORT: gives every caller a fresh socket of the family and type it names, connected when it asks
 * for that (runs outside the session, until killed)
 */
static int act_pass(int argc, char **argv)
{
	struct sockaddr_un here = { .sun_family = AF_UNIX };
	int unix_fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)argc;
	alarm(0);
	snprintf(here.sun_path, sizeof(here.sun_path), "%s", argv[1]);
	if (unix_fd < 0 || bind(unix_fd, (struct sockaddr *)&here, sizeof(here)) || listen(unix_fd, 8))
		return trouble("listen");
	for (;;) {
		char wanted[2];
		union {
			char bytes[CMSG_SPACE(sizeof(int))];
			struct cmsghdr align;
		} control = { .bytes = { 0 } };
		struct iovec part = { .iov_base = wanted, .iov_len = 1 };
		struct msghdr message = { .msg_iov = &part,
					  .msg_iovlen = 1,
					  .msg_control = control.bytes,
					  .msg_controllen = sizeof(control.bytes) };
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		int client = accept(unix_fd, NULL, NULL), fd;

		if (client < 0 || read(client, wanted, sizeof(wanted)) != sizeof(wanted))
			return trouble("accept");
		fd = fresh_socket(wanted[0], wanted[1], argv[2], argv[3]);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
		if (fd < 0 || sendmsg(client, &message, 0) != 1)
			return trouble("pass");
		close(fd);
		close(client);
	}
}

static int address6(const char *host, int prefix, int index)
{
	struct {
		struct in6_addr address;
		unsigned prefix;
		int index;
	} request = { .prefix = prefix, .index = index };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), result;

	if (fd < 0 || inet_pton(AF_INET6, host, &request.address) != 1)
		return -1;
	result = ioctl(fd, SIOCSIFADDR, &request);
	close(fd);
	return result < 0 && errno == EEXIST ? 0 : result;
}

/* address DEVICE ADDRESS PREFIX: gives the interface an address and brings it up (set-up, as root) */
static int act_address(int argc, char **argv)
{
	int prefix = number(argv[3]), fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq request = { 0 };
	union address of;

	(void)argc;
	if (fd < 0 || !parse_address(argv[2], "0", &of))
		return trouble("address");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", argv[1]);
	if (of.any.sa_family == AF_INET6) {
		if (ioctl(fd, SIOCGIFINDEX, &request) || address6(argv[2], prefix, request.ifr_ifindex))
			return trouble("SIOCSIFADDR");
		return 0;
	}
	memcpy(&request.ifr_addr, &of.v4, sizeof(of.v4));
	if (ioctl(fd, SIOCSIFADDR, &request))
		return trouble("SIOCSIFADDR");
	of.v4.sin_addr.s_addr = htonl(~0u << (32 - prefix));
	memcpy(&request.ifr_netmask, &of.v4, sizeof(of.v4));
	if (ioctl(fd, SIOCSIFNETMASK, &request) || ioctl(fd, SIOCGIFFLAGS, &request))
		return trouble("SIOCSIFNETMASK");
	request.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request) ? trouble("SIOCSIFFLAGS") : 0;
}

const struct act net_acts[] = {
	{ "short", 1, act_short },
	{ "connect", 3, act_connect },
	{ "talk", 3, act_talk },
	{ "send", 3, act_send },
	{ "send-many", 3, act_send_many },
	{ "source-route", 3, act_source_route },
	{ "reconnect", 3, act_reconnect },
	{ "socket", 3, act_socket },
	{ "accept", 2, act_accept },
	{ "accept-and-end", 2, act_accept_and_end },
	{ "spin", 1, act_spin },
	{ "passed", 4, act_passed },
	{ "passed-connected", 2, act_passed_connected },
	{ "pass", 3, act_pass },
	{ "address", 3, act_address },
	{ NULL, 0, NULL },
};
