/**
 * Absolute paths from paths within a file system. The kernel side names a file by its components up to the root of
 * its file system; where that is mounted is in /proc/self/mountinfo, as proc(5) describes it.
 */
import { readFileSync } from "node:fs";
import type { RawPath } from "./raw.ts";

interface Mount {
  /** The directory of the file system that is mounted; `/` but for bind mounts. */
  readonly root: string;
  readonly point: string;
}

export type MountTable = ReadonlyMap<number, readonly Mount[]>;

/** By device, major << 20 | minor; mounts of a whole file system first, in the order they were made. */
export function parseMounts(mountinfo: string): MountTable {
  const mounts = new Map<number, Mount[]>();
  for (const line of mountinfo.split("\n")) {
    const [, , device, root, point] = line.split(" ");
    const numbers = /^(\d+):(\d+)$/.exec(device ?? "");
    if (numbers === null || root === undefined || point === undefined) continue;
    const key = Number(numbers[1]) * 2 ** 20 + Number(numbers[2]);
    const list = mounts.get(key) ?? [];
    list.push({ root: plain(root), point: plain(point) });
    mounts.set(key, list);
  }
  for (const list of mounts.values()) list.sort((a, b) => Number(b.root === "/") - Number(a.root === "/"));
  return mounts;
}

/**
 * The path as a process of this mount namespace sees it. A part that is missing is `...`; a file of no file system
 * that is mounted here, such as a memfd, is told by its names alone, in brackets when it has none.
 */
export function absolutePath({ names, cut, device }: RawPath, mounts: MountTable): string {
  const below = names.map((name) => `/${name}`).join("");
  if (cut) return `/...${below}`;
  const list = mounts.get(device);
  if (list === undefined) return below === "" ? "(anonymous file)" : below;
  for (const { root, point } of list) {
    const rest =
      root === "/" ? below : below === root || below.startsWith(`${root}/`) ? below.slice(root.length) : null;
    if (rest !== null) return (point === "/" ? rest : point + rest) || "/";
  }
  return below || "/";
}

/** The mounts of this process, read again when a device turns up that was not there. */
export class Mounts {
  private table: MountTable = new Map();
  private readonly unknown = new Set<number>();

  path(raw: RawPath): string {
    if (!this.table.has(raw.device) && !this.unknown.has(raw.device)) {
      this.table = parseMounts(readFileSync("/proc/self/mountinfo", "utf8"));
      // devices of kernel-internal mounts are few; a job that makes many may as well be read again for each
      if (this.unknown.size > 1000) this.unknown.clear();
      if (!this.table.has(raw.device)) this.unknown.add(raw.device);
    }
    return absolutePath(raw, this.table);
  }
}

/** Blanks and backslashes are written as octal. */
function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
