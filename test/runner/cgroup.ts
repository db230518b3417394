import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "./args.ts";

/**
 * A cgroup of the Worker's own, as the service on a hosted machine has one: the Worker then has an origin to be moved
 * away from and back to.
 */
export class WorkerCgroup {
  readonly #path: string;

  /** @throws UsageError when there is no cgroup2 or it may not be written. */
  constructor(name: string) {
    this.#path = join(findCgroup2(), name);
    try {
      mkdirSync(this.#path, { recursive: true });
    } catch (error) {
      throw new UsageError(`--cgroup: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  add(pid: number): void {
    writeFileSync(join(this.#path, "cgroup.procs"), String(pid));
  }

  /** Only an empty cgroup goes; what still lives in it is a finding for whoever looks after the job. */
  remove(): void {
    try {
      rmdirSync(this.#path);
    } catch (error) {
      console.error(
        `the Worker's cgroup ${this.#path} is not empty: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

/** On a hybrid hierarchy it is not /sys/fs/cgroup itself. */
function findCgroup2(): string {
  for (const line of readFileSync("/proc/self/mounts", "utf8").split("\n")) {
    const [, mountPoint, type] = line.split(" ");
    if (type === "cgroup2" && mountPoint !== undefined) return mountPoint;
  }
  throw new UsageError("--cgroup: no cgroup2 is mounted");
}
