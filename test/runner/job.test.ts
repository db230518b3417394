import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { javascriptAction, printed, RunnerHarness, stepOf } from "./harness.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const runner = new RunnerHarness();
beforeAll(() => runner.prepare());
afterAll(() => runner.dispose());

describe("a step's process", () => {
  it("is a direct child of Runner.Worker with pipes, no input and a high OOM score", async () => {
    const run = await runner.run({
      job: `steps:
  - run: |
      cat /proc/$PPID/comm
      basename "$(readlink /proc/$PPID/exe)"
      # The Worker sets it once the process exists.
      until [ "$(cat /proc/$$/oom_score_adj)" = 500 ]; do :; done
      cat /proc/self/oom_score_adj
      cat
      for fd in 0 1 2; do readlink /proc/self/fd/$fd | cut -d: -f1; done
      # Not in a pipeline, whose own ends would be seen too.
      ls /proc/$$/fd > fds
      tr '\\n' ' ' < fds
  - run: |
      echo out > /dev/stdout
      echo err > /dev/stderr
  - uses: acme/parent@v1
`,
      actions: {
        "acme/parent@v1": javascriptAction({
          main: `const fs = require('fs');
console.log(fs.readFileSync('/proc/' + process.ppid + '/comm', 'utf8').trim(), process.versions.node.split('.')[0]);
console.log(fs.readdirSync('/proc/self/fd').filter((fd) => { try { return /job-|actions-runner/.test(fs.readlinkSync('/proc/self/fd/' + fd)); } catch { return false; } }).length);`,
        }),
      },
    });
    expect(run.status).toBe(0);
    // Bash holds its script at 255.
    const lines = ["Runner.Worker", "Runner.Worker", "500", "pipe", "pipe", "pipe", "0 1 2 255 "];
    expect(printed(stepOf(run, "__run"))).toEqual(lines);
    expect(printed(stepOf(run, "__run_2"))).toEqual(["out", "err"]);
    expect(printed(stepOf(run, "__acme_parent"))).toEqual(["Runner.Worker 24", "0"]);
    expect(stepOf(run, "__run").processes[0]).toMatchObject({ exitCode: 0, abandonedPipes: false });
  });

  it("finds the job's secrets in the memory of the Worker, in plain text", async () => {
    const run = await runner.run({
      job: "steps:\n  - run: node scan.js $PPID\n",
      secrets: { DEPLOY_KEY: "hunter2-hunter2" },
      files: {
        "scan.js": `const fs = require('fs');
const worker = process.argv[2];
// Put together here, so that the Worker's copy of this file is not what is found.
const start = ['"DEPLOY', '_KEY":{"value":"'].join('');
const mem = fs.openSync('/proc/' + worker + '/mem', 'r');
let found;
for (const line of fs.readFileSync('/proc/' + worker + '/maps', 'utf8').split('\\n')) {
  const match = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
  if (!match) continue;
  const from = parseInt(match[1], 16), size = parseInt(match[2], 16) - from;
  const buffer = Buffer.allocUnsafe(size);
  let length = 0;
  try { length = fs.readSync(mem, buffer, 0, size, from); } catch { continue; }
  const memory = buffer.subarray(0, length);
  for (let at = memory.indexOf(start); at >= 0; at = memory.indexOf(start, at + 1)) {
    found ??= /^[^"]*","isSecret":true\\}/.exec(memory.toString('latin1', at + start.length, at + start.length + 200))?.[0];
  }
}
console.log(Buffer.from(found ?? 'nothing').toString('hex'));`,
      },
    });
    expect(run.status).toBe(0);
    const hex = printed(stepOf(run, "__run"))[0] ?? "";
    expect(Buffer.from(hex, "hex").toString()).toBe('hunter2-hunter2","isSecret":true}');
  });
});

describe.skipIf(process.getuid?.() !== 0)("the Worker of another user", () => {
  it("has that user's ids and home, and so have its steps", async () => {
    const run = await runner.run({
      job: `steps:
  - uses: actions/checkout@v5
  - run: |
      echo "$(id -u) $(stat -c %u /proc/$PPID) $HOME $USER"
      echo written > here && echo x=y >> "$GITHUB_OUTPUT" && echo again > /dev/stdout
      # The Worker sets it once the process exists.
      until [ "$(cat /proc/$$/oom_score_adj)" = 500 ]; do :; done
      cat /proc/self/oom_score_adj
`,
      actions: { "actions/checkout": javascriptAction({ main: "console.log(process.getuid())" }) },
      user: { name: "nobody", uid: 65534 },
    });
    expect(run.status).toBe(0);
    expect(printed(stepOf(run, "__actions_checkout"))).toEqual(["65534"]);
    expect(printed(stepOf(run, "__run"))).toEqual(["65534 65534 /nonexistent nobody", "again", "500"]);
  });
});

