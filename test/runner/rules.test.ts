import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { printed, RunnerHarness, stepOf } from "./harness.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const runner = new RunnerHarness();
beforeAll(() => runner.prepare());
afterAll(() => runner.dispose());

describe("workflow commands", () => {
  it("make annotations up to the limits and never show a secret", async () => {
    const run = await runner.run({
      job: `steps:
  - run: |
      for i in $(seq 12); do echo "::error file=$GITHUB_WORKSPACE/src/a.ts,line=$i::e$i"; done
      for i in $(seq 11); do echo "::warning::w$i"; done
      echo "::notice title=T::$(head -c 5000 /dev/zero | tr '\\0' x)"
      echo "::add-mask::swordfish"
      echo "the swordfish and \${{ secrets.KEY }}"
      echo "::stop-commands::resume"
      echo "::error::not an error"
      echo "::resume::"
      echo "::warning::w12"
  - run: for t in error warning notice; do for i in $(seq 10); do echo "::$t::$i"; done; done
`,
      secrets: { KEY: "opensesame" },
    });
    expect(run.status).toBe(0);
    const step = stepOf(run, "__run");
    expect(step.annotations.filter((one) => one.level === "error")).toHaveLength(10);
    expect(step.annotations.filter((one) => one.level === "warning")).toHaveLength(10);
    expect(step.annotationsDropped).toBe(4);
    expect(step.annotations[0]).toEqual({ level: "error", message: "e1", file: "src/a.ts", line: 1 });
    expect(step.annotations.at(-1)).toMatchObject({ level: "notice", title: "T" });
    expect(step.annotations.at(-1)?.message).toHaveLength(4096);
    expect(step.log).toContain("the *** and ***");
    expect(step.log).toContain("::error::not an error");
    expect(run.stdout).not.toMatch(/opensesame/);
    expect(run.report?.annotations).toHaveLength(50);
    expect(run.report?.annotationsDropped).toBe(1);
  });

  it("of the kind that has ended fail the step", async () => {
    const run = await runner.run({ job: "steps:\n  - id: old\n    run: echo ::set-output name=a::b\n" });
    expect(run.status).toBe(1);
    expect(stepOf(run, "old").outputs).toEqual({});
    expect(stepOf(run, "old").annotations[1]?.message).toContain("`set-output` command is disabled");
  });
});

describe("command files", () => {
  it("set environment, path, outputs and summaries, and refuse what the runner refuses", async () => {
    const run = await runner.run({
      job: `outputs: { answer: "\${{ steps.write.outputs.answer }}" }
steps:
  - id: write
    run: |
      echo "$GITHUB_ENV" > env-name
      printf 'PLAIN=a=b\\nNODE_OPTIONS=--inspect\\nLD_PRELOAD=\\nMANY<<_\\nx\\ny\\n_\\n' >> "$GITHUB_ENV"
      mkdir one two && echo "$PWD/one" >> "$GITHUB_PATH" && echo "$PWD/two" >> "$GITHUB_PATH"
      echo answer=42 >> "$GITHUB_OUTPUT"
      echo "# fine \${{ secrets.KEY }}" >> "$GITHUB_STEP_SUMMARY"
  - id: read
    run: |
      echo "$PLAIN/$NODE_OPTIONS/$MANY"
      echo "$PATH" | cut -d: -f1,2
      test "$GITHUB_ENV" != "$(cat env-name)"
      head -c 1048576 /dev/zero | tr '\\0' x > "$GITHUB_STEP_SUMMARY"
  - id: large
    run: head -c 1048577 /dev/zero | tr '\\0' x > "$GITHUB_STEP_SUMMARY"
  - id: broken
    run: echo nonsense >> "$GITHUB_OUTPUT"
`,
      secrets: { KEY: "opensesame" },
    });
    const { workspace } = run;
    expect(run.status).toBe(1);
    expect(stepOf(run, "write")).toMatchObject({ outcome: "success", summaries: ["# fine ***\n"] });
    expect(stepOf(run, "write").annotations[0]?.message).toBe(
      "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.",
    );
    expect(printed(stepOf(run, "read"))).toEqual(["a=b//x", "y", `${workspace}/two:${workspace}/one`]);
    expect(stepOf(run, "read").summaries[0]).toHaveLength(1048576);
    expect(stepOf(run, "large")).toMatchObject({ outcome: "success", summaries: [] });
    expect(stepOf(run, "large").annotations[0]?.message).toContain("supports content up to a size of 1024k, got 1024k");
    expect(stepOf(run, "broken").outcome).toBe("failure");
    expect(run.report?.outputs).toEqual({ answer: "42" });
  });
});

