/** What is mounted where, from the text of /proc/PID/mountinfo (proc_pid_mountinfo(5)). Pure. */

export interface Mount {
  /** The directory of the file system that is mounted; `/` when it is the whole. */
  readonly root: string;
  readonly point: string;
  /** Options of this mount, e.g. `rw`, `noexec`. */
  readonly options: readonly string[];
  readonly type: string;
}

/** In the order they were mounted: of two on the same point the later one is seen. Lines that do not parse are left out. */
export function parseMounts(mountinfo: string): readonly Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [before, after] = line.split(" - ");
    const [, , , root, point, options] = before?.split(" ") ?? [];
    const type = after?.split(" ")[0];
    if (root === undefined || point === undefined || options === undefined || type === undefined) return [];
    return [{ root: unescaped(root), point: unescaped(point), options: options.split(","), type }];
  });
}

/** The mount that an absolute, resolved path lies on. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | null {
  const above = (mount: Mount) => isBelow(path, mount.point);
  const found = mounts.filter(above).toSorted((a, b) => a.point.length - b.point.length);
  return found.at(-1) ?? null;
}

/** Is `path` the directory itself or below it? Both absolute and without a trailing slash. */
export function isBelow(path: string, directory: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
}

/** Space, tab, line end and backslash are written as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
