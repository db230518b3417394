import { UsageError } from "./usage.ts";

/** @throws UsageError unless the process may do everything */
export function requireRoot(verb: string): void {
  if (process.platform !== "linux") throw new UsageError(`warden ${verb} works on Linux only`);
  if (process.geteuid?.() === 0) return;
  throw new UsageError(
    `warden ${verb} needs root to load programs into the kernel; start it with sudo: sudo warden ${verb} ...`,
  );
}
