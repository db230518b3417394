import { BTRFS_FILES, DELETE, LIST, READ, WRITE } from "../places.ts";
import type { EventPattern, Scenario } from "../scenario.ts";

function event(...hooks: string[]): readonly EventPattern[] {
  return [{ kind: "file", hooks }];
}

function deny(id: string, events: readonly EventPattern[], ...act: string[]): Scenario {
  return { id, act, expected: "deny", events };
}

function allow(id: string, ...act: string[]): Scenario {
  return { id, act, expected: "allow", events: [] };
}

const TREE = `${WRITE}/tree`;

export const write: readonly Scenario[] = [
  allow("write/neighbour", "open", "write", `${WRITE}/exact/neighbour`),
  allow("write/reading-stays", "open", "read", `${TREE}/file`),
  { ...deny("write/open", event("open"), "open", "write", `${TREE}/file`), smoke: true },
  deny("write/open-read-write", event("open"), "open", "update", `${TREE}/file`),
  deny("write/append", event("open"), "open", "append", `${TREE}/file`),
  deny("write/o-trunc", event("open", "truncate"), "open", "truncate", `${TREE}/file`),
  deny("write/exact", event("open"), "open", "write", `${WRITE}/exact/file`),
  // where a kernel has no btrfs, there is no such file
  {
    ...deny("write/on-btrfs", event("open"), "open", "write", BTRFS_FILES.written),
    absentWhen: ["ENOENT"],
  },
  deny("write/truncate", event("truncate"), "truncate", `${TREE}/file`),
  { ...deny("write/create", event("create", "open"), "open", "create", `${TREE}/new`), smoke: true },
  deny("write/create-not-yet-there", event("create", "open"), "open", "create", `${WRITE}/exact/new`),
  // or another directory could take its place
  deny("write/rename-parent-of-denied", event("rename"), "rename", `${WRITE}/parent`, `${WRITE}/parent-moved`),
  deny("write/rename-to-not-yet-there", event("rename"), "rename", `${WRITE}/open/to-new`, `${WRITE}/exact/new`),
  deny("write/tmpfile", event("create", "open", "link"), "open", "tmpfile", TREE),
  deny("write/mkdir", event("mkdir"), "mkdir", `${TREE}/directory`),
  deny("write/symlink", event("symlink"), "symlink", "/etc/passwd", `${TREE}/symlink`),
  deny("write/mknod", event("mknod"), "mkfifo", `${TREE}/fifo`),
  deny("write/link-into", event("link"), "link", `${WRITE}/open/to-link`, `${TREE}/linked`),
  deny("write/link-nameless", event("link"), "link-nameless", `${WRITE}/open`, `${TREE}/nameless`),
  deny("write/link-out", event("link"), "link", `${TREE}/file`, `${WRITE}/open/linked-out`),
  deny("write/rename-over", event("rename"), "rename", `${WRITE}/open/to-over`, `${TREE}/over`),
  deny("write/rename-over-exact", event("rename"), "rename", `${WRITE}/open/to-over-exact`, `${WRITE}/exact/file`),
  deny("write/rename-out", event("rename"), "rename", `${TREE}/to-out`, `${WRITE}/open/out`),
  deny("write/rename-directory", event("rename"), "rename", `${TREE}/to-move`, `${WRITE}/open/moved`),
  deny("write/unlink", event("unlink"), "unlink", `${TREE}/to-unlink`),
  deny("write/rmdir", event("rmdir"), "rmdir", `${TREE}/to-rmdir`),
  deny("write/chmod", event("chmod"), "chmod", `${TREE}/file-chmod`),
  deny("write/chown", event("chown"), "chown", `${TREE}/file-chown`),
  allow("delete/writing-stays", "open", "write", `${DELETE}/tree/file`),
  { ...deny("delete/unlink", event("unlink"), "unlink", `${DELETE}/tree/to-unlink`), smoke: true },
  deny("delete/rename-away", event("rename"), "rename", `${DELETE}/tree/to-rename`, `${DELETE}/renamed`),
  deny("delete/rmdir", event("rmdir"), "rmdir", `${DELETE}/tree/to-rmdir`),
];

const AT = `${READ}/mount`;

/** What is written to an overlay is written to its upper directory. */
function overlay(id: string, upper: "open/upper" | "other", name: string, events: readonly EventPattern[]): Scenario {
  const act = ["write-layer", `${READ}/open`, `${LIST}/${upper}`, `${LIST}/open/work`, AT, name];
  return {
    id: `write/default-deny-overlay-${id}`,
    act,
    expected: events.length === 0 ? "allow" : "deny",
    events,
    absentWhen: ["EOPNOTSUPP"],
    withoutMeans: ["EOPNOTSUPP"],
  };
}

/** Under a default of deny. */
export const writeList: readonly Scenario[] = [
  allow("write/default-deny-allowed-create", "open", "create", `${LIST}/open/new`),
  allow("write/default-deny-allowed-core", "core", `${LIST}/open`),
  allow("write/default-deny-allowed-unlink", "unlink", `${LIST}/open/to-unlink`),
  deny("write/default-deny-open", event("open"), "open", "write", `${LIST}/other/file`),
  deny("write/default-deny-create", event("create", "open"), "open", "create", `${LIST}/other/new`),
  // the kernel writes it with rights of its own
  deny("write/default-deny-core", event("create", "open"), "core", `${LIST}/other`),
  // with all that it asks the kernel for, though a file of /proc cannot get shorter
  allow("write/default-deny-own-procfs", "open", "truncate", "/proc/self/oom_score_adj"),
  // memory that nobody else sees
  allow("write/default-deny-tmpfs-in-user-namespace", "write-memory", AT, "new"),
  overlay("allowed", "open/upper", "file", []),
  overlay("allowed-create", "open/upper", "new-by-overlay", []),
  overlay("upper", "other", "to-layer", event("open")),
  overlay("upper-create", "other", "new-by-overlay", event("create", "open", "rename", "link")),
  deny("write/default-deny-unlink", event("unlink"), "unlink", `${LIST}/other/to-unlink`),
  deny("write/default-deny-rename-out", event("rename"), "rename", `${LIST}/open/to-rename`, `${LIST}/other/renamed`),
];
