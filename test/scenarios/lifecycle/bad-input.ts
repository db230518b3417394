/** Mistakes of the user: a clear error with its place, status 2, nothing started and nothing left. */
import { existsSync, rmSync } from "node:fs";
import { environmentOf, freshReport, writePolicy } from "../guarded.ts";
import { OPEN } from "../policies.ts";
import { ending, runProgram } from "../program.ts";
import type { LifecycleScenario } from "../scenario.ts";
import { leftovers } from "../session-state.ts";

const STARTED = "/tmp/started-by-scenario";

interface Case {
  readonly id: string;
  /** The policy file's text. */
  readonly policy?: string;
  /** Words that take the place of the good ones. */
  readonly report?: string;
  readonly policyFile?: string;
  readonly mode?: string;
  /** What standard error must hold. */
  readonly says: RegExp;
  readonly smoke?: true;
}

/** `file:LINE:COLUMN`, the line where the mistake is. */
function at(line: number): RegExp {
  return new RegExp(`:${line}:\\d+`);
}

const cases: readonly Case[] = [
  { id: "does-not-parse", policy: "version = 1\n[network\n", says: at(2), smoke: true },
  { id: "unknown-key", policy: "version = 1\n[network]\nalow = []\n", says: at(3) },
  { id: "path-form", policy: 'version = 1\n[files.read]\ndeny = ["/etc/*.conf"]\n', says: at(3) },
  { id: "port-out-of-range", policy: 'version = 1\n[network]\nallow = ["198.51.100.1:70000"]\n', says: at(3) },
  { id: "wrong-type", policy: 'version = 1\n[network]\ndefault = "maybe"\n', says: at(3) },
  { id: "no-such-policy-file", policyFile: "/var/tmp/no such; $(file).toml", says: /no such; \$\(file\)\.toml/ },
  { id: "unwritable-report", report: "/proc/nowhere/report", says: /\/proc\/nowhere/ },
  { id: "unknown-mode", mode: "enforce; reboot", says: /mode/ },
];

async function attempt(
  name: string,
  test: Partial<Case>,
): Promise<{ status: string; started: boolean; stderr: string }> {
  rmSync(STARTED, { force: true });
  const policy = test.policyFile ?? writePolicy(name, test.policy ?? OPEN);
  const report = test.report ?? freshReport(name);
  const options = ["--policy", policy, "--mode", test.mode ?? "enforce", "--report", report];
  const said = await runProgram(["warden", "run", ...options, "--", "touch", STARTED], {
    env: environmentOf("runner"),
  });
  return { status: ending(said), started: existsSync(STARTED), stderr: said.stderr.trim() };
}

let good: Promise<string> | undefined;

/** The same command line without the mistake starts the command; tried once for all. */
function control(): Promise<string> {
  good ??= attempt("good-input", {}).then(({ status, started, stderr }) =>
    status === "exit 0" && started ? "ok" : `${status}: ${stderr.slice(-200)}`,
  );
  return good;
}

export const badInput: readonly LifecycleScenario[] = cases.map((test) => ({
  id: `bad-input/${test.id}`,
  ...(test.smoke === true ? { smoke: true } : {}),
  run: async () => {
    const before = await control();
    const { status, started, stderr } = await attempt(`bad-input-${test.id}`, test);
    const faults = [
      started ? "the command was started" : "",
      test.says.test(stderr) ? "" : `standard error does not say ${test.says}: ${stderr.slice(0, 200)}`,
      /^\s+at .*\(.*:\d+:\d+\)/m.test(stderr) ? "a stack trace" : "",
      leftovers(),
    ].filter((fault) => fault !== "");
    const ok = before === "ok" && status === "exit 2" && faults.length === 0;
    return {
      control: before,
      verdict: status,
      expected: "exit 2",
      ok,
      ...(faults.length === 0 ? {} : { note: faults.join("; ") }),
    };
  },
}));
