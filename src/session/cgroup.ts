/**
 * Where cgroups are. The cgroup2 mount is found, not assumed: on hybrid hierarchies it is at /sys/fs/cgroup/unified,
 * and in containers it may show only a part of the tree.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { codeOf } from "../common/errors.ts";
import { GuardFailure } from "./failure.ts";
import { isBelow, type Mount, parseMounts } from "./mounts.ts";

/** The path of the `0::` line of /proc/PID/cgroup, or null where the process is in no cgroup2 hierarchy. */
export function unifiedPath(text: string): string | null {
  const line = text.split("\n").find((one) => one.startsWith("0::/"));
  return line?.slice("0::".length).replace(/ \(deleted\)$/, "") ?? null;
}

/** The directory of cgroup `name` (as in /proc/PID/cgroup), or null when no mount shows it. */
export function cgroupDirectory(name: string, mounts: readonly Mount[]): string | null {
  // Outside of our cgroup namespace.
  if (name.split("/").includes("..")) return null;
  const mount = mounts.find((one) => one.type === "cgroup2" && isBelow(name, one.root));
  return mount === undefined ? null : path.join(mount.point, path.relative(mount.root, name));
}

/**
 * Moves a process out of cgroup `directory` to the root of its hierarchy, where no service ends and no limit counts.
 * @returns false when this is not allowed, as in a container
 */
export function moveToRoot(pid: number, directory: string): boolean {
  const root = cgroupMounts(readMounts()).find((point) => isBelow(directory, point));
  if (root === undefined) return false;
  try {
    writeFileSync(path.join(root, "cgroup.procs"), String(pid));
    return true;
  } catch (error) {
    if (["EBUSY", "EACCES", "EPERM", "EROFS", "EOPNOTSUPP", "ESRCH"].includes(codeOf(error) ?? "")) return false;
    throw error;
  }
}

/** The mount points of cgroup2. */
export function cgroupMounts(mounts: readonly Mount[]): readonly string[] {
  return mounts.filter((mount) => mount.type === "cgroup2").map((mount) => mount.point);
}

/**
 * The cgroup2 directory of a process.
 * @throws GuardFailure when there is none
 */
export function cgroupOf(pid: number | "self"): string {
  const mounts = readMounts();
  if (cgroupMounts(mounts).length === 0) {
    throw new GuardFailure("no cgroup2 file system is mounted", "Mount it: mount -t cgroup2 none /sys/fs/cgroup");
  }
  const name = unifiedPath(readFileSync(`/proc/${pid}/cgroup`, "utf8"));
  const directory = name === null ? null : cgroupDirectory(name, mounts);
  if (directory !== null) return directory;
  throw new GuardFailure(
    `the cgroup of process ${pid} (${name ?? "none"}) lies outside of what is mounted here`,
    "Run Warden on the host, not inside a container.",
  );
}

export function readMounts(): readonly Mount[] {
  return parseMounts(readFileSync("/proc/self/mountinfo", "utf8"));
}
