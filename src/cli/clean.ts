/** `warden clean`: removes what killed sessions left. */
import { parseArgs } from "node:util";
import { cleanDead } from "../session/clean.ts";
import { requireRoot } from "./root.ts";
import { UsageError } from "./usage.ts";

/** @returns 0 when nothing dead is left. @throws UsageError */
export function clean(argv: readonly string[]): number {
  const force = readForce(argv);
  requireRoot("clean");
  const findings = cleanDead(force);
  for (const { text } of findings) process.stdout.write(`${text}\n`);
  if (findings.length === 0) process.stdout.write("nothing was left behind\n");
  return findings.every(({ cleaned }) => cleaned) ? 0 : 1;
}

function readForce(argv: readonly string[]): boolean {
  try {
    return parseArgs({ args: [...argv], options: { force: { type: "boolean" } } }).values.force ?? false;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}
