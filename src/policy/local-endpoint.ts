/**
 * Endpoints of [network.listen]: addresses of this machine. The grammar is that of destinations, without names:
 *
 *     *:port | *:port/tcp | *:port/udp                          every address, IPv4 and IPv6
 *     127.0.0.1 | 192.0.2.0/24:port | [2001:db8::1]:port/tcp    as in endpoint.ts
 *     0.0.0.0:port | [::]:port                                  every address of one family
 */
import { type Note, show } from "./diagnostic.ts";
import { type Endpoint, parseEndpoint } from "./endpoint.ts";
import type { NetworkTarget } from "./rules.ts";

export interface LocalEndpoint extends Endpoint {
  readonly target: Extract<NetworkTarget, { form: "cidr" }>;
}

export type LocalEndpointResult =
  | { readonly ok: true; readonly endpoints: readonly LocalEndpoint[]; readonly warnings: readonly Note[] }
  | { readonly ok: false; readonly error: Note };

const EVERY = [
  { form: "cidr", family: 4, address: "0.0.0.0", prefix: 0 },
  { form: "cidr", family: 6, address: "::", prefix: 0 },
] as const;

/** Reads one entry; `*` is an endpoint of each family. Never throws. */
export function parseLocalEndpoint(text: string): LocalEndpointResult {
  const fail = (message: string, fix: string): LocalEndpointResult => ({ ok: false, error: { message, fix } });
  const [, before, bare] = /^(\*?:?)([0-9]+(?:\/(?:tcp|udp))?)$/.exec(text) ?? [];
  if (bare !== undefined && before !== "*:") return fail(`${show(text)} has no address`, `write ${show(`*:${bare}`)}`);
  if (/^\*?(:\*)?$/.test(text) && text !== "")
    return fail(
      `${show(text)} stands for every address and port`,
      'write `default = "allow"` for the section, or name the ports',
    );
  if (/:\*(\/|$)/.test(text))
    return fail(`${show(text)} has no port`, `write ${show(text.replace(/:\*.*$/, ""))}, without a port, for any`);
  // The port is read as any other, beside an address that stands for all.
  const every = text.startsWith("*:");
  const result = parseEndpoint(every ? `0.0.0.0${text.slice(1)}` : text);
  if (!result.ok) return result;
  const { target, port, protocol } = result.endpoint;
  if (every) return { ok: true, endpoints: EVERY.map((all) => ({ target: all, port, protocol })), warnings: [] };
  if (target.form !== "cidr")
    return fail(`${show(text)} names a host, and one listens at addresses`, nearest(result.endpoint));
  return { ok: true, endpoints: [{ target: everyOr(target), port, protocol }], warnings: result.warnings };
}

/** The address 0.0.0.0 or :: is every address of its family. */
function everyOr(target: LocalEndpoint["target"]): LocalEndpoint["target"] {
  const isOne = target.prefix === (target.family === 4 ? 32 : 128);
  const every = EVERY.find(({ family, address }) => isOne && family === target.family && address === target.address);
  return every ?? target;
}

function nearest({ target, port, protocol }: Endpoint): string {
  const tail = port === 0 ? "" : `:${port}${protocol === "any" ? "" : `/${protocol}`}`;
  const isLoopback = target.form === "host" && target.host === "localhost";
  if (isLoopback) return `write ${show(`127.0.0.1${tail}`)} or ${show(tail === "" ? "::1" : `[::1]${tail}`)}`;
  return tail === ""
    ? 'write an address, e.g. "192.0.2.7", or "*:PORT"'
    : `write ${show(`*${tail}`)}, or an address of this machine`;
}
