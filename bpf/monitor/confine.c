// SPDX-License-Identifier: Apache-2.0
/*
 * What the monitor gives up once everything is attached.
 *
 * Kept capabilities, each with its reason:
 *   BPF              map updates while unprivileged BPF is off (5.10 to 5.18 ask for it on every bpf(2))
 *   SETUID, SETGID   a restarted agent becomes its own user
 *   KILL             ending what outlives the job, and the agent
 *   DAC_OVERRIDE     resolving a policy's paths below private home directories; removing the session's cgroup,
 *                    whose parent directory may be writable by nobody (the root of cgroupfs is)
 *
 * The system-call list is for the monitor and the agent (Node), which inherits it: what is missing is what neither
 * needs and an intruder would want, mounts, modules, keys, namespaces, ptrace, other processes' memory. bpf(2) may
 * only read and write maps.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "monitor.h"

#ifndef CAP_BPF
#define CAP_BPF 39
#endif

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "Warden runs on x86_64 and aarch64"
#endif

static const int kept[] = { CAP_BPF, CAP_SETUID, CAP_SETGID, CAP_KILL, CAP_DAC_OVERRIDE };

static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	for (int cap = 0; cap < 64; cap++) {
		bool keep = false;

		for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
			keep |= kept[i] == cap;
		if (keep) {
			data[cap / 32].permitted |= 1u << cap % 32;
			data[cap / 32].effective |= 1u << cap % 32;
		} else if (prctl(PR_CAPBSET_DROP, cap) && errno != EINVAL) {
			return -1; /* EINVAL: beyond this kernel's last capability */
		}
	}
	return syscall(SYS_capset, &head, data);
}

