// SPDX-License-Identifier: Apache-2.0
/* What this kernel can do, asked of the kernel itself; its version only where nothing else tells. */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "monitor.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool lsm_has_bpf(void)
{
	char text[1024] = {};
	bool found = false;
	char *list = text, *one;
	int fd = open("/sys/kernel/security/lsm", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) > 0)
		while ((one = strsep(&list, ",\n")))
			found |= !strcmp(one, "bpf");
	close(fd);
	return found;
}

/* Does a program like the flavour's own load? Verified, and never attached. */
static bool loads(u32 flavour, const struct bpf_insn *code, size_t count)
{
	bool lsm = flavour == WARDEN_BY_LSM;
	enum bpf_attach_type how = lsm ? BPF_LSM_MAC : BPF_MODIFY_RETURN;
	int id = libbpf_find_vmlinux_btf_id(lsm ? "file_open" : "security_file_open", how);
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = how);
	int fd;

	if (id < 0)
		return false;
	opts.attach_btf_id = id;
	fd = bpf_prog_load(lsm ? BPF_PROG_TYPE_LSM : BPF_PROG_TYPE_TRACING, "warden_probe", "GPL", code, count, &opts);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static bool loads_raw(const struct bpf_insn *code, size_t count)
{
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "warden_probe", "GPL", code, count, NULL);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

u32 kernel_flavour(void)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	u32 flavour = lsm_has_bpf() ? WARDEN_BY_LSM : WARDEN_BY_FMOD_RET;

	return loads(flavour, code, COUNT(code)) ? flavour : WARDEN_BY_NONE;
}

bool kernel_has_ancestor_helper(u32 flavour)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1, .imm = 1 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_ancestor_cgroup_id },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return loads_raw(code, COUNT(code)) && (flavour == WARDEN_BY_NONE || loads(flavour, code, COUNT(code)));
}

bool kernel_before(unsigned int major, unsigned int minor)
{
	unsigned int have_major = 0, have_minor = 0;
	struct utsname kernel;

	if (uname(&kernel) || sscanf(kernel.release, "%u.%u", &have_major, &have_minor) != 2)
		return false;
	return have_major < major || (have_major == major && have_minor < minor);
}
