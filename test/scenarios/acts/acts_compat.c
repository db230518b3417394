/* SPDX-License-Identifier: Apache-2.0
 *
 * The same reach by the other system call table: a 32-bit program, made here byte for byte, since no machine need have
 * a compiler for it. It opens the file that its first argument names, and its exit status is the errno, or 0.
 */
#define _GNU_SOURCE
#include "acts.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOAD_ADDRESS 0x08048000u

#if defined(__x86_64__)
#define MACHINE EM_386
#define FLAGS	0
static const unsigned char code[] = {
	0xb8, 0x05, 0x00, 0x00, 0x00, /* mov $5, %eax: open */
	0x8b, 0x5c, 0x24, 0x08,	      /* mov 8(%esp), %ebx: the first argument */
	0x31, 0xc9,		      /* xor %ecx, %ecx: O_RDONLY */
	0xcd, 0x80,		      /* int $0x80 */
	0x31, 0xdb,		      /* xor %ebx, %ebx */
	0x85, 0xc0,		      /* test %eax, %eax */
	0x79, 0x04,		      /* jns past the next two */
	0x89, 0xc3,		      /* mov %eax, %ebx */
	0xf7, 0xdb,		      /* neg %ebx */
	0xb8, 0x01, 0x00, 0x00, 0x00, /* mov $1, %eax: exit */
	0xcd, 0x80,		      /* int $0x80 */
};
#elif defined(__aarch64__)
#define MACHINE EM_ARM
#define FLAGS	EF_ARM_EABI_VER5
static const unsigned code[] = {
	0xe3a07005, /* mov r7, #5: open */
	0xe59d0008, /* ldr r0, [sp, #8]: the first argument */
	0xe3a01000, /* mov r1, #0: O_RDONLY */
	0xe3a02000, /* mov r2, #0 */
	0xef000000, /* svc 0 */
	0xe3500000, /* cmp r0, #0 */
	0xa3a00000, /* movge r0, #0 */
	0xb2600000, /* rsblt r0, r0, #0 */
	0xe3a07001, /* mov r7, #1: exit */
	0xef000000, /* svc 0 */
};
#endif

struct program {
	Elf32_Ehdr head;
	Elf32_Phdr segment;
	unsigned char code[sizeof(code)];
};

static int make_program(const char *path)
{
	struct program program = {
		.head = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = MACHINE,
			.e_version = EV_CURRENT,
			.e_entry = LOAD_ADDRESS + offsetof(struct program, code),
			.e_phoff = offsetof(struct program, segment),
			.e_flags = FLAGS,
			.e_ehsize = sizeof(Elf32_Ehdr),
			.e_phentsize = sizeof(Elf32_Phdr),
			.e_phnum = 1,
		},
		.segment = {
			.p_type = PT_LOAD,
			.p_vaddr = LOAD_ADDRESS,
			.p_paddr = LOAD_ADDRESS,
			.p_filesz = sizeof(program),
			.p_memsz = sizeof(program),
			.p_flags = PF_R | PF_X,
			.p_align = 0x1000,
		},
	};
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755), failed;

	memcpy(program.code, code, sizeof(code));
	if (fd < 0)
		return -1;
	failed = write(fd, &program, sizeof(program)) != sizeof(program);
	return close(fd) || failed ? -1 : 0;
}

/* compat-open PROGRAM PATH: makes a 32-bit program at PROGRAM, and has it open PATH for reading */
static int act_compat_open(int argc, char **argv)
{
	int pid, status;

	(void)argc;
	if (make_program(argv[1]))
		return trouble("a 32-bit program");
	pid = fork();
	if (pid < 0)
		return trouble("fork");
	if (pid == 0) {
		take_part();
		alarm(ACT_SECONDS);
		execl(argv[1], argv[1], argv[2], NULL);
		outcome->result = errno;
		_exit(1);
	}
	if (waitpid(pid, &status, 0) < 0)
		return trouble("waitpid");
	unlink(argv[1]);
	if (outcome->result != UNSET)
		return outcome->result;
	return WIFEXITED(status) ? WEXITSTATUS(status) : trouble_text("the 32-bit program was killed");
}

const struct act compat_acts[] = {
	{ "compat-open", 2, act_compat_open },
	{ NULL, 0, NULL },
};
