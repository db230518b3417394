/** Who may be reached from outside: by listening for connections, and by binding to a port for datagrams. */
import { AT, LISTEN, PASS_SOCKET, PORTS } from "../places.ts";
import type { EventPattern, Scenario } from "../scenario.ts";

const listening: readonly EventPattern[] = [{ kind: "network", hooks: ["listen"] }];
const receiving: readonly EventPattern[] = [{ kind: "network", hooks: ["bind"] }];
const withMptcp = { absentWhen: ["EPROTONOSUPPORT", "ENOPROTOOPT"] } as const;
/** Binding and listening by a ring came with Linux 6.11. */
const withRing = { absentWhen: ["ENOSYS", "EINVAL"], withoutMeans: ["EOPNOTSUPP"] } as const;

const { everywhere, atAllowed, ipv4, datagrams, unruled } = LISTEN;
const ANY_PORT = "0";
/** Nobody listens there. */
const NOBODY = "1";
const INET = { four: "2", six: "10" } as const;

function allow(id: string, ...act: string[]): Scenario {
  return { id: `listen/${id}`, act, expected: "allow", events: [] };
}

function deny(id: string, ...act: string[]): Scenario {
  return { id: `listen/${id}`, act, expected: "deny", events: listening };
}

function denyBind(id: string, ...act: string[]): Scenario {
  return { id: `listen/${id}`, act, expected: "deny", events: receiving };
}

/** As an ordinary user, where the policy names its servers. */
export const listen: readonly Scenario[] = [
  allow("loopback", "serve-self", "tcp", "127.0.0.1"),
  allow("loopback6", "serve-self", "tcp", "::1"),
  allow("loopback-mapped", "serve-self", "tcp", "::ffff:127.0.0.1"),
  allow("loopback-udp", "serve-self", "udp", "127.0.0.1"),
  allow("loopback-udp-port", "bind", "udp", "127.0.0.1", unruled),
  { ...allow("loopback-mptcp", "serve-self", "mptcp", "127.0.0.1"), ...withMptcp },
  allow("unix", "listen-unix"),
  { ...deny("every-address", "listen", "tcp", "0.0.0.0", unruled), smoke: true },
  deny("every-address6", "listen", "tcp", "::", unruled),
  deny("every-address6-v6only", "listen", "tcp", "::", unruled, "v6only"),
  deny("every-address-mapped", "listen", "tcp", "::ffff:0.0.0.0", unruled),
  deny("port-of-the-kernels-choice", "listen", "tcp", "0.0.0.0", ANY_PORT),
  deny("one-address", "listen", "tcp", AT.denied, unruled),
  deny("one-address6", "listen", "tcp", AT.denied6, unruled),
  deny("one-address-mapped", "listen", "tcp", AT.mappedDenied, unruled),
  deny("address-of-nobody", "listen", "tcp", "203.0.113.7", unruled, "freebind"),
  deny("shared-port", "listen", "tcp", "0.0.0.0", unruled, "reuseport"),
  deny("unbound", "listen-unbound", "tcp", INET.four),
  deny("unbound6", "listen-unbound", "tcp", INET.six),
  deny("disconnected", "listen-disconnected", "tcp", "127.0.0.1", PORTS.tcp),
  deny("race-of-connecting", "listen-race", "tcp", "127.0.0.1", NOBODY),
  { ...deny("mptcp", "listen", "mptcp", "0.0.0.0", unruled), ...withMptcp },
  { ...deny("mptcp-unbound", "listen-unbound", "mptcp", INET.four), ...withMptcp },
  {
    ...deny("mptcp-disconnected", "listen-disconnected", "mptcp", "127.0.0.1", PORTS.tcp),
    // later kernels let no such socket listen
    absentWhen: [...withMptcp.absentWhen, "EINVAL"],
  },
  { ...deny("io-uring", "uring-listen", "0.0.0.0", unruled), ...withRing },
  { ...denyBind("io-uring-udp", "uring-bind", "0.0.0.0", unruled), ...withRing },
  deny("passed-socket", "passed-listen", PASS_SOCKET, AT.denied, unruled),
  denyBind("passed-socket-udp", "passed-bind", PASS_SOCKET, AT.denied, unruled),
  { ...denyBind("udp", "bind", "udp", "0.0.0.0", unruled), smoke: true },
  denyBind("udp6", "bind", "udp", "::", unruled),
  denyBind("udp-one-address", "bind", "udp", AT.denied, unruled),
  denyBind("udp-multicast", "bind", "udp", "224.0.0.251", unruled),
  allow("allowed-everywhere", "listen", "tcp", "0.0.0.0", everywhere),
  allow("allowed-everywhere6", "listen", "tcp", "::", everywhere),
  allow("allowed-everywhere-at-one", "listen", "tcp", AT.denied6, everywhere),
  denyBind("allowed-for-tcp-alone", "bind", "udp", "0.0.0.0", everywhere),
  allow("allowed-address", "listen", "tcp", AT.allowed, atAllowed),
  allow("allowed-address6", "listen", "tcp", AT.allowed6, atAllowed),
  allow("allowed-address-udp", "bind", "udp", AT.allowed, atAllowed),
  deny("allowed-at-another-address", "listen", "tcp", AT.denied, atAllowed),
  deny("allowed-at-one-and-not-at-every", "listen", "tcp", "0.0.0.0", atAllowed),
  allow("allowed-ipv4", "listen", "tcp", "0.0.0.0", ipv4),
  deny("allowed-ipv4-and-not-ipv6", "listen", "tcp", "::", ipv4),
  allow("allowed-udp", "bind", "udp", "::", datagrams),
  allow("client", "talk", "tcp", AT.allowed, PORTS.tcp),
  allow("client-udp", "talk", "udp", AT.allowed, PORTS.udp),
  allow("client-from-address", "bind-talk", "tcp", AT.denied, ANY_PORT, AT.allowed, PORTS.tcp),
  allow("client-from-port", "bind-talk", "tcp", "0.0.0.0", unruled, AT.allowed, PORTS.tcp),
  allow("client-udp-from-address", "bind-talk", "udp", AT.denied, ANY_PORT, AT.allowed, PORTS.udp),
  allow("client-udp-from-any-port", "bind-talk", "udp", "0.0.0.0", ANY_PORT, AT.allowed, PORTS.udp),
];

/** As an ordinary user, where the policy names what may be no server. */
export const listenDenied: readonly Scenario[] = [
  allow("default-allow", "listen", "tcp", "0.0.0.0", unruled),
  allow("default-allow6", "listen", "tcp", "::", ANY_PORT),
  allow("default-allow-udp", "bind", "udp", "0.0.0.0", LISTEN.denied),
  deny("denied-port", "listen", "tcp", "0.0.0.0", LISTEN.denied),
  deny("denied-port6", "listen", "tcp", "::", LISTEN.denied),
  deny("denied-port-of-loopback", "listen", "tcp", "127.0.0.1", LISTEN.denied),
  deny("denied-address", "listen", "tcp", AT.denied, LISTEN.deniedAt),
  deny("denied-address-among-every", "listen", "tcp", "0.0.0.0", LISTEN.deniedAt),
  deny("denied-address-among-every6", "listen", "tcp", "::", LISTEN.deniedAt),
  allow("denied-address-and-another", "listen", "tcp", AT.allowed, LISTEN.deniedAt),
  denyBind("denied-address-udp", "bind", "udp", "0.0.0.0", LISTEN.deniedAt),
  deny("denied-unbound", "listen-unbound", "tcp", INET.four),
];
