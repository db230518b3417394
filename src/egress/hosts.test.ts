import fc from "fast-check";
import { expect, test } from "vitest";
import { parseHosts, parseNameservers } from "./hosts.ts";

test("/etc/hosts: names in any case, several to a line, several lines to a name", () => {
  const hosts = parseHosts(`127.0.0.1 localhost  # the loopback
::1\tlocalhost ip6-localhost
192.0.2.1 Registry.Example. registry
# 192.0.2.2 commented
nonsense name
192.0.2.1 registry`);
  expect(Object.fromEntries(hosts)).toEqual({
    localhost: ["127.0.0.1", "::1"],
    "ip6-localhost": ["::1"],
    "registry.example": ["192.0.2.1"],
    registry: ["192.0.2.1"],
  });
});

test("resolv.conf: three servers at most, without zones; none means this host", () => {
  const text = "search a.example\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\n;nameserver 1.1.1.1\nnameserver x";
  expect(parseNameservers(text)).toEqual(["192.0.2.1", "fe80::1"]);
  expect(parseNameservers("nameserver 192.0.2.1\n".repeat(9))).toHaveLength(3);
  expect(parseNameservers("")).toEqual(["127.0.0.1"]);
});

test("any text can be read", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseHosts(text);
      expect(parseNameservers(text).length).toBeGreaterThan(0);
    }),
  );
});
