import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseLocalEndpoint } from "./local-endpoint.ts";
import { formatEndpoint } from "./testing.ts";

function summary(text: string): string {
  const result = parseLocalEndpoint(text);
  if (!result.ok) return `error: ${result.error.message} / ${result.error.fix}`;
  return result.endpoints.map(formatEndpoint).join(" ");
}

describe("parseLocalEndpoint", () => {
  test.each([
    ["*:8080", "0.0.0.0/0:8080 [::/0]:8080"],
    ["*:8080/tcp", "0.0.0.0/0:8080/tcp [::/0]:8080/tcp"],
    ["0.0.0.0:8080", "0.0.0.0/0:8080"],
    ["0.0.0.0", "0.0.0.0/0"],
    ["[::]:8080/tcp", "[::/0]:8080/tcp"],
    ["::", "::/0"],
    ["127.0.0.1:8080", "127.0.0.1:8080"],
    ["192.0.2.0/24:5353/udp", "192.0.2.0/24:5353/udp"],
    ["192.0.2.7", "192.0.2.7"],
    ["2001:db8::1", "2001:db8::1"],
    ["[2001:db8::1]:443", "[2001:db8::1]:443"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["0.0.0.0/0:80", "0.0.0.0/0:80"],
    ["0.0.0.0/8:80", "0.0.0.0/8:80"],
  ])("reads %s", (text, expected) => expect(summary(text)).toBe(expected));

  test.each([
    [":3000", 'has no address / write "*:3000"'],
    ["3000", 'has no address / write "*:3000"'],
    ["3000/tcp", 'has no address / write "*:3000/tcp"'],
    ["*3000", 'has no address / write "*:3000"'],
    ["*", 'every address and port / write `default = "allow"`'],
    ["*:*", "every address and port"],
    ["0.0.0.0:*", 'has no port / write "0.0.0.0", without a port, for any'],
    ["[::]:*", 'has no port / write "[::]", without'],
    ["*:0", "port 0 is out of range"],
    ["*:70000", "port 70000 is out of range"],
    ["*:80-90", "range of ports"],
    ["*:80/sctp", '"sctp" is not a protocol'],
    [
      "localhost:3000/tcp",
      'names a host, and one listens at addresses / write "127.0.0.1:3000/tcp" or "[::1]:3000/tcp"',
    ],
    ["localhost", 'write "127.0.0.1" or "::1"'],
    ["a.example:443", 'names a host, and one listens at addresses / write "*:443", or an address of this machine'],
    ["*.example.com", "names a host"],
    ["http://0.0.0.0:80/", "is a URL"],
    ["", "the endpoint is empty"],
  ])("refuses %s", (text, expected) => expect(summary(text)).toContain(expected));

  test("never throws, and what it reads is an address", () => {
    const words = fc.array(fc.constantFrom("*", ":", "0.0.0.0", "8080", "/tcp", "[", "]", "::", "a.b", "/", "1"));
    fc.assert(
      fc.property(words, (parts) => {
        const result = parseLocalEndpoint(parts.join(""));
        if (result.ok) expect(result.endpoints.every(({ target }) => target.form === "cidr")).toBe(true);
      }),
    );
  });
});
