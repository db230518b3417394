import { BTRFS_FILES, DEEP_FILE, DEEP_MOUNT, READ } from "../places.ts";
import type { EventPattern, Scenario } from "../scenario.ts";

const open: readonly EventPattern[] = [{ kind: "file", hooks: ["open"] }];
const relink: readonly EventPattern[] = [{ kind: "file", hooks: ["link", "rename"] }];
/** A guard may refuse the mount, or let it be and know the file all the same. */
const mount: readonly EventPattern[] = [...open, { kind: "guard" }];

/** Where a kernel cannot tell io_uring's workers apart, there is no ring to be had. */
const ring = { absentWhen: ["ENOSYS"], withoutMeans: ["EOPNOTSUPP"] } as const;

/** Where a kernel has no btrfs, there is no such file. */
const btrfs = { absentWhen: ["ENOENT"] } as const;

function deny(id: string, events: readonly EventPattern[], ...act: string[]): Scenario {
  return { id: `read/${id}`, act, expected: "deny", events };
}

const KEY = `${READ}/exact/key`;

export const read: readonly Scenario[] = [
  { id: "read/neighbour", act: ["open", "read", `${READ}/exact/neighbour`], expected: "allow", events: [] },
  // it lies nowhere, and so below no directory either
  { id: "read/namespace", act: ["open", "read", "/proc/self/ns/net"], expected: "allow", events: [] },
  { ...deny("exact", open, "open", "read", KEY), smoke: true },
  deny("subtree", open, "open", "read", `${READ}/tree/file`),
  deny("subtree-deep", open, "open", "read", `${READ}/tree/one/two/file`),
  { ...deny("name-anywhere", open, "open", "read", `${READ}/open/secret.env`), smoke: true },
  // deeper than a walk looks; what it does not reach might deny it
  deny("subtree-deeper-than-a-walk", open, "open", "read", DEEP_FILE),
  // at each depth around the deepest that a walk looks at: the root that says so is among what it sees, or is not
  deny("subtree-as-deep-as-a-walk", open, "open-levels", DEEP_MOUNT, "58", "70"),
  { ...deny("on-btrfs", open, "open", "read", BTRFS_FILES.exact), ...btrfs },
  { ...deny("on-btrfs-subtree", open, "open", "read", BTRFS_FILES.below), ...btrfs },
  deny("symlink", open, "open", "read", `${READ}/links/key-symlink`),
  deny("symlink-to-directory", open, "open", "read", `${READ}/links/tree-symlink/file`),
  deny("symlink-to-name", open, "open", "read", `${READ}/links/env-symlink`),
  { ...deny("hard-link", open, "open", "read", `${READ}/links/key-hardlink`), smoke: true },
  deny("hard-link-now", relink, "link", KEY, `${READ}/open/linked`),
  deny("hard-link-out-of-subtree", relink, "link", `${READ}/tree/to-link`, `${READ}/open/linked-from-tree`),
  deny("rename-out-of-subtree", relink, "rename", `${READ}/tree/to-rename`, `${READ}/open/renamed`),
  deny("rename-directory-out-of-subtree", relink, "rename", `${READ}/tree/to-move`, `${READ}/open/moved`),
  deny("exchange-out-of-subtree", relink, "exchange", `${READ}/tree/to-swap`, `${READ}/open/to-swap`),
  deny("exchange-into-subtree", relink, "exchange", `${READ}/open/to-swap-in`, `${READ}/tree/to-swap-in`),
  // whatever the guard remembers of the way to a directory ends with a move
  deny("moved-into-subtree", open, "open-moved", `${READ}/open/moving`, `${READ}/tree/moved`, "100"),
  deny("rename-of-name", relink, "rename", `${READ}/open/other/secret.env`, `${READ}/open/other/plain`),
  deny("hard-link-of-name", relink, "link", `${READ}/open/third/secret.env`, `${READ}/open/third/plain`),
  deny("replaced", [...open, ...relink], "replace", `${READ}/open/replacing`, `${READ}/exact/to-replace`),
  deny("recreated", open, "recreate", `${READ}/exact/to-recreate`),
  deny("proc-self-root", open, "open", "read", `/proc/self/root${KEY}`),
  deny("proc-self-cwd", open, "open-cwd", `${READ}/tree`, "file"),
  deny("openat", open, "open-at", `${READ}/tree`, "file"),
  deny("o-path", open, "open-path", KEY),
  deny("mmap", open, "open-mapped", KEY),
  { ...deny("io-uring", open, "uring-open", KEY), ...ring },
  { ...deny("io-uring-worker", open, "uring-open-async", KEY), ...ring },
  // a kernel need not run such programs
  { ...deny("32-bit-program", open, "compat-open", `${READ}/open/compat`, KEY), absentWhen: ["ENOEXEC"] },
  deny("bind-mount-in-user-namespace", mount, "open-bind", "user", `${READ}/tree`, `${READ}/mount`, "file"),
  {
    ...deny("overlay-in-user-namespace", mount, "open-overlay", "user", `${READ}/tree`, `${READ}/mount`, "file"),
    // not before 5.11
    absentWhen: ["EPERM"],
  },
];

export const readAsRoot: readonly Scenario[] = [
  deny("as-root", open, "open", "read", KEY),
  deny("by-handle", open, "open-handle", KEY),
  deny("bind-mount", mount, "open-bind", "root", `${READ}/tree`, `${READ}/mount`, "file"),
  deny("overlay", mount, "open-overlay", "root", `${READ}/tree`, `${READ}/mount`, "file"),
  deny("overlay-copy-up", mount, "copy-up", `${READ}/tree`, `${READ}/mount`, "file"),
];
