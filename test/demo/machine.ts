/** Makes the guest look like a hosted runner with something worth stealing. Everything here is made up. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import { COLLECTOR } from "./collector.ts";
import type { Plan } from "./plan.ts";

export const USER = "runner";
export const HOME = "/home/runner";
export const WORK = path.join(HOME, "work");
export const WORKSPACE = path.join(WORK, "guarded-build", "guarded-build");
/** Where a hosted runner is installed, with the Node of its actions. */
export const RUNNER_ROOT = path.join(HOME, "actions-runner");
export const NODE24 = path.join(RUNNER_ROOT, "externals/node24/bin/node");
/** Where hosted runners keep what actions/setup-node installs; the policy allows it. */
const TOOL_CACHE = "/opt/hostedtoolcache";
/** Where the compromised package notes what it achieved; the policy lets it write there. */
export const RECORD = "/tmp/warden-demo/acts.jsonl";

const FAKE_KEY =
  "-----BEGIN OPENSSH PRIVATE KEY-----\nnot a key: made up for Warden's demo\n-----END OPENSSH PRIVATE KEY-----\n";
const FAKE_TOKEN = "//registry.example.com/:_authToken=made-up-for-wardens-demo\n";

/** @throws Error when this does not look like the rig's machine, before anything is changed */
export function prepareMachine(plan: Plan) {
  if (readFileSync("/etc/hostname", "utf8").trim() !== "warden-vm") {
    throw new Error("this changes the machine it runs on: start it with `npm start`, which brings its own");
  }
  command("ip", ["addr", "add", `${COLLECTOR.host}/32`, "dev", "lo"]);
  allowPtrace();
  moveNode();

  mkdirSync(path.join(HOME, ".ssh"), { recursive: true, mode: 0o700 });
  writeFileSync(path.join(HOME, ".ssh/id_ed25519"), FAKE_KEY, { mode: 0o600 });
  writeFileSync(path.join(HOME, ".npmrc"), FAKE_TOKEN, { mode: 0o600 });
  writeFileSync(path.join(HOME, ".warden-demo.json"), JSON.stringify({ collector: COLLECTOR, record: RECORD }));
  cpSync(plan.packageCache, path.join(HOME, ".npm"), { recursive: true });
  mkdirSync(path.dirname(NODE24), { recursive: true });
  cpSync(plan.node24, NODE24);
  command("chown", ["-R", `${USER}:${USER}`, HOME]);
}

/** A Node that was installed below someone's home directory is out of reach for others: the job gets a copy. */
function moveNode() {
  const prefix = path.dirname(path.dirname(realpathSync(process.execPath)));
  if (prefix.startsWith("/usr") || prefix.startsWith("/opt")) return;
  const copy = path.join(TOOL_CACHE, "node", process.versions.node, process.arch);
  for (const part of ["bin", "lib/node_modules/npm"]) {
    cpSync(path.join(prefix, part), path.join(copy, part), { recursive: true, verbatimSymlinks: true });
  }
  process.env.PATH = `${path.join(copy, "bin")}:${process.env.PATH}`;
}

/**
 * A hosted runner gives its jobs passwordless root, so there Yama's restriction of ptrace to descendants stops nobody.
 * This machine has no sudo to show that with: it lifts the restriction instead.
 */
function allowPtrace() {
  const scope = "/proc/sys/kernel/yama/ptrace_scope";
  if (existsSync(scope)) writeFileSync(scope, "0");
}

/** A fresh workspace, as a checkout would make it. */
export function prepareWorkspace(plan: Plan) {
  for (const name of plan.projectFiles) {
    cpSync(path.join(plan.project, name), path.join(WORKSPACE, name), { recursive: true });
  }
  const npmrc = path.join(WORKSPACE, ".npmrc");
  writeFileSync(npmrc, `${readFileSync(npmrc, "utf8")}${plan.npmrc.map((line) => `${line}\n`).join("")}`);
  mkdirSync(path.dirname(RECORD), { recursive: true });
  command("chown", ["-R", `${USER}:${USER}`, WORK, path.dirname(RECORD)]);
}

/** Runs a program of the machine, or busybox's of that name where it has none. */
function command(program: string, args: readonly string[]) {
  const attempts = [[program, ...args] as const, ["busybox", program, ...args] as const];
  for (const [file, ...words] of attempts) {
    const child = spawnSync(file, words, { encoding: "utf8" });
    if (child.error !== undefined && "code" in child.error && child.error.code === "ENOENT") continue;
    if (child.error !== undefined) throw child.error;
    if (child.status === 0) return;
    throw new Error(`${program} ${args.join(" ")}: ${child.stderr.trim()}`);
  }
  throw new Error(`this machine has neither ${program} nor busybox`);
}
