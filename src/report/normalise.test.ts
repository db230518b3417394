import { describe, expect, test } from "vitest";
import { normalisePath } from "./normalise.ts";

describe("made-up parts of a path are replaced", () => {
  test.each([
    ["/proc/4711/mem", "/proc/<pid>/mem"],
    ["/proc/4711/task/4712/maps", "/proc/<pid>/task/<tid>/maps"],
    ["/proc/4711/fd/7", "/proc/<pid>/fd/<fd>"],
    ["/proc/self/mem", "/proc/self/mem"],
    ["/proc/4711", "/proc/<pid>"],
    ["/dev/pts/3", "/dev/pts/<n>"],
    ["/run/warden/abcdefghij/journal", "/run/warden/<session>/journal"],
    ["socket:[12345]", "socket:[<inode>]"],
    ["/run/user/1001/bus", "/run/user/<uid>/bus"],
    ["/home/runner/work/_temp/0a0ff3c1-8a27-4a53-a4b1-9f3d2c111111.sh", "/home/runner/work/_temp/<guid>.sh"],
    ["/home/runner/.npm/_logs/2026-11-20T14_31_32_474Z-debug-0.log", "/home/runner/.npm/_logs/<time>-debug-0.log"],
    ["/tmp/tmp.x8Kq2PzL1a/evil", "/tmp/tmp.<random>/evil"],
    ["/tmp/tmpab3d_f9z/evil", "/tmp/tmp<random>/evil"],
    ["/tmp/npm-12345-a7Bx2Q", "/tmp/npm-<n>-<random>"],
    ["/tmp/0123456789abcdef", "/tmp/<random>"],
    ["/tmp/build.4711", "/tmp/build.<n>"],
  ])("%s", (path, normal) => {
    expect(normalisePath(path)).toBe(normal);
  });
});

describe("what a person named stays", () => {
  test.each([
    "/tmp/payload",
    "/tmp/README.md",
    "/tmp/node-v24/bin/node",
    "/tmp",
    "/tmpfiles/tmp.x8Kq2PzL1a",
    "/home/runner/.ssh/id_rsa",
    "/home/runner/work/app/app/.github/workflows/ci.yml",
    "/srv/a7Bx2Q/12345",
    "/usr/lib/x86_64-linux-gnu/libc.so.6",
    "relative/x",
    "",
  ])("%s", (path) => {
    expect(normalisePath(path)).toBe(path);
  });
});

test("twice is once", () => {
  for (const path of ["/proc/4711/fd/7", "/run/user/1001/bus", "/tmp/tmp.x8Kq2PzL1a/npm-123-a7Bx2Q"]) {
    expect(normalisePath(normalisePath(path))).toBe(normalisePath(path));
  }
});
