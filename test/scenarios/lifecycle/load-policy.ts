/** A policy of 100,000 rules of every shape, the files that it is about, and acts that try some of its rules. */
import { AT, LOAD, PORTS } from "../places.ts";

const EXACT = { directory: `${LOAD}/exact`, count: 50_000, each: 100 };
const TREES = { directory: `${LOAD}/trees`, count: 10_000, each: 1 };
const ABSENT = 20_000;
/** Addresses of the network that has listeners: hosts by ports. */
const HOSTS = 200;
const NETWORK_PORTS = 100;

/** Of these files and directories, and of what is not there, and of addresses. */
export const RULES = {
  count: EXACT.count + TREES.count + ABSENT + HOSTS * NETWORK_PORTS,
  files: [EXACT, TREES],
} as const;

const SAMPLES = 25;

const exact = (index: number) => `${EXACT.directory}/${Math.floor(index / EXACT.each)}/${index % EXACT.each}`;
/** In a directory whose own subtree no rule names. */
const absent = (index: number) => `${EXACT.directory}/${index % 500}/absent-${index}`;
const tree = (index: number) => `${TREES.directory}/${index}`;

function addresses(): string[] {
  const hosts = Array.from({ length: HOSTS }, (_, index) => `198.51.100.${index + 30}`);
  const ports = Array.from({ length: NETWORK_PORTS }, (_, index) => Number(PORTS.tcp) + index);
  return hosts.flatMap((host) => ports.map((port) => `${host}:${port}/tcp`));
}

function many(count: number, one: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => one(index));
}

function list(items: readonly string[]): string {
  return `[\n${items.map((item) => JSON.stringify(item)).join(",\n")}\n]`;
}

export function loadPolicy(): string {
  const files = [
    ...many(EXACT.count, exact),
    ...many(ABSENT, absent),
    ...many(TREES.count, (index) => `${tree(index)}/**`),
  ];
  return `version = 1
[files.read]
deny = ${list(files)}
[network]
default = "allow"
deny = ${list(addresses())}
`;
}

/** Every so manieth, from the first to the last. */
const sampled = (count: number) =>
  many(SAMPLES, (index) => String(Math.floor((index * (count - 1)) / (SAMPLES - 1)))).map(Number);

/** Files that were not there when the session began, and that its rules name. */
export const absentFiles = () => sampled(ABSENT).map(absent);

export function sampledActs(): {
  readonly refused: readonly (readonly string[])[];
  readonly allowed: readonly string[];
} {
  const read = (path: string) => ["open", "read", path];
  return {
    refused: [
      ...sampled(EXACT.count).map((index) => read(exact(index))),
      ...absentFiles().map(read),
      ...sampled(TREES.count).map((index) => read(`${tree(index)}/0`)),
      ...[30, 100, 200, 229].map((host) => ["connect", "tcp", `198.51.100.${host}`, PORTS.tcp]),
    ],
    allowed: ["connect", "tcp", AT.allowed, PORTS.tcp],
  };
}
