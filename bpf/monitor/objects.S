/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two BPF objects, inside the monitor: one file to check and to copy, nothing to look for at run time.
 * The assembler finds them by -Wa,-I; libbpf reads them in place, and wants an ELF header to be aligned.
 */

.macro embed name, file
	.section .rodata.\name, "a", %progbits
	.balign 16
	.global \name\()_start
	.type \name\()_start, %object
\name\()_start:
	.incbin "\file"
	.global \name\()_end
	.type \name\()_end, %object
\name\()_end:
	.size \name\()_start, . - \name\()_start
.endm

	embed warden_lsm, "warden-lsm.bpf.o"
	embed warden_fmod, "warden-fmod.bpf.o"

	.section .note.GNU-stack, "", %progbits
