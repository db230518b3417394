/** `warden clean`: removes what killed sessions left. */
import { cleanDead } from "../session/clean.ts";
import { readOptions } from "./options.ts";
import { requireRoot } from "./root.ts";

/** @returns 0 when nothing dead is left. @throws UsageError */
export function clean(argv: readonly string[]): number {
  const { force } = readOptions(argv, { force: { type: "boolean" } });
  requireRoot("clean");
  const findings = cleanDead(force);
  for (const { text } of findings) process.stdout.write(`${text}\n`);
  if (findings.length === 0) process.stdout.write("nothing was left behind\n");
  return findings.every(({ cleaned }) => cleaned) ? 0 : 1;
}
