/** Literal addresses and prefixes, in the one spelling the rest of the guard compares. */
import ipaddr from "ipaddr.js";
import { type Note, show } from "./diagnostic.ts";
import type { NetworkTarget } from "./rules.ts";

export type Cidr = Extract<NetworkTarget, { form: "cidr" }>;

export type AddressResult =
  | { readonly ok: true; readonly cidr: Cidr; readonly warnings: readonly Note[] }
  | { readonly ok: false; readonly error: Note };

/** Is this text meant as a literal address? Only the four-part decimal spelling counts as IPv4. */
export function looksLikeAddress(text: string): boolean {
  return text.includes(":") || ipaddr.IPv4.isValidFourPartDecimal(text);
}

/**
 * An address with an optional prefix length. Bits beyond the prefix are cleared with a warning; a v4-mapped v6
 * address becomes v4, because the kernel side sees it as v4.
 */
export function parseAddress(text: string, prefixText: string | null): AddressResult {
  const fail = (message: string, fix: string): AddressResult => ({ ok: false, error: { message, fix } });
  if (text.includes("%"))
    return fail(`the address ${show(text)} has a zone`, "write the address without % and what follows it");
  let address: ipaddr.IPv4 | ipaddr.IPv6;
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) address = ipaddr.IPv4.parse(text);
  else if (isIPv6(text)) address = ipaddr.IPv6.parse(text);
  else return fail(`${show(text)} is not an address`, 'write an address like "10.1.2.3" or "2001:db8::1"');

  const bits = address.kind() === "ipv4" ? 32 : 128;
  const prefix = prefixText === null ? bits : readNumber(prefixText, bits);
  if (prefix === null)
    return fail(
      `the prefix length ${show(prefixText ?? "")} is out of range (0 to ${bits})`,
      `write a number from 0 to ${bits}, or leave the prefix out for one address`,
    );

  let bytes = address.toByteArray();
  let length = prefix;
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
    if (prefix < 96)
      return fail(
        `the prefix length ${prefix} of the v4-mapped address ${show(text)} is out of range (96 to 128)`,
        `write the IPv4 prefix itself, e.g. "${address.toIPv4Address().toString()}/32"`,
      );
    bytes = bytes.slice(12);
    length = prefix - 96;
  }
  const masked = bytes.map((byte, i) => byte & (0xff << (8 - Math.min(8, Math.max(0, length - i * 8)))));
  const family = bytes.length === 4 ? 4 : 6;
  const parsed = ipaddr.fromByteArray(masked);
  const canonical = parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString();
  const cidr: Cidr = { form: "cidr", family, address: canonical, prefix: length };
  const changed = masked.some((byte, i) => byte !== bytes[i]);
  const warnings = changed
    ? [
        {
          message: `${show(`${text}/${prefix}`)} has bits set beyond its prefix; it is taken as ${canonical}/${length}`,
          fix: `write ${show(`${canonical}/${length}`)}, or leave the prefix out for one address`,
        },
      ]
    : [];
  return { ok: true, cidr, warnings };
}

function isIPv6(text: string): boolean {
  const tail = text.slice(text.lastIndexOf(":") + 1);
  // The library reads octal and hexadecimal in an embedded IPv4 address; people mean decimal.
  return ipaddr.IPv6.isValid(text) && (!tail.includes(".") || ipaddr.IPv4.isValidFourPartDecimal(tail));
}

/** The first `prefix` bits of an address as a string of 0 and 1: a network holds what begins with its bits. */
export function networkBits(address: string, prefix: number): string {
  const bytes = ipaddr.parse(address).toByteArray();
  return bytes
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("")
    .slice(0, prefix);
}

/** A plain decimal number from 0 to `max`, without sign or leading zeros; otherwise null. */
export function readNumber(text: string, max: number): number | null {
  if (!/^(0|[1-9][0-9]{0,5})$/.test(text)) return null;
  const n = Number(text);
  return n <= max ? n : null;
}
