/**
 * What proves each row of docs/policy-semantics.md that says ENFORCED, by the beginning of the row: ids of scenarios,
 * or `FILE: NAME` for a test in another file.
 */
export const proofs: Readonly<Record<string, readonly string[]>> = {
  "deny beats allow": ["network/denied-inside-allowed-prefix", "test/demo/acts.ts: workflow"],
  "`[files.delete]` without `default`": ["write/default-deny-unlink", "write/unlink"],
  "of addresses: a deny": [
    "network/denied-inside-allowed-prefix",
    "src/kernel/addresses.test.ts: deny beats allow, whatever came and went",
  ],
  "every task whose cgroup": [
    "scope/child-connects",
    "scope/grandchild-opens",
    "scope/daemon-opens",
    "scope/thread-connects",
    "scope/new-session-opens",
    "read/as-root",
    "scope/outside-connects",
  ],
  "io_uring, also by": ["read/io-uring", "read/io-uring-worker", "network/io-uring-connect"],
  "an exact path is": [
    "read/exact",
    "read/hard-link",
    "read/symlink",
    "read/proc-self-root",
    "read/bind-mount",
    "read/bind-mount-in-user-namespace",
  ],
  "it is also its place": ["read/replaced", "read/recreated", "exec/replaced"],
  "a subtree `dir/**`": ["read/subtree-deep", "read/symlink-to-directory", "read/proc-self-cwd", "read/openat"],
  "it is also the root": ["test/bpf/rules_test.c: a_trees_rule_stands_on_mounts_below"],
  "`**/NAME` is": ["read/name-anywhere", "read/symlink-to-name", "test/bpf/rules_test.c: names_have_a_longest"],
  "where writing or deleting": ["write/rename-parent-of-denied"],
  "a file that does not exist yet": ["write/create-not-yet-there", "write/rename-to-not-yet-there"],
  "of a path with more": ["test/bpf/rules_test.c: several_names_missing_deny_the_first_whole"],
  "an allowed name is": [
    "network/allowed-host-name",
    "src/egress/leases.test.ts: an address that is gone from the answer stays for its time to live and a grace",
  ],
  "a name that does not resolve": [
    "network/other-host-name",
    "src/egress/leases.test.ts: a name that does not resolve is tried again, less and less often",
  ],
  "a denied name is": [
    "network/denied-inside-allowed-prefix",
    "test/bpf/rules_test.c: what_is_denied_stays_denied",
    "src/kernel/rules-to-frames.test.ts: lease one address each",
  ],
  "nothing else is let in": [
    "network/other-host-name",
    "src/kernel/rules-to-frames.test.ts: need the resolvers, when the rest is denied",
  ],
  "bpf(2)": ["guard/bpf-map", "guard/bpf-prog", "guard/bpf-ids", "guard/bpf-get-pin"],
  "opening files of cgroup": [
    "guard/leave-cgroup",
    "guard/make-cgroup",
    "guard/second-cgroup-mount",
    "guard/unlink-pin",
    "guard/unmount-bpffs",
  ],
  "starting a process": ["guard/clone-into-cgroup"],
  "signals to the monitor": [
    "guard/kill-agent",
    "guard/kill-monitor",
    "guard/pidfd-kill-monitor",
    "guard/limit-agent",
    "guard/limit-monitor",
    "guard/ptrace-agent",
    "guard/ptrace-monitor",
  ],
  "reading and changing what is": [
    "guard/bundle-write",
    "guard/mount-over-state",
    "guard/rename-state",
    "guard/post-write",
    "guard/runtime-unlink",
    "test/bpf/rules_test.c: the_guards_own_rules_hold_in_audit_mode",
  ],
  "it denies link-local": [
    "network/connect4-tcp",
    "src/kernel/doors.test.ts: give way to the machine's resolver, but the metadata services do not",
  ],
  // run them with --kernel 6.1 and --kernel 5.10
  "before Linux 6.5": ["read/overlay", "read/overlay-in-user-namespace", "network/io-uring-connect"],
  "reading `/proc/kcore`": ["guard/kernel-memory", "guard/core-pattern", "guard/modprobe-path"],
};