describe("conditions", () => {
  it("see the job's status; a tolerated failure has an outcome and another conclusion", async () => {
    const run = await runner.run({
      job: `defaults: { run: { shell: sh } }
steps:
  - id: soft
    run: exit 3
    continue-on-error: true
  - id: after
    run: echo \${{ steps.soft.outcome }} \${{ steps.soft.conclusion }}
  - id: hard
    run: exit 4
  - id: skipped
    run: "true"
  - id: on-failure
    if: failure() && steps.hard.outcome == 'failure'
    run: "true"
  - id: always
    if: \${{ always() }}
    run: "true"
  - id: slow
    if: always()
    timeout-minutes: 1
    run: exec sleep 1000
`,
      options: ["--minute-ms", "100"],
    });
    expect(run.status).toBe(1);
    expect(run.report?.steps.slice(1, -1).map((step) => `${step.id} ${step.outcome} ${step.conclusion}`)).toEqual([
      "soft failure success",
      "after success success",
      "hard failure failure",
      "skipped skipped skipped",
      "on-failure success success",
      "always success success",
      "slow failure failure",
    ]);
    expect(printed(stepOf(run, "after"))).toEqual(["failure success"]);
    expect(stepOf(run, "hard").processes[0]?.exitCode).toBe(4);
    expect(stepOf(run, "slow").annotations[0]?.message).toBe(
      "The action 'Run exec sleep 1000' has timed out after 1 minutes.",
    );
  });
});

describe("what the runner does not have", () => {
  it.each([
    ["strategy: { matrix: { a: [1] } }\nsteps: [{ run: 'true' }]", "strategy is not supported"],
    ["container: alpine\nsteps: [{ run: 'true' }]", "container is not supported"],
    ["steps: [{ uses: 'docker://alpine' }]", "docker://alpine"],
    ["steps: [{ run: 'true', wrong: 1 }]", "Unexpected value 'wrong'"],
  ])("is refused before anything starts: %s", async (job, message) => {
    const run = await runner.run({ job });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(message);
    expect(run.stdout).toBe("");
  });

  it("fails the step that needs it", async () => {
    const run = await runner.run({
      job: `steps:
  - id: hash
    run: echo \${{ hashFiles('a') }}
  - id: needs
    if: always()
    run: echo \${{ needs.other.result }}
  - id: missing
    if: always()
    uses: ./nothing-here
`,
    });
    expect(run.status).toBe(1);
    expect(stepOf(run, "hash").annotations[0]?.message).toContain("hashFiles() is not supported by the test runner");
    expect(stepOf(run, "needs").annotations[0]?.message).toContain("Unrecognized named-value: 'needs'");
    expect(stepOf(run, "missing").annotations[0]?.message).toContain("Did you forget to run actions/checkout");
  });

  it("fails the set-up for an action that it was not given", async () => {
    const run = await runner.run({ job: "steps:\n  - run: 'true'\n  - uses: acme/unknown@v1\n" });
    expect(run.status).toBe(1);
    expect(run.report?.steps.map((step) => step.conclusion)).toEqual(["failure", "success"]);
    expect(run.report?.steps[0]?.annotations[0]?.message).toContain("--action acme/unknown@v1=DIR");
  });
});
