// SPDX-License-Identifier: Apache-2.0
/*
 * The kernel side remembers its verdicts on destinations (lib/net.h) for one epoch, in which the rules on addresses stay
 * what they are. It ends before they change, and the next one begins when every program that saw them as they were is
 * over. That is what membarrier waits for: it is the kernel's synchronize_rcu, and programs run in RCU read sections. A
 * kernel that has no such wait (with nohz_full) has no epochs, and remembers nothing.
 */
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "monitor.h"

void epoch_end(struct programs *programs)
{
	__atomic_store_n(&programs->state->epoch, WARDEN_NO_EPOCH, __ATOMIC_SEQ_CST);
}

void epoch_begin(struct programs *programs)
{
	struct warden_state *state = programs->state;

	if (state->epoch != WARDEN_NO_EPOCH || programs->no_epochs)
		return;
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0)) {
		programs->no_epochs = true;
		return;
	}
	/* before numbers are used again, nothing may be left of their first use */
	if (programs->epoch == WARDEN_LAST_EPOCH) {
		memset(state->destinations, 0, sizeof(state->destinations));
		programs->epoch = 0;
	}
	programs->epoch = programs->epoch ? programs->epoch + 1 : WARDEN_FIRST_EPOCH;
	__atomic_store_n(&state->epoch, programs->epoch, __ATOMIC_SEQ_CST);
}
