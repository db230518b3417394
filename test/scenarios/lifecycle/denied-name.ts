/** A name that the policy denies gets another address while the session lasts, or its first one. */
import { createSocket, type Socket } from "node:dgram";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Batch, unguarded } from "../batch.ts";
import { runCommand } from "../guarded.ts";
import { ACTS, AT, PORTS } from "../places.ts";
import type { LifecycleScenario } from "../scenario.ts";
import { finding, pause } from "./session.ts";

const NAME = "moving.example";
const RESOLVERS = "/etc/resolv.conf";
const IPV4 = 1;
/** The guard asks again after some seconds, and the machine is slow. */
const PATIENCE_MS = 60_000;

const policyOf = (denied: string) => `version = 1
[network]
deny = ["${denied}"]
`;

/** An answer of one address, to be asked for again after a second; none to what is not an IPv4 address. */
function answer(question: Buffer, address: string | null): Buffer {
  const asked = question.subarray(12);
  const nameEnd = asked.indexOf(0) + 1;
  const known = address !== null && asked.readUInt16BE(nameEnd) === IPV4;
  const header = Buffer.from([0, 0, 0x85, 0x80, 0, 1, 0, known ? 1 : 0, 0, 0, 0, 0]);
  question.copy(header, 0, 0, 2);
  const record = known ? [0xc0, 12, 0, IPV4, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split(".").map(Number)] : [];
  return Buffer.concat([header, asked.subarray(0, nameEnd + 4), Buffer.from(record)]);
}

/** A name server of this machine's; `current` says the address. */
async function serve(current: () => string | null): Promise<Socket> {
  const server = createSocket("udp4");
  server.on("message", (question, from) => server.send(answer(question, current()), from.port, from.address));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.bind(53, "127.0.0.1", resolve);
  });
  return server;
}

type Connect = (id: string, address: string, port: string) => Promise<string>;

const connectsOf =
  (batch: Batch): Connect =>
  async (id, address, port) =>
    (await batch.act(id, ["connect", "tcp", address, port])).result;

interface Case {
  readonly id: string;
  /** What the policy denies. */
  readonly denied: string;
  /** The name's address until it gets AT.otherHost, null for none. */
  readonly address: string | null;
  /** What else is so before, and after. @returns faults */
  readonly before: (connects: Connect) => Promise<readonly string[]>;
  readonly after: (connects: Connect) => Promise<readonly string[]>;
}

async function guarded({ id, denied, before, after }: Case, move: () => void): Promise<readonly string[]> {
  const run = { name: id.replace("/", "-"), policy: policyOf(denied), mode: "enforce", user: "runner" } as const;
  const { command, environment } = runCommand(run, [ACTS, "batch", "-"]);
  const batch = new Batch(command, { env: environment });
  const connects = connectsOf(batch);
  const first = await before(connects);
  const other = await connects("other", AT.otherHost, PORTS.tcp);
  move();
  const end = performance.now() + PATIENCE_MS;
  let later = "ok";
  for (let i = 0; later === "ok" && performance.now() < end; i++) {
    await pause(500);
    later = await connects(`later-${i}`, AT.otherHost, PORTS.tcp);
  }
  const last = await after(connects);
  await batch.end();
  return [
    ...first,
    other === "ok" ? "" : `another address, before it is the name's: ${other}`,
    later === "EPERM" ? "" : `the address that it got: ${later}`,
    ...last,
  ];
}

async function run(one: Case) {
  const alone = unguarded("runner");
  const control = await connectsOf(alone)("control", AT.otherHost, PORTS.tcp);
  await alone.end();
  let { address } = one;
  const server = await serve(() => address);
  const resolvers = existsSync(RESOLVERS) ? readFileSync(RESOLVERS, "utf8") : null;
  writeFileSync(RESOLVERS, "nameserver 127.0.0.1\n");
  try {
    const faults = await guarded(one, () => {
      address = AT.otherHost;
    });
    return finding(control, "deny", faults);
  } finally {
    if (resolvers === null) rmSync(RESOLVERS);
    else writeFileSync(RESOLVERS, resolvers);
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

const CASES: readonly Case[] = [
  {
    id: "network/denied-name-moves",
    denied: NAME,
    address: AT.denied,
    before: async (connects) => {
      const result = await connects("before", AT.denied, PORTS.tcp);
      return [result === "EPERM" ? "" : `its first address: ${result}`];
    },
    after: async (connects) => {
      const result = await connects("still", AT.denied, PORTS.tcp);
      return [result === "EPERM" ? "" : `the address that it had: ${result}`];
    },
  },
  {
    // What was said of the address was said of all of its ports, while no rule spoke of one.
    id: "network/denied-port-comes-later",
    denied: `${NAME}:${PORTS.tcp}/tcp`,
    address: null,
    before: async (connects) => {
      const result = await connects("before", AT.otherHost, PORTS.other);
      return [result === "ok" ? "" : `another port, before: ${result}`];
    },
    after: async (connects) => {
      const result = await connects("still", AT.otherHost, PORTS.other);
      return [result === "ok" ? "" : `another port, which nothing denies: ${result}`];
    },
  },
];

export const deniedNames: readonly LifecycleScenario[] = CASES.map((one) => ({ id: one.id, run: () => run(one) }));