/* clang-format off: a table, a subject a paragraph */
static const int allowed[] = {
	/* files and descriptors */
	SYS_read,
	SYS_write,
	SYS_readv,
	SYS_writev,
	SYS_pread64,
	SYS_pwrite64,
	SYS_openat,
	SYS_close,
	SYS_fstat,
	SYS_newfstatat,
	SYS_statx,
	SYS_lseek,
	SYS_ftruncate,
	SYS_fsync,
	SYS_fdatasync,
	SYS_flock,
	SYS_fcntl,
	SYS_ioctl,
	SYS_dup,
	SYS_dup3,
	SYS_pipe2,
	SYS_faccessat,
	SYS_readlinkat,
	SYS_getdents64,
	SYS_mkdirat,
	SYS_unlinkat,
	SYS_renameat,
	SYS_linkat,
	SYS_symlinkat,
	SYS_mknodat,
	SYS_fchmod,
	SYS_fchmodat,
	SYS_truncate,
	SYS_umask,
	SYS_getcwd,
	SYS_fchownat,
	SYS_utimensat,
	SYS_fadvise64,
	SYS_memfd_create,
	SYS_statfs,
	SYS_fstatfs,
	SYS_sendfile,
#ifdef SYS_faccessat2
	SYS_faccessat2,
#endif
#ifdef SYS_close_range
	SYS_close_range,
#endif
#ifdef SYS_renameat2
	SYS_renameat2,
#endif
#ifdef __x86_64__
	SYS_open,
	SYS_stat,
	SYS_lstat,
	SYS_access,
	SYS_readlink,
	SYS_mkdir,
	SYS_rmdir,
	SYS_unlink,
	SYS_rename,
	SYS_link,
	SYS_symlink,
	SYS_mknod,
	SYS_chmod,
	SYS_chown,
	SYS_pipe,
	SYS_dup2,
	SYS_poll,
	SYS_epoll_wait,
	SYS_epoll_create,
	SYS_eventfd,
	SYS_arch_prctl,
	SYS_fork,
	SYS_vfork,
	SYS_getpgrp,
	SYS_time,
	SYS_select,
	SYS_getdents,
#endif
	/* waiting */
	SYS_ppoll,
	SYS_pselect6,
	SYS_epoll_create1,
	SYS_epoll_ctl,
	SYS_epoll_pwait,
	SYS_eventfd2,
	SYS_timerfd_create,
	SYS_timerfd_settime,
	SYS_signalfd4,
	SYS_nanosleep,
	SYS_clock_nanosleep,
	SYS_clock_gettime,
	SYS_clock_getres,
	SYS_gettimeofday,
	SYS_restart_syscall,
	SYS_inotify_init1,
	SYS_inotify_add_watch,
	SYS_inotify_rm_watch,
	/* sockets */
	SYS_socket,
	SYS_socketpair,
	SYS_bind,
	SYS_listen,
	SYS_accept,
	SYS_accept4,
	SYS_connect,
	SYS_getsockname,
	SYS_getpeername,
	SYS_getsockopt,
	SYS_setsockopt,
	SYS_sendto,
	SYS_recvfrom,
	SYS_sendmsg,
	SYS_recvmsg,
	SYS_sendmmsg,
	SYS_recvmmsg,
	SYS_shutdown,
	/* memory */
	SYS_mmap,
	SYS_munmap,
	SYS_mremap,
	SYS_mprotect,
	SYS_madvise,
	SYS_brk,
	SYS_mlock,
	SYS_membarrier,
	SYS_mincore,
#ifdef SYS_pkey_alloc
	SYS_pkey_alloc,
	SYS_pkey_mprotect,
	SYS_pkey_free,
#endif
	/* processes, threads, signals */
	SYS_clone,
	SYS_clone3,
	SYS_execve,
	SYS_execveat,
	SYS_exit,
	SYS_exit_group,
	SYS_wait4,
	SYS_waitid,
	SYS_kill,
	SYS_tgkill,
	SYS_tkill,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_rt_sigpending,
	SYS_rt_sigtimedwait,
	SYS_rt_sigsuspend,
	SYS_sigaltstack,
	SYS_futex,
	SYS_set_robust_list,
	SYS_get_robust_list,
	SYS_set_tid_address,
	SYS_rseq,
	SYS_sched_yield,
	SYS_sched_getaffinity,
	SYS_sched_setaffinity,
	SYS_sched_getparam,
	SYS_sched_getscheduler,
	SYS_sched_get_priority_max,
	SYS_sched_get_priority_min,
	SYS_sched_setscheduler,
	SYS_getpriority,
	SYS_setpriority,
	SYS_getpid,
	SYS_getppid,
	SYS_gettid,
	SYS_getpgid,
	SYS_getsid,
	SYS_setsid,
	SYS_setpgid,
	SYS_pidfd_open,
	SYS_pidfd_send_signal,
	SYS_personality,
	/* who and where we are */
	SYS_getuid,
	SYS_geteuid,
	SYS_getgid,
	SYS_getegid,
	SYS_getresuid,
	SYS_getresgid,
	SYS_getgroups,
	SYS_setgroups,
	SYS_setresuid,
	SYS_setresgid,
	SYS_setuid,
	SYS_setgid,
	SYS_capget,
	SYS_capset,
	SYS_prctl,
	SYS_prlimit64,
	SYS_getrlimit,
	SYS_setrlimit,
	SYS_getrusage,
	SYS_uname,
	SYS_sysinfo,
	SYS_getrandom,
	SYS_getcpu,
	SYS_times,
	SYS_chdir,
	SYS_fchdir,
	SYS_seccomp,
};
/* clang-format on */

static const int bpf_commands[] = {
	BPF_MAP_LOOKUP_ELEM,
	BPF_MAP_UPDATE_ELEM,
	BPF_MAP_DELETE_ELEM,
	BPF_MAP_GET_NEXT_KEY,
};

#define COUNT(array)  (sizeof(array) / sizeof(*(array)))
#define LOAD(field)   (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(value) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, value)
/* If equal go on with the next instruction, which is a return; otherwise skip it. */
#define IF(value) (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)

static int limit_system_calls(void)
{
	struct sock_filter code[2 * COUNT(allowed) + 2 * COUNT(bpf_commands) + 16];
	struct sock_fprog program = { .filter = code };
	size_t n = 0;

	code[n++] = LOAD(arch);
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	code[n++] = RETURN(SECCOMP_RET_KILL_PROCESS);
	code[n++] = LOAD(nr);
	for (size_t i = 0; i < COUNT(allowed); i++) {
		code[n++] = IF(allowed[i]);
		code[n++] = RETURN(SECCOMP_RET_ALLOW);
	}
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 1, 0);
	code[n++] = RETURN(SECCOMP_RET_ERRNO | EPERM);
	code[n++] = LOAD(args[0]);
	for (size_t i = 0; i < COUNT(bpf_commands); i++) {
		code[n++] = IF(bpf_commands[i]);
		code[n++] = RETURN(SECCOMP_RET_ALLOW);
	}
	code[n++] = RETURN(SECCOMP_RET_ERRNO | EPERM);
	program.len = n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int confine(void)
{
	if (drop_capabilities())
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return limit_system_calls();
}
