/* SPDX-License-Identifier: Apache-2.0
 *
 * The same reaches through io_uring, which no syscall filter sees. Raw system calls: a ring of its own per act,
 * one submission, one completion.
 */
#define _GNU_SOURCE
#include "acts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Submits one request and returns its result as 0 or errno. */
static int submit(const struct io_uring_sqe *request)
{
	struct io_uring_params params = { 0 };
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	unsigned *tail, *array;
	size_t size, cq_size;
	char *ring;
	int fd = syscall(SYS_io_uring_setup, 4, &params);

	if (fd < 0)
		return errno;
	if (!(params.features & IORING_FEAT_SINGLE_MMAP))
		return trouble_text("the kernel's io_uring is too old");
	size = params.sq_off.array + params.sq_entries * sizeof(unsigned);
	cq_size = params.cq_off.cqes + params.cq_entries * sizeof(*cqes);
	ring = mmap(NULL, size > cq_size ? size : cq_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		    IORING_OFF_SQ_RING);
	sqes = mmap(NULL, params.sq_entries * sizeof(*sqes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		    IORING_OFF_SQES);
	/* Without its shared memory a ring is of no use: there is none to be had. */
	if (ring == MAP_FAILED || (void *)sqes == MAP_FAILED)
		return errno == EPERM ? EOPNOTSUPP : errno;
	tail = (unsigned *)(ring + params.sq_off.tail);
	array = (unsigned *)(ring + params.sq_off.array);
	sqes[0] = *request;
	array[*tail & (params.sq_entries - 1)] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return trouble("io_uring_enter");
	cqes = (struct io_uring_cqe *)(ring + params.cq_off.cqes);
	return cqes[0].res < 0 ? -cqes[0].res : 0;
}

static int target(const char *host, const char *port, struct sockaddr_in *to)
{
	memset(to, 0, sizeof(*to));
	to->sin_family = AF_INET;
	to->sin_port = htons(number(port));
	return inet_pton(AF_INET, host, &to->sin_addr) == 1;
}

/* uring-connect ADDRESS PORT */
static int act_connect(int argc, char **argv)
{
	struct io_uring_sqe request = { .opcode = IORING_OP_CONNECT };
	struct sockaddr_in to;

	(void)argc;
	if (!target(argv[1], argv[2], &to))
		return trouble_text("bad address");
	request.fd = socket(AF_INET, SOCK_STREAM, 0);
	if (request.fd < 0)
		return trouble("socket");
	request.addr = (unsigned long)&to;
	request.off = sizeof(to);
	return submit(&request);
}

/* uring-sendmsg ADDRESS PORT */
static int act_sendmsg(int argc, char **argv)
{
	struct io_uring_sqe request = { .opcode = IORING_OP_SENDMSG, .len = 1 };
	struct iovec part = { .iov_base = "w", .iov_len = 1 };
	struct sockaddr_in to;
	struct msghdr message = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &part, .msg_iovlen = 1 };

	(void)argc;
	if (!target(argv[1], argv[2], &to))
		return trouble_text("bad address");
	request.fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (request.fd < 0)
		return trouble("socket");
	request.addr = (unsigned long)&message;
	return submit(&request);
}

/* From 6.11 on; older headers have no names for them. */
enum {
	RING_BIND = 56,
	RING_LISTEN = 57,
};

/* uring-bind ADDRESS PORT: a socket for datagrams */
static int act_bind(int argc, char **argv)
{
	struct io_uring_sqe request = { .opcode = RING_BIND };
	struct sockaddr_in at;

	(void)argc;
	if (!target(argv[1], argv[2], &at))
		return trouble_text("bad address");
	request.fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (request.fd < 0)
		return trouble("socket");
	request.addr = (unsigned long)&at;
	request.off = sizeof(at);
	return submit(&request);
}

/* uring-listen ADDRESS PORT */
static int act_listen(int argc, char **argv)
{
	struct io_uring_sqe request = { .opcode = RING_LISTEN, .len = 4 };
	struct sockaddr_in at;
	int one = 1;

	(void)argc;
	if (!target(argv[1], argv[2], &at))
		return trouble_text("bad address");
	request.fd = socket(AF_INET, SOCK_STREAM, 0);
	if (request.fd < 0 || setsockopt(request.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(request.fd, (struct sockaddr *)&at, sizeof(at)))
		return trouble("bind");
	return submit(&request);
}

static int open_by_ring(const char *path, unsigned flags)
{
	struct io_uring_sqe request = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (unsigned long)path, .flags = flags
	};

	return submit(&request);
}

/* uring-open PATH */
static int act_open(int argc, char **argv)
{
	(void)argc;
	return open_by_ring(argv[1], 0);
}

/* uring-open-async PATH: forced onto an io-wq worker, which is another task */
static int act_open_async(int argc, char **argv)
{
	(void)argc;
	return open_by_ring(argv[1], IOSQE_ASYNC);
}

const struct act uring_acts[] = {
	{ "uring-connect", 2, act_connect },
	{ "uring-sendmsg", 2, act_sendmsg },
	{ "uring-bind", 2, act_bind },
	{ "uring-listen", 2, act_listen },
	{ "uring-open", 1, act_open },
	{ "uring-open-async", 1, act_open_async },
	{ NULL, 0, NULL },
};
