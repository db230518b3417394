/** A name that the policy denies gets another address while the session lasts. */
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

const POLICY = `version = 1
[network]
deny = ["${NAME}"]
`;

/** An answer of one address, to be asked for again after a second; none to what is not an IPv4 address. */
function answer(question: Buffer, address: string): Buffer {
  const asked = question.subarray(12);
  const nameEnd = asked.indexOf(0) + 1;
  const known = asked.readUInt16BE(nameEnd) === IPV4;
  const header = Buffer.from([0, 0, 0x85, 0x80, 0, 1, 0, known ? 1 : 0, 0, 0, 0, 0]);
  question.copy(header, 0, 0, 2);
  const record = Buffer.from([0xc0, 12, 0, IPV4, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split(".").map(Number)]);
  return Buffer.concat([header, asked.subarray(0, nameEnd + 4), known ? record : Buffer.alloc(0)]);
}

/** A name server of this machine's; `current` says the address. */
async function serve(current: () => string): Promise<Socket> {
  const server = createSocket("udp4");
  server.on("message", (question, from) => server.send(answer(question, current()), from.port, from.address));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.bind(53, "127.0.0.1", resolve);
  });
  return server;
}

async function connects(batch: Batch, id: string, address: string): Promise<string> {
  return (await batch.act(id, ["connect", "tcp", address, PORTS.tcp])).result;
}

async function guarded(move: () => void): Promise<readonly string[]> {
  const run = runCommand({ name: "denied-name", policy: POLICY, mode: "enforce", user: "runner" }, [
    ACTS,
    "batch",
    "-",
  ]);
  const batch = new Batch(run.command, { env: run.environment });
  const before = await connects(batch, "before", AT.denied);
  const other = await connects(batch, "other", AT.otherHost);
  move();
  const end = performance.now() + PATIENCE_MS;
  let later = "ok";
  for (let i = 0; later === "ok" && performance.now() < end; i++) {
    await pause(500);
    later = await connects(batch, `later-${i}`, AT.otherHost);
  }
  const still = await connects(batch, "still", AT.denied);
  await batch.end();
  return [
    before === "EPERM" ? "" : `its first address: ${before}`,
    other === "ok" ? "" : `another address, before it is the name's: ${other}`,
    later === "EPERM" ? "" : `the address that it got: ${later}`,
    still === "EPERM" ? "" : `the address that it had: ${still}`,
  ];
}

export const deniedName: LifecycleScenario = {
  id: "network/denied-name-moves",
  run: async () => {
    const alone = unguarded("runner");
    const control = await connects(alone, "control", AT.otherHost);
    await alone.end();
    let address: string = AT.denied;
    const server = await serve(() => address);
    const resolvers = existsSync(RESOLVERS) ? readFileSync(RESOLVERS, "utf8") : null;
    writeFileSync(RESOLVERS, "nameserver 127.0.0.1\n");
    try {
      const faults = await guarded(() => {
        address = AT.otherHost;
      });
      return finding(control, "deny", faults);
    } finally {
      if (resolvers === null) rmSync(RESOLVERS);
      else writeFileSync(RESOLVERS, resolvers);
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  },
};
