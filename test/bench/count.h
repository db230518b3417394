/* SPDX-License-Identifier: Apache-2.0
 *
 * The count of instructions. Under `-icount shift=0` the emulated processor's time stamp counter goes up by one for each
 * instruction, and by as many as there are nanoseconds to the next timer when the processor sleeps. Reading it is exact:
 * the emulator ends a block of translated code there. Scaled clocks (clock_gettime) are off by one now and then.
 */
#ifndef WARDEN_BENCH_COUNT_H
#define WARDEN_BENCH_COUNT_H

#ifndef __x86_64__
#error "the counter of other processors is too coarse: measure on x86_64"
#endif

static inline __attribute__((always_inline)) unsigned long instructions(void)
{
	unsigned int low, high;

	/* not before what was written above, nor after what is written below */
	asm volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (unsigned long)high << 32 | low;
}

#define KNOWN 1000

/* So many instructions, and the reading of the counter. */
static inline unsigned long count_known(void)
{
	unsigned long before = instructions();

	asm volatile(".rept %c0\n\tnop\n\t.endr" : : "i"(KNOWN) : "memory");
	return instructions() - before;
}

#endif
