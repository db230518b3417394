/**
 * The policies under which the cost is measured: ten rules such as a job has, and more of every shape. The many are about
 * other files than those measured: what they cost is what their number costs. Pure.
 */
import { DENIED, PLACES } from "./places.ts";

/** How many rules; `10-names` has one that is for a name anywhere (`**` + `/NAME`), which every file is asked for. */
export const POLICY_NAMES = ["10", "10-names", "1000", "100000"] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

const COUNTS: Readonly<Record<PolicyName, number>> = { "10": 10, "10-names": 10, "1000": 1000, "100000": 100_000 };
const BASE = 10;

/** Of the rules beyond the first ten. */
const SHARES = { exact: 0.5, absent: 0.2, trees: 0.1 } as const;
const FILES_EACH = 100;
const PORTS = 100;
const FIRST_PORT = 7000;

export interface Targets {
  readonly directory: string;
  readonly count: number;
  /** Files in each directory below. */
  readonly each: number;
}

interface Shape {
  readonly exact: Targets;
  readonly absent: number;
  readonly trees: Targets;
  readonly addresses: number;
}

function shapeOf(rules: number): Shape {
  const more = rules - BASE;
  const [exact, absent, trees] = [SHARES.exact, SHARES.absent, SHARES.trees].map((share) => Math.floor(more * share));
  if (exact === undefined || absent === undefined || trees === undefined) throw new Error("no shares");
  return {
    exact: { directory: `${PLACES.rules}/exact`, count: exact, each: FILES_EACH },
    absent,
    trees: { directory: `${PLACES.rules}/trees`, count: trees, each: 1 },
    addresses: more - exact - absent - trees,
  };
}

/** Files that are there when the session starts, since most rules are about such. */
export function targetsOfRules(name: PolicyName): readonly Targets[] {
  const { exact, trees } = shapeOf(COUNTS[name]);
  return [exact, trees].filter(({ count }) => count > 0);
}

function many(count: number, one: (index: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, index) => one(index));
}

const list = (items: readonly string[]) => `[${items.map((item) => JSON.stringify(item)).join(", ")}]`;

/** The text, without a mode: whoever starts the session says it. */
export function policyText(name: PolicyName): string {
  const { exact, absent, trees, addresses } = shapeOf(COUNTS[name]);
  const denied = [
    ...DENIED.files,
    // one rule in place of another, so that the number stays
    name === "10-names" ? "**/.env" : "/home/runner/.ssh/**",
    ...many(exact.count, (index) => `${exact.directory}/${Math.floor(index / exact.each)}/${index % exact.each}`),
    ...many(absent, (index) => `${exact.directory}/${Math.floor(index / FILES_EACH)}/absent-${index}`),
    ...many(trees.count, (index) => `${trees.directory}/${index}/**`),
  ];
  const endpoint = (index: number) => `198.51.100.${Math.floor(index / PORTS) + 1}:${FIRST_PORT + (index % PORTS)}/tcp`;
  return `version = 1
[network]
default = "deny"
allow = ["192.0.2.7:443/tcp"]
deny = ${list([DENIED.address, ...many(addresses, endpoint)])}
[exec]
deny = ${list([DENIED.program])}
[files.read]
deny = ${list(denied)}
[files.write]
default = "deny"
allow = ${list([`${PLACES.bench}/**`, "/tmp/**"])}
deny = ${list([`${DENIED.tree}/**`])}
[process]
memory = "deny"
`;
}
