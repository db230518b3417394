import fc from "fast-check";
import { expect, test } from "vitest";
import { absolutePath, Mounts, parseMounts } from "./mounts.ts";

const dev = (major: number, minor: number) => major * 2 ** 20 + minor;

const table = parseMounts(`22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:20 / /tmp rw - tmpfs tmpfs rw
24 22 8:2 /sub /mnt/bind rw - ext4 /dev/sdb1 rw
25 22 8:3 /x /mnt/first rw - ext4 /dev/sdc1 rw
26 22 8:3 / /mnt/with\\040blank rw - ext4 /dev/sdc1 rw
27 22 8:3 / /mnt/again rw - ext4 /dev/sdc1 rw
nonsense`);

const path = (device: number, ...names: string[]) => absolutePath({ names, cut: false, device }, table);

test("a path begins where its file system is mounted", () => {
  expect(path(dev(8, 1), "etc", "shadow")).toBe("/etc/shadow");
  expect(path(dev(8, 1))).toBe("/");
  expect(path(dev(0, 20), "x")).toBe("/tmp/x");
  expect(path(dev(0, 20))).toBe("/tmp");
});

test("the whole of a file system is preferred to a part, and the first mount to a later one", () => {
  expect(path(dev(8, 3), "x", "y")).toBe("/mnt/with blank/x/y");
});

test("a part of a file system hides what is above it", () => {
  expect(path(dev(8, 2), "sub", "y")).toBe("/mnt/bind/y");
  expect(path(dev(8, 2), "sub")).toBe("/mnt/bind");
  expect(path(dev(8, 2), "other")).toBe("/other");
  expect(path(dev(8, 2), "subway")).toBe("/subway");
});

test("what is missing is told", () => {
  expect(absolutePath({ names: ["a", "b"], cut: true, device: dev(8, 1) }, table)).toBe("/.../a/b");
  expect(path(dev(9, 9))).toBe("(anonymous file)");
  expect(path(dev(9, 9), "a")).toBe("/a");
});

test("this machine's own mounts can be read", () => {
  const mounts = new Mounts();
  expect(mounts.path({ names: ["a"], cut: false, device: -1 })).toBe("/a");
});

test("any text can be read", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."0 :/\\\n1a") }), (text) => {
      parseMounts(text);
    }),
  );
});
