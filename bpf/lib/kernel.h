/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The few kernel types Warden touches, with the few fields it reads. CO-RE relocates each access to the running
 * kernel's layout, so only names matter here; order and size do not. Types that changed their shape between
 * kernels are told apart by their fields (___old suffixes are ignored by the relocation).
 */
#ifndef WARDEN_LIB_KERNEL_H
#define WARDEN_LIB_KERNEL_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;
typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef s32 __s32;
typedef s64 __s64;
typedef u16 __be16;
typedef u32 __be32;
typedef u64 __be64;
typedef u32 __wsum;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_F_NO_PREALLOC = 1,
	BPF_F_CLONE = 1 << 9,
	BPF_SK_STORAGE_GET_F_CREATE = 1,
	BPF_RB_FORCE_WAKEUP = 2,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct dentry;
struct user_namespace;

struct super_block {
	u32 s_dev;
	unsigned long s_flags;
	unsigned long s_magic;
	struct dentry *s_root;
	struct user_namespace *s_user_ns;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};

struct mount {
	struct mount *mnt_parent;
	struct vfsmount mnt;
	int mnt_t_flags; /* from 6.17 */
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct timespec64 {
	s64 tv_sec;
};

struct inode {
	u16 i_mode;
	struct {
		u32 val;
	} i_uid;
	struct super_block *i_sb;
	u32 i_rdev;
	struct timespec64 i_ctime;   /* before 6.6 */
	struct timespec64 __i_ctime; /* 6.6 to 6.10 */
	s64 i_ctime_sec;	     /* from 6.11 */
	unsigned long i_ino;
	u32 i_generation;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	unsigned int f_flags;
	unsigned int f_mode;
	struct path f_path;
	struct inode *f_inode;
	void *private_data;
};

struct kernfs_node {
	u64 id;
	const char *name;
};

struct cgroup_root {
	int hierarchy_id; /* 0: the unified one */
};

struct cgroup {
	int level;
	struct cgroup_root *root;
	struct kernfs_node *kn;
	u64 ancestor_ids[1];	     /* before 6.1 */
	struct cgroup *ancestors[1]; /* from 6.1 */
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct fs_struct {
	struct path pwd;
};

struct mm_struct {
	unsigned long arg_start, arg_end, env_start, env_end;
};

struct user_namespace {
	int level;
};

typedef struct {
	u32 cap[2]; /* 64 bits in one piece from 6.3 on: the same on little-endian machines */
} kernel_cap_t;

struct cred {
	struct {
		u32 val;
	} uid, euid;
	kernel_cap_t cap_effective;
	struct user_namespace *user_ns;
};

typedef struct {
	int counter;
} atomic_t;

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct signal_struct {
	atomic_t live;
};

struct io_uring_task;

struct hlist_node {
	struct hlist_node *next;
};

struct task_struct {
	unsigned int flags;
	unsigned int personality;
	int pid, tgid;
	u64 start_boottime;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	const struct cred *real_cred;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct pid *thread_pid;
	struct mm_struct *mm;
	struct css_set *cgroups;
	struct signal_struct *signal;
	struct nsproxy *nsproxy;
	struct io_uring_task *io_uring;
	struct hlist_node pid_links[1];
};

struct hlist_head {
	struct hlist_node *first;
};

struct pid {
	unsigned int level;
	struct hlist_head tasks[1];
};

struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

struct hw_perf_event {
	struct task_struct *target;
};

struct perf_event {
	unsigned int attach_state;
	struct hw_perf_event hw;
	struct perf_event *parent;
};

struct file_system_type {
	const char *name;
};

struct fs_context {
	struct file_system_type *fs_type;
};

struct iattr {
	unsigned int ia_valid;
};

struct linux_binprm {
	struct file *file;
	const struct cred *cred;
	const char *filename;
	const char *interp;
};

struct vm_area_struct {
	struct file *vm_file;
};

struct in6_addr {
	u8 s6_addr_[16];
};

struct list_head {
	struct list_head *next;
};

struct in_ifaddr {
	struct in_ifaddr *ifa_next;
	__be32 ifa_local, ifa_mask;
};

struct in_device {
	struct in_ifaddr *ifa_list;
};

struct rtnl_link_ops {
	const char *kind;
};

struct net_device {
	struct list_head dev_list;
	struct in_device *ip_ptr;
	const struct rtnl_link_ops *rtnl_link_ops;
};

struct net {
	struct list_head dev_base_head;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	possible_net_t skc_net;
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	u16 skc_num; /* the port it is bound to, host order */
	u16 skc_family;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
	u64 val; /* before 5.14 */
};

struct sock {
	struct sock_common __sk_common;
	u16 sk_protocol;
	u8 sk_userlocks : 4;
	struct sock_cgroup_data sk_cgrp_data;
};

struct mptcp_sock {
	struct sock *first;
};

struct unix_address {
	int len;
	struct {
		u16 sun_family;
		char sun_path[1];
	} name[1];
};

struct unix_sock {
	struct sock sk;
	struct unix_address *addr;
	struct path path;
};

struct socket {
	short type;
	struct sock *sk;
};

struct sockaddr {
	u16 sa_family;
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
};

#pragma clang attribute pop

/* Sent by user space and by the UAPI, so without relocation. */
struct bpf_sock {
	__u32 bound_dev_if, family, type, protocol, mark, priority;
	__u32 src_ip4, src_ip6[4];
	__u32 src_port; /* host order */
	__be16 dst_port;
	u16 : 16;
	__u32 dst_ip4, dst_ip6[4];
	__u32 state;
};

struct bpf_sock_addr {
	__u32 user_family;
	__u32 user_ip4;
	__u32 user_ip6[4];
	__u32 user_port;
	__u32 family;
	__u32 type;
	__u32 protocol;
	__u32 msg_src_ip4;
	__u32 msg_src_ip6[4];
	union {
		struct bpf_sock *sk;
		u64 : 64;
	} __attribute__((aligned(8)));
};

/* What of bpf(2)'s arguments programs for devices take, at the UAPI's places. */
union bpf_attr {
	struct {
		__u32 prog_type;
	};
	struct {
		__u32 target_fd;
		__u32 attach_bpf_fd;
		__u32 attach_type;
	} attach;
	struct {
		__u32 target_fd;
		__u32 attach_type;
	} query;
};

struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;
	__u32 vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid;
	__u32 data, data_end, napi_id, family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4];
	__u32 remote_port, local_port, data_meta;
	u64 flow_keys __attribute__((aligned(8)));
	u64 tstamp;
	__u32 wire_len, gso_segs;
	union {
		struct bpf_sock *sk;
		u64 : 64;
	} __attribute__((aligned(8)));
};

