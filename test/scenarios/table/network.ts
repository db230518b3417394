import { AT, PASS_SOCKET, PORTS } from "../places.ts";
import type { EventPattern, Scenario } from "../scenario.ts";

const reach: readonly EventPattern[] = [{ kind: "network", hooks: ["connect", "send"] }];
/** On its way out, where only the packet shows it. */
const egress: readonly EventPattern[] = [{ kind: "network", hooks: ["egress"] }];
const create: readonly EventPattern[] = [{ kind: "network", hooks: ["socket"] }];
/** Where a kernel cannot tell io_uring's workers apart, there is no ring to be had. */
const ring = { absentWhen: ["ENOSYS"], withoutMeans: ["EOPNOTSUPP"] } as const;

const AF = { inet: "2", packet: "17", alg: "38", vsock: "40", netlink: "16", xdp: "44" } as const;
const SOCK = { stream: "1", datagram: "2", raw: "3", sequence: "5" } as const;
const ICMP = "1";
/** What a kernel says that was built without a family or a protocol. */
const notBuilt = ["EAFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT"] as const;
/** Other families, and other protocols of IPv4, that carry data to other machines or to the hypervisor. */
const OTHERS = {
  sctp: [AF.inet, SOCK.stream, "132"],
  dccp: [AF.inet, "6", "33"],
  l2tp: [AF.inet, SOCK.datagram, "115"],
  rds: ["21", SOCK.sequence, "0"],
  can: ["29", SOCK.raw, "1"],
  tipc: ["30", SOCK.datagram, "0"],
  bluetooth: ["31", SOCK.stream, "3"],
  kcm: ["41", SOCK.datagram, "0"],
  qrtr: ["42", SOCK.datagram, "0"],
  smc: ["43", SOCK.stream, "0"],
} as const;

function allow(id: string, ...act: string[]): Scenario {
  return { id: `network/${id}`, act, expected: "allow", events: [] };
}

function deny(id: string, events: readonly EventPattern[], ...act: string[]): Scenario {
  return { id: `network/${id}`, act, expected: "deny", events };
}

