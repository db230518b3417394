import { writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import * as v from "valibot";
import { JobConsole } from "./console.ts";
import { runJob } from "./job.ts";
import { PipePool } from "./pipes.ts";
import { cancelSchema, type DoneMessage, jobMessageSchema } from "./protocol.ts";
import type { Conclusion } from "./report.ts";
import { JobState } from "./state.ts";

/** The name of the Worker's process and of its file. */
export const WORKER_NAME = "Runner.Worker";

/** The Worker's exit status tells the job's result (`TaskResultUtil.TranslateToReturnCode`). */
export const WORKER_EXIT: Readonly<Record<Conclusion, number>> = {
  success: 100,
  failure: 102,
  cancelled: 103,
  skipped: 104,
};

/**
 * Every line the Listener sent, as bytes, for the Worker's life. The real Worker keeps its job message too, with all
 * secrets in plain text: an attack that reads this memory must have something to find.
 */
const received: Buffer[] = [];

/**
 * The Worker process: reads one job message, runs it, sends the report.
 * @param argv `IN OUT FIRST COUNT`: descriptors of the channel, and of the inherited pipes.
 */
export async function workerMain(argv: readonly string[]): Promise<void> {
  // Node 24 calls its main thread `MainThread`.
  writeFileSync("/proc/self/comm", WORKER_NAME);
  const [input, output, first, count] = argv.map(Number);
  if (input === undefined || output === undefined || first === undefined || count === undefined) {
    throw new Error("usage: Runner.Worker BUNDLE spawnclient IN OUT FIRST COUNT");
  }
  const pipes = new PipePool(first, count);
  const cancellation = new AbortController();
  const channel = new Socket({ fd: input, readable: true, writable: false });
  const lines = createInterface({ input: channel, crlfDelay: Number.POSITIVE_INFINITY });
  const job = await new Promise<JobState>((resolve, reject) => {
    lines.on("line", (line) => {
      received.push(Buffer.from(line));
      try {
        const value: unknown = JSON.parse(line);
        if (received.length > 1) {
          v.parse(cancelSchema, value);
          cancellation.abort();
          return;
        }
        const message = v.parse(jobMessageSchema, value);
        const console = new JobConsole((text) => process.stdout.write(text), message.color);
        resolve(new JobState(message, console, pipes, cancellation.signal));
      } catch (error) {
        reject(error);
      }
    });
    // Without its Listener the Worker ends the job as on a cancellation.
    lines.on("close", () => {
      cancellation.abort();
      reject(new Error("the Listener closed the channel before the job came"));
    });
  });

  const report = await runJob(job);
  const done: DoneMessage = { report };
  await send(output, `${JSON.stringify(done)}\n`);
  process.exit(WORKER_EXIT[report.conclusion]);
}

function send(fd: number, text: string): Promise<void> {
  const socket = new Socket({ fd, readable: false, writable: true });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.end(text, resolve);
  });
}
