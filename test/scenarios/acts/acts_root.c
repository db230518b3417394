/* SPDX-License-Identifier: Apache-2.0 -- acts of root against the kernel and the machine: modules, memory, disks, network */
#define _GNU_SOURCE
#include "acts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/kcmp.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <sys/io.h>
#endif

#define FTRACE_ENABLED "/proc/sys/kernel/ftrace_enabled"

/* Writes to a file that is there. Returns 0 or an errno. */
static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), result;

	if (fd < 0)
		return errno;
	result = answer(write(fd, text, strlen(text)));
	close(fd);
	return result;
}

/* ftrace-off: switches off what calls the hooks of a stock kernel, and on again */
static int act_ftrace_off(int argc, char **argv)
{
	int result = put(FTRACE_ENABLED, "0");

	(void)argc;
	(void)argv;
	put(FTRACE_ENABLED, "1");
	return result;
}

/* ftrace-read PATH: opens a file while that is switched off, if it can be */
static int act_ftrace_read(int argc, char **argv)
{
	int result;

	(void)argc;
	put(FTRACE_ENABLED, "0");
	result = answer(open(argv[1], O_RDONLY | O_CLOEXEC));
	put(FTRACE_ENABLED, "1");
	return result;
}

/* own-proc DIRECTORY NAME: opens a kernel setting for writing through a procfs of its own */
static int act_own_proc(int argc, char **argv)
{
	char path[512];

	(void)argc;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return trouble("mount namespace");
	if (mount("none", argv[1], "proc", 0, NULL))
		return errno;
	snprintf(path, sizeof(path), "%s/sys/kernel/%s", argv[1], argv[2]);
	return answer(open(path, O_WRONLY | O_CLOEXEC));
}

/* The module's name is its file's. */
static int unload(const char *path)
{
	const char *slash = strrchr(path, '/');
	char name[64];

	snprintf(name, sizeof(name), "%s", slash ? slash + 1 : path);
	name[strcspn(name, ".")] = '\0';
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? trouble("delete_module") : 0;
}

/* module-load FILE: by descriptor, and unloads it */
static int act_module_load(int argc, char **argv)
{
	int fd = open(argv[1], O_RDONLY | O_CLOEXEC);

	(void)argc;
	if (fd < 0)
		return trouble("open");
	return syscall(SYS_finit_module, fd, "", 0) ? errno : unload(argv[1]);
}

/* module-init FILE: as module-load, from memory */
static int act_module_init(int argc, char **argv)
{
	int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	struct stat about;
	void *image;

	(void)argc;
	if (fd < 0 || fstat(fd, &about))
		return trouble("open");
	image = mmap(NULL, about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED)
		return trouble("mmap");
	return syscall(SYS_init_module, image, about.st_size, "") ? errno : unload(argv[1]);
}

/* module-delete NAME */
static int act_module_delete(int argc, char **argv)
{
	(void)argc;
	return answer(syscall(SYS_delete_module, argv[1], O_NONBLOCK));
}

/* reboot-keys: says what Ctrl-Alt-Del does, which is what it does already: the right that a reboot needs, without one */
static int act_reboot_keys(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return answer(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_OFF, NULL));
}