describe("scripts", () => {
  it("keep their text around expressions, and end at the program that cannot start", async () => {
    const run = await runner.run({
      job: `steps:
  - run: |
      cat <<'EOF'
      it's \${{ github.job }}: {0} '\${{ 'it''s }}' }}'
      EOF
      echo "$PWD" >> "$GITHUB_PATH"
  - id: custom
    shell: cat -n "{0}"
    run: |
      a
  - id: broken
    shell: broken {0}
    run: "true"
`,
      files: { broken: "#!/no/such/program\n" },
    });
    expect(run.status).toBe(1);
    expect(printed(stepOf(run, "__run"))).toEqual(["it's test: {0} 'it's }}'"]);
    expect(printed(stepOf(run, "custom")).map((line) => line.trim())).toEqual(["1\ta"]);
    expect(stepOf(run, "broken").annotations[0]?.message).toContain("An error occurred trying to start process");
  });
});

describe("actions", () => {
  const report = (stage: string) =>
    `console.log('${stage}', process.env.GITHUB_ACTION, process.env.STATE_seen, process.env.INPUT_LEVEL, process.env.INPUT_FULL_NAME, process.env.GITHUB_ACTION_REPOSITORY);
require('fs').appendFileSync(process.env.GITHUB_STATE, 'seen<<EOF\\n' + (process.env.STATE_seen ?? '') + '${stage};\\nEOF\\n');`;
  const inputs = `inputs:
  level: { description: d, default: low }
  full name: { description: d, default: "\${{ github.job }} \${{ toJSON(matrix) }}" }`;
  const action = javascriptAction({ pre: report("pre"), main: report("main"), post: report("post") }, inputs);

  it("keep state, run pre first and post last in reverse, and have the runner's ids", async () => {
    const run = await runner.run({
      job: `steps:
  - uses: acme/one@v1
    with: { level: high }
  - uses: acme/one@v1
  - id: local
    uses: ./local
  - run: "true"
    name: plain
`,
      files: Object.fromEntries(Object.entries(action).map(([name, text]) => [`local/${name}`, text])),
      actions: { "acme/one@v1": action },
    });
    expect(run.status).toBe(0);
    const order = run.report?.steps.map((step) => `${step.stage} ${step.id} ${step.name}`);
    expect(order).toEqual([
      "setup  Set up job",
      "pre __acme_one Pre Run acme/one@v1",
      "pre __acme_one_2 Pre Run acme/one@v1",
      "main __acme_one Run acme/one@v1",
      "main __acme_one_2 Run acme/one@v1",
      "main local Run ./local",
      "main __run plain",
      "post local Post Run ./local",
      "post __acme_one_2 Post Run acme/one@v1",
      "post __acme_one Post Run acme/one@v1",
      "complete  Complete job",
    ]);
    expect(printed(stepOf(run, "__acme_one"))).toEqual(["main __acme_one pre; high test null acme/one"]);
    expect(stepOf(run, "__acme_one", "post").log).toEqual([
      "Post job cleanup.",
      "post __acme_one pre;main; high test null acme/one",
    ]);
    expect(stepOf(run, "__acme_one_2", "post").log[1]).toBe("post __acme_one_2 pre;main; low test null acme/one");
    expect(stepOf(run, "local", "post").log[1]).toBe("post local main; low test null ");
    expect(stepOf(run, "local").annotations[0]?.message).toContain("`pre` execution is not supported for local action");
  });

  it("of steps with steps share the outer id, scope their outputs and clean up together", async () => {
    const composite = `name: c
description: c
inputs: { who: { description: d, default: world } }
outputs: { said: { description: d, value: "\${{ steps.say.outputs.text }}" } }
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      run: echo "text=hello $WHO" >> "$GITHUB_OUTPUT"; echo "$GITHUB_ACTION" "\${GITHUB_ACTION_PATH##*/}"
      env: { WHO: "\${{ inputs.who }}" }
    - uses: ./inner
`;
    const run = await runner.run({
      job: `steps:
  - id: outer
    uses: ./composite
    with: { who: you }
  - run: echo "\${{ steps.outer.outputs.said }} \${{ steps.say.outputs.text }}."
`,
      files: {
        "composite/action.yml": composite,
        ...Object.fromEntries(
          Object.entries(javascriptAction({ main: "console.log('inner')", post: "console.log('inner post')" })).map(
            ([name, text]) => [`inner/${name}`, text],
          ),
        ),
      },
    });
    expect(run.status).toBe(0);
    expect(stepOf(run, "outer").log).toContain("outer composite");
    expect(stepOf(run, "outer").log).toContain("inner");
    expect(printed(stepOf(run, "__run"))).toEqual(["hello you ."]);
    expect(stepOf(run, "outer", "post").log).toContain("inner post");
  });
});
