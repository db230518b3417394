/** Whether this job can be guarded at all: told before anything else. */
import { GuardFailure } from "../session/failure.ts";
import { ancestorRunning } from "../session/processes.ts";

const CONTAINERS = "See docs/limits.md, under Container jobs.";

/**
 * @returns the process id of the Runner.Worker that runs this job
 * @throws GuardFailure
 */
export function findWorker(): number {
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    throw new GuardFailure(
      `Warden guards jobs on Linux on x64 and arm64, not on ${process.platform} on ${process.arch}`,
      "Run the job on such a runner, e.g. `runs-on: ubuntu-24.04`.",
    );
  }
  const worker = ancestorRunning("Runner.Worker");
  if (worker !== null) return worker;
  throw new GuardFailure(
    "Runner.Worker is not among this process's ancestors: the job's steps run inside a container (`container:`), and from in there the job cannot be guarded",
    CONTAINERS,
  );
}
