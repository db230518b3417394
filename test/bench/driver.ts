/**
 * Runs inside the machine, as root: measures every operation in every situation, twice, and writes what each round took.
 *
 *   node driver.mjs --built DIRECTORY --object FILE --json FILE [--op NAME,...] [--rules NAME,...]
 *
 * Without a guard it is measured first and last: so the two runs of it also tell whether a session leaves something behind.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "../scenarios/guarded.ts";
import { BPFFS, clearTheWay } from "../scenarios/session-state.ts";
import { type Measurement, measurementsOf, OPERATIONS, type Situation, situationName } from "./operations.ts";
import { PLACES } from "./places.ts";
import { POLICY_NAMES, type PolicyName, policyText, targetsOfRules } from "./policies.ts";
import type { Run } from "./runs.ts";
import { makeTree, prepareMachine } from "./tree.ts";
import { Worker } from "./worker.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    built: text,
    object: text,
    json: text,
    op: text,
    rules: text,
  },
});

function given(name: keyof typeof values): string {
  const value = values[name];
  if (value === undefined) throw new Error(`--${name} is needed`);
  return value;
}

/** All, or those that are named. @throws when there is no such */
function chosen<T>(words: string | undefined, all: readonly T[], nameOf: (one: T) => string): readonly T[] {
  const wanted = words?.split(",") ?? all.map(nameOf);
  const unknown = wanted.find((word) => !all.some((one) => nameOf(one) === word));
  if (unknown !== undefined) throw new Error(`${unknown} is none of ${all.map(nameOf).join(", ")}`);
  return all.filter((one) => wanted.includes(nameOf(one)));
}

const operations = chosen(values.op, OPERATIONS, ({ name }) => name);
const policies = chosen(values.rules, POLICY_NAMES, (name) => name);
/** The policy under which an audit is measured. */
const AUDITED: PolicyName = "1000";

const runs: Run[] = [];
const began = performance.now();

function say(line: string): void {
  console.log(`${Math.round((performance.now() - began) / 1000)} s of its own time: ${line}`);
}

/** Again and again: when the machine breaks down, what was measured before is there. */
function save(): void {
  writeFileSync(given("json"), JSON.stringify({ release: release(), runs }));
}

/**
 * Does it while the processor is never idle. An idle one lets the machine's clock leap to the next timer, also when it only
 * waits for a file of the host's: to whoever starts and ends a session, with limits on how long that may take, minutes
 * seem to pass at once. Not while something is measured: rounds wait for each other.
 */
async function awake<T>(act: () => Promise<T>): Promise<T> {
  const spinning = spawn("chrt", ["--idle", "0", "/bin/sh", "-c", "while :; do :; done"], { stdio: "ignore" });
  const ended = new Promise((resolve, reject) => {
    spinning.once("error", reject);
    spinning.once("exit", resolve);
  });
  try {
    return await Promise.race([act(), ended.then(() => Promise.reject(new Error("nothing keeps the machine awake")))]);
  } finally {
    spinning.kill("SIGKILL");
    await ended;
  }
}

/** Outside of any session, in a cgroup of its own. */
function outsideWorker(): Worker {
  const enter = `echo $$ >${PLACES.cgroup}/cgroup.procs && exec ${PLACES.ops} serve`;
  return new Worker(["/bin/sh", "-c", enter]);
}

let tags = 0;

