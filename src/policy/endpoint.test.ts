import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { networkBits } from "./address.ts";
import { parseEndpoint } from "./endpoint.ts";
import { formatEndpoint } from "./testing.ts";

function summary(text: string): string {
  const result = parseEndpoint(text);
  if (!result.ok) return `error: ${result.error.message} / ${result.error.fix}`;
  const { target, port, protocol } = result.endpoint;
  const what =
    target.form === "cidr"
      ? `v${target.family} ${target.address}/${target.prefix}`
      : target.form === "host"
        ? `host ${target.host}`
        : `wildcard ${target.suffix}`;
  return `${what} ${port} ${protocol}${result.warnings.map((w) => ` (${w.message})`).join("")}`;
}

describe("parseEndpoint", () => {
  test.each([
    ["example.com", "host example.com 0 any"],
    ["Example.COM.:443", "host example.com 443 any"],
    ["example.com:443/tcp", "host example.com 443 tcp"],
    ["localhost:53/udp", "host localhost 53 udp"],
    ["1.2.3.4", "v4 1.2.3.4/32 0 any"],
    ["1.2.3.4:80", "v4 1.2.3.4/32 80 any"],
    ["1.2.3.0/24", "v4 1.2.3.0/24 0 any"],
    ["1.2.3.0/24:5432/tcp", "v4 1.2.3.0/24 5432 tcp"],
    ["0.0.0.0/0", "v4 0.0.0.0/0 0 any"],
    ["::1", "v6 ::1/128 0 any"],
    ["[::1]", "v6 ::1/128 0 any"],
    ["[::1]:443", "v6 ::1/128 443 any"],
    ["2001:db8::/32", "v6 2001:db8::/32 0 any"],
    ["[2001:DB8::/32]:443/udp", "v6 2001:db8::/32 443 udp"],
    ["::/0", "v6 ::/0 0 any"],
    ["::ffff:1.2.3.4", "v4 1.2.3.4/32 0 any"],
    ["[::ffff:102:304]:443", "v4 1.2.3.4/32 443 any"],
    ["::ffff:1.2.3.0/120", "v4 1.2.3.0/24 0 any"],
    ["*.example.com:443", "wildcard example.com 443 any"],
    ["10.1.2.3/16", 'v4 10.1.0.0/16 0 any ("10.1.2.3/16" has bits set beyond its prefix; it is taken as 10.1.0.0/16)'],
    [
      "2001:db8::1/32",
      'v6 2001:db8::/32 0 any ("2001:db8::1/32" has bits set beyond its prefix; it is taken as 2001:db8::/32)',
    ],
    ["my_host.example:1", 'host my_host.example 1 any (the host "my_host.example" holds an underscore)'],
  ])("reads %s", (text, expected) => expect(summary(text)).toBe(expected));

  test.each([
    ["a.example:70000", "port 70000 is out of range (1 to 65535)"],
    ["a.example:0", "port 0 is out of range"],
    ["a.example:99999999999999999999", "out of range"],
    ["a.example:", "the port is missing"],
    ["a.example:0443", "write 443"],
    ["a.example:80-90", "range of ports"],
    ["a.example:http", '"http" is not a port'],
    ["a.example:443/sctp", '"sctp" is not a protocol'],
    ["a.example:443/any", "not a protocol"],
    ["a.example:443/", "not a protocol"],
    ["a.example/tcp", 'write "a.example:PORT/tcp"'],
    ["1.2.3.0/24/udp", 'write "1.2.3.0:PORT/udp"'],
    ["https://a.example/x", 'write "a.example:443"'],
    ["http://u@a.example:8080", 'write "a.example:8080"'],
    ["a.example/x", 'write "a.example"'],
    ["1.2.3.4/33", "out of range (0 to 32)"],
    ["::1/129", "out of range (0 to 128)"],
    ["1.2.3.4/08", "out of range"],
    ["::ffff:1.2.3.4/24", "out of range (96 to 128)"],
    ["1.2.3.256", "neither an IPv4 address nor a host name"],
    ["1.2.3/24", "write all four numbers"],
    ["010.1.2.3", "neither an IPv4 address nor a host name"],
    ["0x7f.0.0.0x1", "neither"],
    ["::ffff:010.1.2.3", "is not an address"],
    ["fe80::1%eth0", "has a zone"],
    ["1:2:3", "is not an address"],
    ["[::1", "closing bracket"],
    ["[a.example]:1", "remove the brackets"],
    ["[::1]/64:80", "outside the brackets"],
    ["[::1]x", "is not a port"],
    ["", "the endpoint is empty"],
    ["a b", "holds a blank"],
    ["a.example\0", "control character"],
    ["evil.example\0.good.example", "control character"],
    ["a..example", "empty label"],
    [".a.example", "empty label"],
    ["-a.example", "hyphen"],
    [`${"a".repeat(64)}.example`, "64 characters long"],
    [`${"a.".repeat(130)}example`, "longer than 253"],
    ["a.example;rm", 'holds ";"'],
    ["b\u00fccher.example", 'write "xn--bcher-kva.example"'],
    ["*", "every host"],
    ["*example.com", 'write "*.example.com"'],
    ["a.*.com", "is not of the form"],
    ["*.*.example.com", "is not of the form"],
  ])("refuses %.40s", (text, part) => {
    const result = summary(text);
    expect(result).toMatch(/^error: /);
    expect(result).toContain(part);
  });

  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,10}$/);
  const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
  const target = fc.oneof(
    host,
    host.map((h) => `*.${h}`),
    fc.tuple(fc.ipV4(), fc.nat(32)).map(([a, p]) => `${a}/${p}`),
    fc.ipV4(),
    fc.tuple(fc.ipV6(), fc.nat(128)).map(([a, p]) => `[${a}/${p}]`),
    fc.ipV6().map((a) => `[${a}]`),
  );
  const tail = fc.oneof(
    fc.constant(""),
    fc.tuple(fc.integer({ min: 1, max: 65535 }), fc.constantFrom("", "/tcp", "/udp")).map(([p, q]) => `:${p}${q}`),
  );

  test("round-trips", () => {
    fc.assert(
      fc.property(target, tail, (a, b) => {
        const result = parseEndpoint(a + b);
        if (!result.ok) {
          // The only generated thing it may refuse: a v4-mapped address with a short prefix.
          expect(result.error.message).toContain("v4-mapped");
          return;
        }
        const text = formatEndpoint(result.endpoint);
        expect(parseEndpoint(text)).toEqual({ ok: true, endpoint: result.endpoint, warnings: [] });
      }),
      { numRuns: 1000 },
    );
  }, 60_000);

  test("never throws, and what it takes it can write and take again", () => {
    const noise = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.stringMatching(/^[0-9a-f:.*[\]/ %tcpudx-]{0,24}$/),
      fc.tuple(target, fc.string({ maxLength: 3 }), tail).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(noise, (text) => {
        const result = parseEndpoint(text);
        if (result.ok)
          expect(parseEndpoint(formatEndpoint(result.endpoint))).toMatchObject({ ok: true, endpoint: result.endpoint });
        else expect(result.error.fix).not.toBe("");
      }),
      { numRuns: 1000 },
    );
  }, 60_000);
});

test("networkBits is the network's prefix", () => {
  expect(networkBits("10.1.0.0", 16)).toBe("0000101000000001");
  expect(networkBits("::1", 128).endsWith("01")).toBe(true);
  expect(networkBits("0.0.0.0", 0)).toBe("");
});