/** As an ordinary user. */
export const network: readonly Scenario[] = [
  { ...allow("allowed-tcp", "talk", "tcp", AT.allowed, PORTS.tcp), smoke: true },
  allow("allowed-tcp6", "talk", "tcp", AT.allowed6, PORTS.tcp),
  allow("allowed-udp", "talk", "udp", AT.allowed, PORTS.udp),
  allow("allowed-prefix", "talk", "tcp", AT.inPrefix, PORTS.tcp),
  allow("allowed-host-name", "talk", "tcp", AT.allowedHost, PORTS.tcp),
  allow("loopback", "talk", "tcp", "127.0.0.1", PORTS.tcp),
  { ...deny("connect4-tcp", reach, "connect", "tcp", AT.denied, PORTS.tcp), smoke: true },
  deny("connect6-tcp", reach, "connect", "tcp", AT.denied6, PORTS.tcp),
  deny("connect-v4-mapped", reach, "connect", "tcp", AT.mappedDenied, PORTS.tcp),
  deny("connect4-udp", reach, "connect", "udp", AT.denied, PORTS.udp),
  deny("connect6-udp", reach, "connect", "udp", AT.denied6, PORTS.udp),
  deny("reconnect-udp", reach, "reconnect", AT.allowed, AT.denied, PORTS.udp),
  { ...deny("sendto4", reach, "send", "sendto", AT.denied, PORTS.udp), smoke: true },
  deny("sendto6", reach, "send", "sendto", AT.denied6, PORTS.udp),
  deny("connect6-short-address", reach, "short", "connect", "tcp", AT.denied6, PORTS.tcp),
  deny("sendto6-short-address", reach, "short", "send", "sendto", AT.denied6, PORTS.udp),
  deny("sendto-v4-mapped", reach, "send", "sendto", AT.mappedDenied, PORTS.udp),
  deny("sendmsg4", reach, "send", "sendmsg", AT.denied, PORTS.udp),
  deny("sendmmsg4", reach, "send", "sendmmsg", AT.denied, PORTS.udp),
  deny("tcp-fast-open", reach, "send", "fastopen", AT.denied, PORTS.tcp),
  {
    ...deny("mptcp", [...reach, ...create], "connect", "mptcp", AT.denied, PORTS.tcp),
    absentWhen: ["EPROTONOSUPPORT", "ENOPROTOOPT"],
  },
  deny("port-not-allowed", reach, "connect", "tcp", AT.allowed, PORTS.other),
  deny("protocol-not-allowed", reach, "connect", "udp", AT.allowed, PORTS.tcp),
  deny("denied-inside-allowed-prefix", reach, "connect", "tcp", AT.deniedInPrefix, PORTS.tcp),
  deny("other-host-name", reach, "connect", "tcp", AT.otherHost, PORTS.tcp),
  deny("ping-socket", create, "socket", AF.inet, SOCK.datagram, ICMP),
  { ...deny("vsock", create, "socket", AF.vsock, SOCK.stream, "0"), absentWhen: ["EAFNOSUPPORT"] },
  { ...deny("alg", create, "socket", AF.alg, SOCK.sequence, "0"), absentWhen: ["EAFNOSUPPORT"] },
  ...Object.entries(OTHERS).map(([name, words]) => ({
    ...deny(name, create, "socket", ...words),
    absentWhen: notBuilt,
  })),
  allow("netlink-socket", "socket", AF.netlink, SOCK.raw, "0"),
  deny("udp-segments", reach, "send", "segments", AT.denied, PORTS.udp),
  deny("broadcast", reach, "send-many", AT.broadcast, PORTS.udp, AT.allowed),
  deny("multicast", reach, "send-many", AT.multicast, PORTS.udp, AT.allowed),
  { ...deny("io-uring-connect", reach, "uring-connect", AT.denied, PORTS.tcp), ...ring },
  { ...deny("io-uring-sendmsg", reach, "uring-sendmsg", AT.denied, PORTS.udp), ...ring },
  deny("passed-socket-connect", reach, "passed", PASS_SOCKET, "connect", AT.denied, PORTS.udp),
  deny("passed-socket-sendto", reach, "passed", PASS_SOCKET, "sendto", AT.denied, PORTS.udp),
  deny("passed-socket6-connect", reach, "passed", PASS_SOCKET, "connect", AT.denied6, PORTS.udp),
  deny("passed-socket6-short-connect", reach, "short", "passed", PASS_SOCKET, "connect", AT.denied6, PORTS.udp),
  deny("passed-socket6-short-sendto", reach, "short", "passed", PASS_SOCKET, "sendto", AT.denied6, PORTS.udp),
  deny("passed-connected-write", reach, "passed-connected", PASS_SOCKET, "write"),
  deny("passed-connected-sendto", reach, "passed-connected", PASS_SOCKET, "sendto", AT.allowed, PORTS.tcp),
  deny("passed-connected-sendfile", reach, "passed-connected", PASS_SOCKET, "sendfile"),
  deny("passed-connected-splice", reach, "passed-connected", PASS_SOCKET, "splice"),
  {
    // Later kernels ask the guard about the answer to a connection, too, and then there is none to send on.
    ...deny("accepted-connection-send", [...reach, ...egress], "accept", AT.denied, PORTS.accept),
    errnos: ["EPERM", "ETIMEDOUT"],
  },
];

export const networkAsRoot: readonly Scenario[] = [
  deny("source-route", egress, "source-route", AT.denied, AT.allowed, PORTS.udp),
  deny("raw-socket", create, "socket", AF.inet, SOCK.raw, ICMP),
  { ...deny("xdp-socket", create, "socket", AF.xdp, SOCK.raw, "0"), absentWhen: notBuilt },
  deny("packet-socket", create, "socket", AF.packet, SOCK.raw, "768"),
  deny("connect4-tcp-as-root", reach, "connect", "tcp", AT.denied, PORTS.tcp),
];

/** Under an empty allow-list. */
export const networkEmpty: readonly Scenario[] = [
  deny("empty-allow-list", reach, "connect", "tcp", AT.allowed, PORTS.tcp),
  deny("empty-allow-list-udp6", reach, "send", "sendto", AT.allowed6, PORTS.udp),
  allow("empty-allow-list-loopback", "talk", "tcp", "127.0.0.1", PORTS.tcp),
];
