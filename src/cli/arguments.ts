/** The words behind `warden run`. */
import type { Mode } from "../policy/rules.ts";
import { readOptions } from "./options.ts";
import { UsageError } from "./usage.ts";

export interface RunArguments {
  readonly policy: string | null;
  readonly mode: Mode | null;
  readonly report: string | null;
  readonly failOnViolation: boolean;
  readonly command: readonly string[];
}

const TEXT = { type: "string" } as const;

/** @throws UsageError */
export function parseRunArguments(argv: readonly string[]): RunArguments {
  const end = argv.indexOf("--");
  const command = end < 0 ? [] : argv.slice(end + 1);
  const values = readOptions(end < 0 ? argv : argv.slice(0, end), {
    policy: TEXT,
    mode: TEXT,
    report: TEXT,
    "fail-on": TEXT,
  });
  if (command.length === 0) throw new UsageError("no command: write it after `--`, as in `warden run -- npm ci`");
  const { policy, mode, report, "fail-on": failOn } = values;
  if (mode !== undefined && mode !== "audit" && mode !== "enforce") {
    throw new UsageError(`--mode is audit or enforce, not ${JSON.stringify(mode)}`);
  }
  if (failOn !== undefined && failOn !== "violation") {
    throw new UsageError(`--fail-on is violation, not ${JSON.stringify(failOn)}`);
  }
  if (policy === "") throw new UsageError("--policy is empty: name a file");
  if (report === "") throw new UsageError("--report is empty: name a directory");
  const failOnViolation = failOn !== undefined;
  return { policy: policy ?? null, mode: mode ?? null, report: report ?? null, failOnViolation, command };
}
