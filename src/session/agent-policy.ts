/** The session's policy, from the text in its spec. */
import type { Diagnostic } from "../policy/diagnostic.ts";
import { fromHardenRunner } from "../policy/harden-runner.ts";
import { type LoadResult, loadPolicy } from "../policy/load.ts";
import type { SessionSpec } from "./spec.ts";

/** Never throws: what is wrong is in the result. The same spec gives the same rules with the same ids. */
export function loadSessionPolicy({ policy, context, mode }: SessionSpec): LoadResult {
  const shared = { context, mode: mode ?? undefined };
  if ("hardenRunner" in policy) return fromHardenRunner({ ...policy.hardenRunner, ...shared });
  const readFile = (path: string): string => {
    const text = Object.hasOwn(policy.extends, path) ? policy.extends[path] : undefined;
    if (text === undefined) throw new Error("it was not there when the session started");
    return text;
  };
  return loadPolicy({ file: policy.file, text: policy.text, readFile, ...shared });
}

/** One line for reports and logs. */
export function diagnosticLine({ file, line, column, message, fix }: Diagnostic): string {
  return `${file}:${line}:${column}: ${message}; ${fix}`;
}