/* kexec: no segments, which is no kernel to start */
static int act_kexec(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return answer(syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

/* io-ports CALL: iopl or ioperm, where the processor has ports */
static int act_io_ports(int argc, char **argv)
{
	(void)argc;
#if defined(__x86_64__)
	if (strcmp(argv[1], "iopl") == 0)
		return answer(iopl(3));
	return answer(ioperm(0x80, 1, 1));
#else
	(void)argv;
	return ENOSYS;
#endif
}

/* device TYPE MAJOR MINOR PATH [write]: makes a device file (TYPE is b or c) and opens it */
static int act_device(int argc, char **argv)
{
	mode_t type = argv[1][0] == 'b' ? S_IFBLK : S_IFCHR;
	int result;

	if (mknod(argv[4], type | 0600, makedev(number(argv[2]), number(argv[3]))))
		return errno;
	result = answer(open(argv[4], (argc > 5 ? O_WRONLY | O_NONBLOCK | O_NOCTTY : O_RDONLY) | O_CLOEXEC));
	unlink(argv[4]);
	return result;
}

/* binfmt DIRECTORY: registers a program for files that begin with a word, and takes it back */
static int act_binfmt(int argc, char **argv)
{
	char path[512];
	int result;

	(void)argc;
	snprintf(path, sizeof(path), "%s/register", argv[1]);
	result = put(path, ":act:M::no file begins with this::/bin/true:");
	if (result)
		return result;
	snprintf(path, sizeof(path), "%s/act", argv[1]);
	return put(path, "-1") ? trouble("taking it back") : 0;
}

static int set_flags(const char *device)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request))
		return trouble("SIOCGIFFLAGS");
	return answer(ioctl(fd, SIOCSIFFLAGS, &request));
}

/* interface-flags DEVICE: sets the flags that it has */
static int act_interface_flags(int argc, char **argv)
{
	(void)argc;
	return set_flags(argv[1]);
}

/* own-net KIND DEVICE: as interface-flags, in a network namespace of its own; KIND `user` makes it in a user namespace,
 * as who is not root does, `root` without */
static int act_own_net(int argc, char **argv)
{
	(void)argc;
	if (unshare(CLONE_NEWNET | (strcmp(argv[1], "user") == 0 ? CLONE_NEWUSER : 0)))
		return trouble("network namespace");
	return set_flags(argv[2]);
}

static int request_address(int fd, int kind, const char *address)
{
	struct {
		struct nlmsghdr head;
		struct ifaddrmsg body;
		struct rtattr attribute;
		struct in_addr address;
	} request = {
		.head = { .nlmsg_len = sizeof(request), .nlmsg_type = kind, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.body = { .ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = 1 },
		.attribute = { .rta_len = RTA_LENGTH(sizeof(struct in_addr)), .rta_type = IFA_LOCAL },
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr body;
		char echo[sizeof(request)];
	} reply;

	if (kind == RTM_NEWADDR)
		request.head.nlmsg_flags |= NLM_F_CREATE;
	if (inet_pton(AF_INET, address, &request.address) != 1)
		return trouble_text("bad address");
	if (send(fd, &request, sizeof(request), 0) < 0)
		return errno;
	if (recv(fd, &reply, sizeof(reply), 0) < 0 || reply.head.nlmsg_type != NLMSG_ERROR)
		return trouble("no answer of netlink");
	return -reply.body.error;
}

/* netlink-address ADDRESS: gives an address to the loopback device and takes it back */
static int act_netlink_address(int argc, char **argv)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), result;

	(void)argc;
	if (fd < 0)
		return trouble("socket");
	result = request_address(fd, RTM_NEWADDR, argv[1]);
	if (result)
		return result;
	return request_address(fd, RTM_DELADDR, argv[1]) ? trouble_text("taking it back") : 0;
}

/* tun NAME: a tunnel, for as long as the act lasts */
static int act_tun(int argc, char **argv)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	(void)argc;
	if (fd < 0)
		return trouble("/dev/net/tun");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", argv[1]);
	return answer(ioctl(fd, TUNSETIFF, &request));
}

static int sample(int pid, int processor, unsigned long flags)
{
	struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(event),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = 1000000,
		.sample_type = PERF_SAMPLE_IP,
		.disabled = 1,
	};

	return answer(syscall(SYS_perf_event_open, &event, pid, processor, -1, flags));
}

/* perf-processor: an event of all that runs on a processor */
static int act_perf_processor(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return sample(-1, 0, 0);
}

/* perf-cgroup DIRECTORY: an event of all that runs in a cgroup, on one processor */
static int act_perf_cgroup(int argc, char **argv)
{
	int fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)argc;
	if (fd < 0)
		return trouble("open of the cgroup");
	return sample(fd, 0, PERF_FLAG_PID_CGROUP);
}

