/** Names to addresses, as this machine would resolve them for the job: /etc/hosts first, then its name servers. */
import { Resolver } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { codeOf } from "../common/errors.ts";
import { parseHosts, parseNameservers } from "./hosts.ts";

export interface Answer {
  readonly address: string;
  /** Seconds that it may be used for. */
  readonly ttl: number;
}

export type Resolution =
  | { readonly ok: true; readonly answers: readonly Answer[] }
  /** `gone`: the name servers say that there is no such name, or no address of it; otherwise they could not be asked. */
  | { readonly ok: false; readonly gone: boolean; readonly reason: string };

/** Never rejects. */
export type Resolve = (host: string) => Promise<Resolution>;

/** Seconds until /etc/hosts is looked at again for a name that is in it. */
const HOSTS_TTL = 60;

const GONE = new Set(["ENODATA", "ENOTFOUND"]);

/** Each question is asked twice per server at most, for two seconds. CNAMEs are followed by the resolver. */
export function systemResolve(): Resolve {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  return async (host) => {
    const here = parseHosts(readText("/etc/hosts")).get(host);
    if (here !== undefined) return { ok: true, answers: here.map((address) => ({ address, ttl: HOSTS_TTL })) };
    const [v4, v6] = await Promise.allSettled([
      resolver.resolve4(host, { ttl: true }),
      resolver.resolve6(host, { ttl: true }),
    ]);
    const answers = [v4, v6].flatMap((result) => (result.status === "fulfilled" ? result.value : []));
    if (answers.length > 0) return { ok: true, answers };
    const codes = [v4, v6].map((result) =>
      result.status === "rejected" ? (codeOf(result.reason) ?? String(result.reason)) : "ENODATA",
    );
    const other = codes.find((code) => !GONE.has(code));
    return { ok: false, gone: other === undefined, reason: other ?? codes[0] ?? "ENODATA" };
  };
}

/** The name servers that the job will ask; also those behind systemd-resolved, which containers ask themselves. */
export function systemNameservers(): readonly string[] {
  const files = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"].map(readText);
  return [...new Set(files.filter((text, index) => index === 0 || text !== "").flatMap(parseNameservers))];
}

/** A machine may have neither file; then their defaults hold. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "";
    throw error;
  }
}
