// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* One object of all programs, for one of the two flavours (WARDEN_FLAVOUR_LSM). */
#include "lib/core.h"
#include "lifecycle.bpf.c"
#include "container.bpf.c"
#include "net.bpf.c"
#include "listen.bpf.c"
#include "exec.bpf.c"
#include "file.bpf.c"
#include "attributes.bpf.c"
#include "process.bpf.c"
#include "guard.bpf.c"
#include "root.bpf.c"
#include "unix.bpf.c"

char LICENSE[] SEC("license") = "GPL";