/* perf-other PID: an event of another process */
static int act_perf_other(int argc, char **argv)
{
	(void)argc;
	return sample(number(argv[1]), -1, 0);
}

/* perf-child: an event of this process and of the children that it will have, and one of them */
static int act_perf_child(int argc, char **argv)
{
	struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(event),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.inherit = 1,
	};
	int pid;

	(void)argc;
	(void)argv;
	if (syscall(SYS_perf_event_open, &event, 0, -1, -1, 0) < 0)
		return errno;
	pid = fork();
	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : wait_result(pid);
}

/* perf-self: an event of this process alone */
static int act_perf_self(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return sample(0, -1, 0);
}

/* compare PID: whether another process's first descriptor is ours; any answer tells what the kernel holds for it */
static int act_compare(int argc, char **argv)
{
	(void)argc;
	return answer(syscall(SYS_kcmp, getpid(), (int)number(argv[1]), KCMP_FILE, 0L, 0L));
}

/* kernel-helper HOW MARK: has the kernel start a program of ours as root, by asking for a key that nobody has. It does
 * so as `/sbin/request-key create ...` in the root directory. HOW: the program is a file of ours, or the machine's shell,
 * by a link or by a mount; to a shell, `create` is a script. */
static int act_kernel_helper(int argc, char **argv)
{
	static const char helper[] = "/sbin/request-key", word[] = "/create", shell[] = "/bin/sh";
	const char *script = strcmp(argv[1], "file") == 0 ? helper : word, *mark = argv[2];
	int fd = open(script, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755), ran;

	(void)argc;
	if (fd < 0)
		return trouble("a program for request_key");
	dprintf(fd, "#!/bin/sh\n: >%s\n", mark);
	close(fd);
	if (strcmp(argv[1], "link") == 0 && symlink(shell, helper))
		return trouble("symlink");
	if (strcmp(argv[1], "mount") == 0 &&
	    (mknod(helper, S_IFREG | 0755, 0) || mount(shell, helper, NULL, MS_BIND, NULL)))
		return trouble("mount");
	unlink(mark);
	/* returns when the program has ended: its answer, that there is no key, is not what we look at */
	syscall(SYS_request_key, "user", "warden:act", "", -2 /* KEY_SPEC_PROCESS_KEYRING */);
	ran = access(mark, F_OK) == 0;
	if (strcmp(argv[1], "mount") == 0 && umount2(helper, MNT_DETACH))
		return trouble("umount");
	if (unlink(helper) || (script == word && unlink(word)) || (ran && unlink(mark)))
		return trouble("unlink");
	return ran ? 0 : EPERM;
}

const struct act root_acts[] = {
	{ "ftrace-off", 0, act_ftrace_off },
	{ "ftrace-read", 1, act_ftrace_read },
	{ "own-proc", 2, act_own_proc },
	{ "module-load", 1, act_module_load },
	{ "module-init", 1, act_module_init },
	{ "module-delete", 1, act_module_delete },
	{ "reboot-keys", 0, act_reboot_keys },
	{ "kexec", 0, act_kexec },
	{ "io-ports", 1, act_io_ports },
	{ "device", 4, act_device },
	{ "binfmt", 1, act_binfmt },
	{ "interface-flags", 1, act_interface_flags },
	{ "own-net", 2, act_own_net },
	{ "netlink-address", 1, act_netlink_address },
	{ "tun", 1, act_tun },
	{ "perf-processor", 0, act_perf_processor },
	{ "perf-cgroup", 1, act_perf_cgroup },
	{ "perf-other", 1, act_perf_other },
	{ "perf-child", 0, act_perf_child },
	{ "perf-self", 0, act_perf_self },
	{ "compare", 1, act_compare },
	{ "kernel-helper", 2, act_kernel_helper },
	{ NULL, 0, NULL },
};
