import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { javascriptAction, printed, RunnerHarness, stepOf } from "./harness.ts";

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const runner = new RunnerHarness();
beforeAll(() => runner.prepare());
afterAll(() => runner.dispose());

/** Starts a long sleep in its own session with the given stdio and environment, and prints its pid. */
const daemon = (stdio: string, env: string) => `const { spawn } = require('child_process');
const child = spawn('sleep', ['1000'], { detached: true, stdio: ${stdio}, env: ${env} });
child.unref();
require('fs').appendFileSync(process.env.GITHUB_OUTPUT, 'pid=' + child.pid + '\\n');`;

function isAlive(pid: number): boolean {
  try {
    // A zombie has ended; only nobody has asked for its status yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe.concurrent("what a step leaves behind", () => {
  it("holds the job for 5 s when it keeps the pipes, and is killed at the end", async () => {
    const run = await runner.run({
      job: `steps:
  - id: fork
    run: |
      sleep 1000 &
      echo "pid=$!" >> "$GITHUB_OUTPUT"
      echo started
  - id: next
    run: echo still here
`,
    });
    expect(run.status).toBe(0);
    const step = stepOf(run, "fork");
    expect(step.processes[0]).toMatchObject({ exitCode: 0, abandonedPipes: true });
    expect(step.durationMs).toBeGreaterThanOrEqual(5000);
    expect(printed(step)).toEqual(["started"]);
    expect(printed(stepOf(run, "next"))).toEqual(["still here"]);
    const pid = Number(step.outputs.pid);
    expect(run.report?.orphans).toEqual([{ pid, name: "sleep" }]);
    expect(isAlive(pid)).toBe(false);
  });

  it("does not hold the job when it has closed them; the sweep finds it by its tracking id", async () => {
    const run = await runner.run({
      job: "steps:\n  - id: tracked\n    uses: ./tracked\n  - id: free\n    uses: ./free\n",
      files: Object.fromEntries(
        [
          ["tracked", daemon("'ignore'", "process.env")],
          ["free", daemon("'ignore'", "{ ...process.env, RUNNER_TRACKING_ID: '' }")],
        ].flatMap(([name, main]) =>
          Object.entries(javascriptAction({ main: main! })).map(([file, text]) => [`${name}/${file}`, text]),
        ),
      ),
    });
    const tracked = Number(stepOf(run, "tracked").outputs.pid);
    const free = Number(stepOf(run, "free").outputs.pid);
    try {
      expect(run.status).toBe(0);
      expect(stepOf(run, "tracked").processes[0]?.abandonedPipes).toBe(false);
      expect(run.report?.orphans).toEqual([{ pid: tracked, name: "sleep" }]);
      expect(isAlive(tracked)).toBe(false);
      expect(isAlive(free)).toBe(true);
    } finally {
      process.kill(free, "SIGKILL");
    }
  });

  it("may be everything at once: a daemon with the pipes, state, and a summary over the limit", async () => {
    const run = await runner.run({
      job: "steps:\n  - id: all\n    uses: acme/all@v1\n",
      actions: {
        "acme/all@v1": javascriptAction({
          main: `${daemon("'inherit'", "process.env")}
const fs = require('fs');
fs.appendFileSync(process.env.GITHUB_STATE, 'child=' + child.pid + '\\n');
fs.writeFileSync(process.env.GITHUB_STEP_SUMMARY, 'x'.repeat(2 ** 20 + 1));
console.log('::group::inside');`,
          post: "process.kill(Number(process.env.STATE_child), 0); console.log('the child lives');",
        }),
      },
    });
    expect(run.status).toBe(0);
    const main = stepOf(run, "all");
    expect(main.processes[0]?.abandonedPipes).toBe(true);
    expect(main.summaries).toEqual([]);
    expect(main.annotations).toHaveLength(1);
    expect(stepOf(run, "all", "post").log).toContain("the child lives");
    expect(run.report?.orphans).toEqual([{ pid: Number(main.outputs.pid), name: "sleep" }]);
  });
});

describe.concurrent("cancellation", () => {
  it("sends SIGINT, after 7.5 s SIGTERM, after 2.5 s SIGKILL, to the direct child alone", async () => {
    const stubborn = `const started = {};
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => console.log(signal, Date.now()));
const child = require('child_process').spawn(process.execPath, ['-e', "for (const s of ['SIGINT', 'SIGTERM']) process.on(s, () => console.log('child got', s)); setInterval(() => {}, 1000); console.log('ready')"], { stdio: 'inherit' });
setInterval(() => {}, 1000);`;
    const job = runner.start({
      job: `steps:
  - id: stubborn
    uses: ./stubborn
  - id: skipped
    run: "true"
  - id: cleanup
    if: always()
    run: echo \${{ job.status }}
  - id: cancelled
    if: cancelled()
    run: "true"
`,
      files: Object.fromEntries(
        Object.entries(javascriptAction({ main: stubborn, post: "console.log('post ran')" })).map(([name, text]) => [
          `stubborn/${name}`,
          text,
        ]),
      ),
    });
    await job.seen("ready");
    job.child.kill("SIGINT");
    const run = await job.done;
    expect(run.status).toBe(130);
    expect(run.report?.conclusion).toBe("cancelled");
    const step = stepOf(run, "stubborn");
    const times = Object.fromEntries(
      step.log.flatMap((line) => [...line.matchAll(/^(SIG\w+) (\d+)$/g)].map((m) => [m[1], Number(m[2])])),
    );
    const between = times.SIGTERM - times.SIGINT;
    expect(between).toBeGreaterThanOrEqual(7400);
    expect(between).toBeLessThan(12_000);
    expect(step.log.filter((line) => line.startsWith("child got"))).toEqual([]);
    expect(step).toMatchObject({ outcome: "cancelled", processes: [{ exitCode: 137, abandonedPipes: true }] });
    expect(step.annotations.at(-1)?.message).toBe("The operation was canceled.");
    expect(stepOf(run, "skipped").outcome).toBe("skipped");
    expect(printed(stepOf(run, "cleanup"))).toEqual(["cancelled"]);
    expect(stepOf(run, "cancelled").outcome).toBe("success");
    expect(stepOf(run, "stubborn", "post").log).toContain("post ran");
    expect(run.report?.orphans).toHaveLength(1);
  });

  it("ends a step that heeds SIGINT at once", async () => {
    const job = runner.start({ job: "steps:\n  - id: slow\n    run: echo ready-to-end; exec sleep 1000\n" });
    await job.seen("\n  ready-to-end");
    job.child.kill("SIGTERM");
    const run = await job.done;
    expect(run.status).toBe(130);
    expect(stepOf(run, "slow")).toMatchObject({ outcome: "cancelled", processes: [{ exitCode: 130 }] });
  });

  it("ends the job when the Listener is gone", async () => {
    const job = runner.start({
      job: 'steps:\n  - run: echo "pid $$ "; exec sleep 1000\n  - if: cancelled()\n    run: echo the Worker goes on\n',
    });
    await job.seen("  pid ");
    job.child.kill("SIGKILL");
    // The Worker shares the Listener's output: this ends with the Worker.
    const run = await job.done;
    expect(run.stdout).toContain("\n  the Worker goes on");
    expect(isAlive(Number(/ pid (\d+) /.exec(run.stdout)?.[1]))).toBe(false);
  });

  it("loses a Worker that is killed, and says so", async () => {
    const run = await runner.run({ job: "steps:\n  - run: kill -9 $PPID; sleep 1\n" });
    expect(run.status).toBe(3);
    expect(run.stderr).toContain("The runner has lost its Worker");
  });
});
