/**
 * Endpoints of network rules. The grammar:
 *
 *     host | host:port | host:port/tcp | host:port/udp          host may be a name, an IPv4 address, or *.name
 *     1.2.3.0/24 | 1.2.3.0/24:port[/protocol]
 *     2001:db8::1 | 2001:db8::/32                               no port without brackets
 *     [2001:db8::1]:port[/protocol] | [2001:db8::/32]:port[/protocol]
 */
import { looksLikeAddress, parseAddress, readNumber } from "./address.ts";
import { type Note, show } from "./diagnostic.ts";
import { parseHost } from "./host.ts";
import type { NetworkTarget, Protocol } from "./rules.ts";

export interface Endpoint {
  readonly target: NetworkTarget;
  /** 0 means any port. */
  readonly port: number;
  readonly protocol: Protocol;
}

export type EndpointResult =
  | { readonly ok: true; readonly endpoint: Endpoint; readonly warnings: readonly Note[] }
  | { readonly ok: false; readonly error: Note };

type TargetResult =
  | { readonly ok: true; readonly target: NetworkTarget; readonly warnings: readonly Note[] }
  | { readonly ok: false; readonly error: Note };

type PortResult =
  | { readonly ok: true; readonly port: number; readonly protocol: Protocol }
  | { readonly ok: false; readonly error: Note };

/** Reads one endpoint. Never throws; what it cannot read it refuses with a reason and a fix. */
export function parseEndpoint(text: string): EndpointResult {
  const split = splitEndpoint(text);
  if (!split.ok) return split;
  const target = parseTarget(split.target);
  if (!target.ok) return target;
  const port = parsePort(split.port);
  if (!port.ok) return port;
  const { port: number, protocol } = port;
  return { ok: true, endpoint: { target: target.target, port: number, protocol }, warnings: target.warnings };
}

type Split =
  /** `port` is what follows the colon, or null when there is none. */
  | { readonly ok: true; readonly target: string; readonly port: string | null }
  | { readonly ok: false; readonly error: Note };

function splitEndpoint(text: string): Split {
  const fail = (message: string, fix: string): Split => ({ ok: false, error: { message, fix } });
  if (text.trim() === "") return fail("the endpoint is empty", 'write host:port, e.g. "example.com:443"');
  if (/\s/.test(text))
    return fail(`the endpoint ${show(text)} holds a blank`, "write one endpoint to a string, without blanks");
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/:?#]*)(:[0-9]+)?/i.exec(text);
  if (url !== null) {
    const port = url[2] ?? (/^http:/i.test(text) ? ":80" : ":443");
    return fail(`${show(text)} is a URL, not an endpoint`, `write ${show(`${url[1] ?? ""}${port}`)}`);
  }
  if (text.startsWith("[")) {
    const close = text.indexOf("]");
    if (close === -1) return fail(`the endpoint ${show(text)} has no closing bracket`, 'write "[2001:db8::1]:443"');
    const inside = text.slice(1, close);
    const rest = text.slice(close + 1);
    if (!inside.includes(":")) return fail(`${show(inside)} in brackets is not an IPv6 address`, "remove the brackets");
    if (rest === "") return { ok: true, target: inside, port: null };
    if (rest.startsWith(":")) return { ok: true, target: inside, port: rest.slice(1) };
    if (/^\/[0-9]+/.test(rest))
      return fail(`the prefix of ${show(text)} stands outside the brackets`, 'write "[2001:db8::/32]:443"');
    return fail(
      `${show(rest)} after the address is not a port`,
      'write "[2001:db8::1]:443" or "[2001:db8::1]:443/udp"',
    );
  }
  const colon = text.indexOf(":");
  if (colon === -1) return { ok: true, target: text, port: null };
  if (text.indexOf(":", colon + 1) === -1)
    return { ok: true, target: text.slice(0, colon), port: text.slice(colon + 1) };
  // Two colons and more: an IPv6 address, which takes a port only in brackets.
  return { ok: true, target: text, port: null };
}

