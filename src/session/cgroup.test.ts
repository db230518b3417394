import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cgroupDirectory, cgroupMounts, unifiedPath } from "./cgroup.ts";
import { isBelow, mountOf, parseMounts } from "./mounts.ts";

const HYBRID = `22 1 0:20 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755
23 22 0:21 / /sys/fs/cgroup/unified rw,nosuid,noexec shared:9 - cgroup2 cgroup2 rw
24 22 0:22 / /sys/fs/cgroup/systemd rw shared:10 - cgroup cgroup rw,name=systemd
25 1 0:23 / /run rw,nosuid,noexec - tmpfs tmpfs rw
26 25 0:24 / /run/with\\040space rw - tmpfs tmpfs rw
`;
const CONTAINER = "30 1 0:21 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n";

describe("mounts", () => {
  it("are read with optional fields and escapes", () => {
    const mounts = parseMounts(HYBRID);
    expect(mounts).toHaveLength(5);
    expect(mounts[1]).toMatchObject({ point: "/sys/fs/cgroup/unified", type: "cgroup2" });
    expect(mounts[4]?.point).toBe("/run/with space");
  });

  it("give the innermost one for a path", () => {
    const mounts = parseMounts(HYBRID);
    expect(mountOf("/run", mounts)?.options).toContain("noexec");
    expect(mountOf("/run/with space/x", mounts)?.options).not.toContain("noexec");
    expect(mountOf("/runner", mounts)).toBeNull();
  });

  it("are read from any text without throwing", () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseMounts(text))));
  });
});

describe("the cgroup of a process", () => {
  it("is its line of the unified hierarchy", () => {
    expect(unifiedPath("9:name=systemd:/a\n0::/system.slice/x.service\n")).toBe("/system.slice/x.service");
    expect(unifiedPath("9:name=systemd:/a\n")).toBeNull();
  });

  it("is found below the mount, wherever that is", () => {
    const mounts = parseMounts(HYBRID);
    expect(cgroupMounts(mounts)).toEqual(["/sys/fs/cgroup/unified"]);
    expect(cgroupDirectory("/a/b", mounts)).toBe("/sys/fs/cgroup/unified/a/b");
    expect(cgroupDirectory("/", mounts)).toBe("/sys/fs/cgroup/unified");
  });

  it("is found where only a part of the tree is mounted, and not outside of it", () => {
    const mounts = parseMounts(CONTAINER);
    expect(cgroupDirectory("/docker/abc/x", mounts)).toBe("/sys/fs/cgroup/x");
    expect(cgroupDirectory("/docker/abcd", mounts)).toBeNull();
    expect(cgroupDirectory("/../outside", mounts)).toBeNull();
  });
});

it("below is by whole components", () => {
  expect(isBelow("/a/b", "/a")).toBe(true);
  expect(isBelow("/ab", "/a")).toBe(false);
  expect(isBelow("/a", "/")).toBe(true);
});