/* Addresses and headers, as the UAPI and the wire have them. */
struct sockaddr_in {
	u16 sin_family;
	__be16 sin_port;
	__be32 sin_addr;
};

struct iphdr {
	u8 version_length;
	u8 service;
	__be16 length, id, fragment;
	u8 ttl, protocol;
	__be16 checksum;
	__be32 source, destination;
};

struct ports {
	__be16 source, destination;
};

struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

/* Values of the kernel's that are constants of its ABI or have not changed since 5.10. */
enum {
	EPERM_ = 1,
	ENOPARAM_ = 519,
	FS_OPEN_PERM = 0x10000,
	FS_ACCESS_PERM = 0x20000,
	FS_OPEN_EXEC_PERM = 0x40000,
	FS_PRE_ACCESS = 0x100000, /* 6.14 */
	MAY_WRITE = 2,
	FMODE_READ = 0x1,
	FMODE_WRITE = 0x2,
	FMODE_EXEC = 0x20,
	FMODE_BACKING = 0x2000000, /* 6.5: opened by a stacking file system on its own behalf */
	O_TRUNC = 01000,
	PROT_READ = 1,
	PROT_EXEC = 4,
	READ_IMPLIES_EXEC = 0x0400000,
	PF_IO_WORKER = 0x10,
	PF_DUMPCORE = 0x200,
	PF_KTHREAD = 0x200000,
	S_IFMT = 0170000,
	S_IFDIR = 0040000,
	S_IFCHR = 0020000,
	S_IFBLK = 0060000,
	S_ISUID = 04000,
	S_IFIFO = 0010000,
	S_IFSOCK = 0140000,
	AF_UNSPEC = 0,
	AF_UNIX = 1,
	AF_INET = 2,
	AF_INET6 = 10,
	AF_NETLINK = 16,
	SOCK_STREAM = 1,
	SOCK_DGRAM = 2,
	SOCK_BINDADDR_LOCK = 4,
	TCP_LISTEN = 10,
	IPPROTO_HOPOPTS = 0,
	IPPROTO_TCP = 6,
	IPPROTO_UDP = 17,
	IPPROTO_ICMPV6 = 58,
	IPPROTO_UDPLITE = 136,
	IPPROTO_MPTCP = 262,
	MLD_REPORT = 131,
	MLD_DONE = 132,
	NDP_ROUTER_SOLICITATION = 133,
	NDP_SOLICITATION = 135,
	NDP_ADVERTISEMENT = 136,
	MLD2_REPORT = 143,
	ATTR_MODE = 0x1,
	ATTR_UID = 0x2,
	ATTR_GID = 0x4,
	ATTR_SIZE = 0x8,
	ATTR_ATIME_SET = 0x80,
	ATTR_MTIME_SET = 0x100,
	ATTR_FORCE = 0x200,
	ATTR_TOUCH = 0x20000,
	CAP_CHOWN = 0,
	CAP_DAC_OVERRIDE = 1,
	CAP_DAC_READ_SEARCH = 2,
	CAP_FOWNER = 3,
	CAP_SETGID = 6,
	CAP_SETUID = 7,
	CAP_SETPCAP = 8,
	CAP_SYS_CHROOT = 18,
	CAP_SYS_PTRACE = 19,
	CAP_SYS_ADMIN = 21,
	CAP_MKNOD = 27,
	CAP_SETFCAP = 31,
	CAP_PERFMON = 38,
	CAP_BPF = 39,
	CAP_CHECKPOINT_RESTORE = 40,
	CAP_NET_ADMIN = 12,
	CAP_SYS_MODULE = 16,
	CAP_SYS_RAWIO = 17,
	CAP_SYS_BOOT = 22,
	CAP_SYS_TIME = 25,
	CAP_MAC_OVERRIDE = 32,
	CAP_MAC_ADMIN = 33,
	CAP_OPT_NOAUDIT = 2,
	PERF_ATTACH_TASK = 4,
	PERF_SECURITY_CPU = 1,
	PERF_SECURITY_LAST = 3,
	SIGKILL = 9,
	MS_MOVE = 8192,
	MS_PROPAGATION = 1 << 17 | 1 << 18 | 1 << 19 | 1 << 20,
	MNT_SHARED = 0x1000, /* before 6.17, in mnt_flags */
	T_SHARED = 1,	     /* since, in mnt_t_flags */
	SSH_PORT = 22,
	ETH_P_IP = 0x0800,
	ETH_P_IPV6 = 0x86DD,
	PTRACE_MODE_NOAUDIT = 0x04,
	BPF_PROG_LOAD = 5,
	BPF_PROG_ATTACH = 8,
	BPF_PROG_DETACH = 9,
	BPF_PROG_GET_FD_BY_ID = 13,
	BPF_PROG_QUERY = 16,
	BPF_PROG_TYPE_CGROUP_DEVICE = 15,
	BPF_CGROUP_DEVICE = 6,
};