function parseTarget(text: string): TargetResult {
  const slash = text.indexOf("/");
  const name = slash === -1 ? text : text.slice(0, slash);
  const prefix = slash === -1 ? null : text.slice(slash + 1);
  if (looksLikeAddress(name)) {
    const protocol = /^(?:([0-9]+)\/)?(tcp|udp)$/i.exec(prefix ?? "");
    if (protocol !== null)
      return refuse(
        `${show(text)} has a protocol but no port`,
        name.includes(":")
          ? `write "[${name}]:PORT/${protocol[2]?.toLowerCase()}", or leave the protocol out`
          : `write "${name}:PORT/${protocol[2]?.toLowerCase()}", or leave the protocol out`,
      );
    const address = parseAddress(name, prefix);
    return address.ok ? { ok: true, target: address.cidr, warnings: address.warnings } : address;
  }
  if (prefix !== null) {
    if (/^(tcp|udp)$/i.test(prefix))
      return refuse(
        `${show(text)} has a protocol but no port`,
        `write "${name}:PORT/${prefix.toLowerCase()}", or leave the protocol out`,
      );
    if (/^[0-9.]+$/.test(name))
      return refuse(`${show(name)} is not an IPv4 address`, 'write all four numbers, e.g. "10.1.0.0/16"');
    return refuse(`${show(text)}: a host takes no path and no prefix`, `write ${show(name)}`);
  }
  return name.includes("*") ? parseWildcard(name) : hostTarget(name);
}

function hostTarget(text: string): TargetResult {
  const host = parseHost(text);
  return host.ok ? { ok: true, target: { form: "host", host: host.host }, warnings: host.warnings } : host;
}

function parseWildcard(text: string): TargetResult {
  const rest = text.replace(/^\*\.?/, "");
  if (text === "*" || text === "*.")
    return refuse(
      `${show(text)} stands for every host`,
      'write `default = "allow"` for the section, or name the hosts',
    );
  if (rest.includes("*") || !text.startsWith("*"))
    return refuse(
      `the wildcard ${show(text)} is not of the form *.example.com`,
      `write ${show(`*.${rest.slice(rest.lastIndexOf("*") + 1).replace(/^[^.]*\./, "")}`)} or name the hosts`,
    );
  if (!text.startsWith("*."))
    return refuse(`the wildcard ${show(text)} would match names that only end alike`, `write ${show(`*.${rest}`)}`);
  const suffix = parseHost(rest);
  if (!suffix.ok) return suffix;
  return { ok: true, target: { form: "wildcard", suffix: suffix.host }, warnings: suffix.warnings };
}

function parsePort(text: string | null): PortResult {
  const fail = (message: string, fix: string): PortResult => ({ ok: false, error: { message, fix } });
  if (text === null) return { ok: true, port: 0, protocol: "any" };
  const slash = text.indexOf("/");
  const number = slash === -1 ? text : text.slice(0, slash);
  const protocol = slash === -1 ? "any" : text.slice(slash + 1);
  if (number === "" || number === "*")
    return fail("the port is missing", "write a port from 1 to 65535, or leave the colon out for any port");
  if (/^[0-9]+-[0-9]+$/.test(number))
    return fail(
      `${show(number)} is a range of ports`,
      "write one endpoint for each port, or leave the port out for any",
    );
  if (!/^[0-9]+$/.test(number))
    return fail(`${show(number)} is not a port`, "write a number from 1 to 65535, or leave it out for any port");
  const port = readNumber(number.replace(/^0+(?=[1-9])/, ""), 65535);
  if (port === null || port === 0)
    return fail(
      `port ${number.slice(0, 12)} is out of range (1 to 65535)`,
      "write a port from 1 to 65535, or leave it out for any port",
    );
  if (number.startsWith("0")) return fail(`port ${number.slice(0, 12)} has leading zeros`, `write ${port}`);
  if (protocol !== "any" && protocol !== "tcp" && protocol !== "udp")
    return fail(`${show(protocol)} is not a protocol`, `write "/tcp" or "/udp", or leave it out for both`);
  if (slash !== -1 && protocol === "any")
    return fail(`${show(protocol)} is not a protocol`, `leave it out for both protocols`);
  return { ok: true, port, protocol };
}

function refuse(message: string, fix: string): TargetResult {
  return { ok: false, error: { message, fix } };
}
