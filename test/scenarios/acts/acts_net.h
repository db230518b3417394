/* SPDX-License-Identifier: Apache-2.0 -- what acts on the network share */
#ifndef WARDEN_ACTS_NET_H
#define WARDEN_ACTS_NET_H

#include <netinet/in.h>
#include <sys/socket.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* In the type that receive_fd asks for. */
#define PASS_CONNECTED 0x40

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* From text; the family is told by the colons. Returns its size, 0 when it is no address. */
socklen_t parse_address(const char *host, const char *port, union address *to);
/* KIND is tcp, mptcp or udp. What waits in it for longer than a few seconds ends with an error. */
int socket_for(const char *kind, int family);
/* A call's result, where waiting in vain is ETIMEDOUT. */
int timed(long result);
/* A fresh socket from a process outside the session, which makes it there. */
int receive_fd(const char *path, int family, int type);

#endif