/* Of include/uapi: fs.h, fsverity.h, asm-generic/ioctls.h; and ext4's own. */
enum {
	FS_IOC_SETFLAGS = 0x40086602,
	FS_IOC32_SETFLAGS = 0x40046602,
	FS_IOC_FSSETXATTR = 0x401c5820,
	FS_IOC_ENABLE_VERITY = 0x40806685,
	FS_IOC_SETVERSION = 0x40087602,
	FS_IOC32_SETVERSION = 0x40047602,
	EXT4_IOC_SETVERSION = 0x40086604,
	EXT4_IOC32_SETVERSION = 0x40046604,
	EXT4_IOC_SWAP_BOOT = 0x6611,
	TIOCSTI = 0x5412,
	TIOCLINUX = 0x541c,
};

#define SB_NOUSER	      (1UL << 31)
#define CLONE_INTO_CGROUP     0x200000000ULL
#define PROC_SUPER_MAGIC      0x9fa0
#define BPF_FS_MAGIC	      0xcafe4a11
#define CGROUP_SUPER_MAGIC    0x27e0eb
#define CGROUP2_SUPER_MAGIC   0x63677270
#define SYSFS_MAGIC	      0x62656572
#define SECURITYFS_MAGIC      0x73636673
#define DEBUGFS_MAGIC	      0x64626720
#define TRACEFS_MAGIC	      0x74726163
#define BINFMTFS_MAGIC	      0x42494e4d
#define CONFIGFS_MAGIC	      0x62656570
#define NFSD_MAGIC	      0x6e667364
#define EFIVARFS_MAGIC	      0xde5e81e4
#define TMPFS_MAGIC	      0x01021994
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#define EXT4_SUPER_MAGIC      0xEF53
#define XFS_SUPER_MAGIC	      0x58465342
#define FUSE_SUPER_MAGIC      0x65735546
#define NSFS_MAGIC	      0x6e736673
#define RENAME_EXCHANGE	      2

#endif
