/**
 * What the fuzzer begins with: frames as the agent sends them, made by the agent's own code from a policy, and texts
 * of this machine. Nothing is stored, so nothing can be out of date. Called with the directory that gets a
 * directory of seeds per target.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  ackFrame,
  beginFrame,
  commitFrame,
  helloFrame,
  netRuleFrame,
  reportedFrame,
  startedFrame,
} from "../../../src/kernel/frames.ts";
import { policyFrames } from "../../../src/kernel/rules-to-frames.ts";
import { loadPolicy } from "../../../src/policy/load.ts";

const POLICY = `version = 1
mode = "enforce"
[network]
default = "deny"
allow = ["192.0.2.1:443", "198.51.100.0/24:53/udp", "2001:db8::/32", "registry.example.com:443"]
[exec]
deny = ["/usr/bin/nc", "/opt/tools/**", "**/miner"]
[files.read]
deny = ["~/.ssh/**", "**/.env"]
[files.write]
default = "deny"
allow = ["\${workspace}/**", "\${temp}/**"]
[files.delete]
deny = ["\${workspace}/.git/**"]
`;

/** Phases of bpf/monitor/loop.h; the high bit says that rules are in force. */
const STARTING = 0;
const RUNNING = 1;
const REPORTING = 3;
const IN_FORCE = 0x80;

function rules(): { readonly flags: number; readonly frames: readonly Buffer[] } {
  const context = { home: "/home/runner", workspace: "/srv/job", temp: "/srv/temp" };
  const loaded = loadPolicy({ text: POLICY, file: "seed", context });
  if (!loaded.ok) throw new Error(loaded.errors.map(({ message }) => message).join("; "));
  const { flags, paths, addresses } = policyFrames(loaded.policy, {
    nameservers: ["192.0.2.53"],
    hasDirectory: () => true,
  });
  return {
    flags,
    frames: [...[...paths].map(({ frame }) => frame), ...addresses.map((each) => netRuleFrame(each.rule, each.remove))],
  };
}

/** A stream to the monitor: its phase, how it is cut, and the frames. */
function stream(phase: number, cut: number, ...frames: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([phase, cut]), ...frames]);
}

function frames(): Buffer[] {
  const policy = rules();
  const start = [helloFrame(), beginFrame(), ...policy.frames.slice(0, 20), commitFrame(policy.flags)];
  return [
    stream(STARTING, 0, ...start, startedFrame(true)),
    stream(STARTING, 1, ...start, startedFrame(false)),
    stream(STARTING, 2, helloFrame(), beginFrame(), beginFrame()),
    ...policy.frames.map((frame, index) => stream(STARTING, index, helloFrame(), frame)),
    stream(RUNNING | IN_FORCE, 3, helloFrame(), ackFrame(0), ackFrame(2 ** 40)),
    stream(REPORTING | IN_FORCE, 4, helloFrame(), reportedFrame(true)),
    stream(REPORTING | IN_FORCE, 5, reportedFrame(false), helloFrame()),
  ];
}

/** Lists of acts: each byte is one, so that each begins once. */
function acts(first: readonly number[]): Buffer[] {
  return first.map((byte) => Buffer.from(Array.from({ length: 24 }, (_, index) => (byte + index * 3) & 0xff)));
}

const SEEDS: Readonly<Record<string, () => readonly Buffer[]>> = {
  frames,
  wire: () => acts([0, 1, 2, 3]),
  callers: () => acts([STARTING, RUNNING, REPORTING, RUNNING | 0x40, 0x41, 0xc1]),
  rules: () => [
    ...acts([0, 1, 7, 0x80]),
    Buffer.concat([Buffer.from([1, 0, 200]), readFileSync("/proc/self/mountinfo").subarray(0, 200)]),
  ],
  texts: () => [readFileSync("/proc/self/stat"), Buffer.from("4,27,100,1001"), Buffer.from("0,4294967295")],
};

const [, , into] = process.argv;
if (into === undefined) throw new Error("where to?");
for (const [target, seeds] of Object.entries(SEEDS)) {
  const directory = path.join(into, target);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [index, seed] of seeds().entries()) writeFileSync(path.join(directory, `seed-${index}`), seed);
}