/** `by` does it; `outside` makes what it is done with. @throws when it cannot be done */
async function measure(situation: Situation, of: Measurement, run: number, by: Worker, outside: Worker): Promise<void> {
  tags += 1;
  // Of one length: it is a part of paths.
  const words = `${of.op} ${of.target} ${String(tags).padStart(6, "0")} ${of.rounds}`;
  const tell = async (worker: Worker, verb: string, expected: string) => {
    const answer = await worker.ask(`${verb} ${words}`);
    if (!answer.startsWith(expected)) throw new Error(`${verb} ${words}: ${answer}: ${worker.complaints.slice(-500)}`);
    return answer;
  };
  await tell(outside, "make", "done");
  const answer = await tell(by, "measure", "measured ");
  await tell(outside, "unmake", "done");
  const [refused, ...counts] = answer.split(" ").slice(1).map(Number);
  if (refused === undefined || counts.length !== of.rounds)
    throw new Error(`measure ${words}: ${counts.length} rounds`);
  const expected = situation.kind === "governed" && of.target === "denied" ? of.rounds : 0;
  if (refused !== expected)
    throw new Error(`${situationName(situation)}: ${refused} rounds of ${words} were refused, not ${expected}`);
  runs.push({ ...situation, op: of.op, target: of.target, run, counts });
}

/** Each measurement in `which` runs. */
async function measureAll(situation: Situation, which: readonly number[], by: Worker, outside: Worker): Promise<void> {
  for (const of of measurementsOf(situation.kind, operations))
    for (const run of which) await measure(situation, of, run, by, outside);
  save();
  say(`${situationName(situation)} is measured`);
}

async function withoutSession(kind: "none" | "floor", which: readonly number[]): Promise<void> {
  const outside = outsideWorker();
  await measureAll({ kind, policy: null }, which, outside, outside);
  await outside.end();
}

const BOTH = [1, 2];

/** The programs of the session that runs, by the names that their links are pinned under. */
function attached(): readonly string[] {
  const session = readdirSync(BPFFS).find((name) => name.startsWith("warden-"));
  if (session === undefined) throw new Error(`no session below ${BPFFS}`);
  return readdirSync(path.join(BPFFS, session)).filter((name) => name !== "maps");
}

/** @returns the programs that were attached */
async function inSession(policy: PolicyName, mode: "enforce" | "audit"): Promise<readonly string[]> {
  makeTargets(policy);
  const run = { name: `bench-${mode}-${policy}`, policy: policyText(policy), mode, user: "root" } as const;
  const { command, environment } = runCommand(run, [PLACES.ops, "serve"]);
  const inside = new Worker(command, environment);
  // What it says of its posture comes before its command runs.
  await awake(() => inside.ask("make nothing warm 0 1"));
  say(`a session with ${policy} rules, ${inside.complaints.split("\n").at(-1)}`);
  if (/ absent/.test(inside.complaints)) throw new Error(`the guard is not whole: ${inside.complaints}`);
  const programs = attached();
  const outside = outsideWorker();
  if (mode === "enforce") await measureAll({ kind: "ungoverned", policy }, BOTH, outside, outside);
  await measureAll({ kind: mode === "enforce" ? "governed" : "audit", policy }, BOTH, inside, outside);
  await outside.end();
  const left = await awake(async () => {
    await inside.end();
    return clearTheWay();
  });
  if (left !== "") throw new Error(left);
  return programs;
}

/** What is there already stays. */
function makeTargets(policy: PolicyName): void {
  mkdirSync(PLACES.rules, { recursive: true });
  for (const { directory, count, each } of targetsOfRules(policy))
    execFileSync(PLACES.acts, ["make-leaves", directory, String(count), String(each)]);
}

async function floor(programs: readonly string[]): Promise<void> {
  const holder = new Worker([PLACES.floor, PLACES.object, PLACES.cgroup, ...programs]);
  const ready = await holder.line();
  if (ready !== `ready ${programs.length}`) throw new Error(`floor: ${ready}`);
  await withoutSession("floor", BOTH);
  await holder.end();
}

async function main(): Promise<void> {
  prepareMachine();
  makeTree({ directory: given("built"), object: given("object") });
  await withoutSession("none", [1]);
  let floored = false;
  for (const policy of policies) {
    const programs = await inSession(policy, "enforce");
    // Now it is known what the guard attaches here.
    if (!floored) await floor(programs);
    floored = true;
    if (policy === AUDITED) await inSession(policy, "audit");
  }
  await withoutSession("none", [2]);
}

await main();
