/** The two files that say how this machine resolves names: /etc/hosts and /etc/resolv.conf. */
import { isIP } from "node:net";

/** Lower-case name to addresses, as hosts(5) has them. Lines that are none are passed over, as the resolver does. */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (address === undefined || isIP(address) === 0) continue;
    for (const name of names) {
      const key = name.toLowerCase().replace(/\.$/, "");
      const known = hosts.get(key) ?? [];
      if (!known.includes(address)) known.push(address);
      hosts.set(key, known);
    }
  }
  return hosts;
}

/** Addresses of the name servers, as resolv.conf(5) has them: at most three count, and none means this host. */
export function parseNameservers(text: string): readonly string[] {
  const servers = text
    .split("\n")
    .map((line) => /^nameserver\s+(\S+)/.exec(line)?.[1]?.replace(/%.*/, "") ?? "")
    .filter((server) => isIP(server) !== 0)
    .slice(0, 3);
  return servers.length > 0 ? servers : ["127.0.0.1"];
}
