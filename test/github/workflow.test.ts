import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stepIds } from "../../src/github/step-ids.ts";
import { mapSteps } from "../../src/github/workflow.ts";

const WORKFLOW = `name: CI
on: push
jobs:
  lint:
    runs-on: ubuntu-latest
    steps: [{ run: "true" }]
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: |
          npm ci
          npm test

      # A comment that belongs to the next step.
      - id: greet
        name: Greet \${{ github.actor }}
        run: echo hello
      - uses: Actions/checkout@v4
        with:
          path: again
      - run: echo \${{ github.sha }}
      - uses: ./
      - uses: ./local
      - uses: docker://alpine:3
      - id: bg
        run: sleep 1
        background: true
      - wait: bg
      - parallel:
          - id: left
            run: a
          - run: b
          - uses: acme/tool@v1
`;

test("gives the runner's ids and the lines of each step", () => {
  const { steps, warnings } = mapSteps(WORKFLOW, ".github/workflows/ci.yml", "build");
  const seen = Object.fromEntries(
    Object.entries(steps).map(([id, step]) => [id, `${step.startLine}-${step.endLine} ${step.name}`]),
  );
  expect(seen).toEqual({
    __actions_checkout: "10-10 Run actions/checkout@v4",
    greet: "16-18 Greet ${{ github.actor }}",
    __Actions_checkout_2: "19-21 Run Actions/checkout@v4",
    __run_2: "22-22 Run echo ${{ github.sha }}",
    __self: "23-23 Run ./",
    __self_2: "24-24 Run ./local",
    __alpine_3: "25-25 Run docker://alpine:3",
    bg: "26-28 Run sleep 1",
    __wait: "29-29 wait",
    __parallel: "30-34 parallel",
    left: "31-32 Run a",
    __acme_tool: "34-34 Run acme/tool@v1",
  });
  // `__run` is the id of the second step and of one in the parallel block.
  expect(warnings).toEqual([expect.stringContaining("have the id __run;")]);
  expect(steps.greet?.path).toBe(".github/workflows/ci.yml");
});

test("finds a job whatever the case of its id, and flow style", () => {
  expect(mapSteps(WORKFLOW, "w.yml", "LINT").steps).toEqual({
    __run: { path: "w.yml", startLine: 6, endLine: 6, name: "Run true" },
  });
});

test("a carriage return does not move a line", () => {
  const { steps } = mapSteps(WORKFLOW.replaceAll("\n", "\r\n"), "w.yml", "build");
  expect(steps.greet).toMatchObject({ startLine: 16, endLine: 18 });
});

describe("what cannot be read gives a warning, not an error", () => {
  test.each([
    ["no YAML", "a: [", "build"],
    ["another job", WORKFLOW, "deploy"],
    ["no mapping", "- 1", "build"],
    ["nothing", "", "build"],
    ["a reusable workflow", "on: push\njobs:\n  build:\n    uses: a/b/.github/workflows/c.yml@v1\n", "build"],
  ])("%s", (_name, text, job) => {
    const { steps, warnings } = mapSteps(text, "w.yml", job);
    expect(steps).toEqual({});
    expect(warnings.length).toBeGreaterThan(0);
  });

  test("a key the parser does not know leaves the steps", () => {
    const { steps, warnings } = mapSteps(
      "on: push\njobs:\n  b:\n    novelty: 1\n    runs-on: x\n    steps:\n      - run: a\n",
      "w.yml",
      "b",
    );
    expect(steps.__run).toMatchObject({ startLine: 7, endLine: 7 });
    expect(warnings.join()).toContain("novelty");
  });

  test("aliases that multiply", () => {
    const levels = Array.from(
      { length: 30 },
      (_, i) => `x${i + 1}: &x${i + 1} [${Array(10).fill(`*x${i}`).join(",")}]`,
    );
    const text = ["on: push", "x0: &x0 [a]", ...levels, "jobs:", "  b:", "    steps:", "      - run: a"].join("\n");
    expect(mapSteps(text, "w.yml", "b").warnings.join()).toContain("aliases");
  });

  test("a file too large to be read in time", () => {
    const { warnings } = mapSteps(`${WORKFLOW}#${"x".repeat(500_000)}`, "w.yml", "build");
    expect(warnings[0]).toMatch(/^w.yml: more than 500000 characters/);
  });

  test("any text at all", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(mapSteps(text, "w.yml", "b").steps).toEqual({});
      }),
    );
  });
});

describe("step ids", () => {
  test.each([
    [{ uses: "actions/checkout/sub/path@v4" }, "__actions_checkout"],
    [{ uses: "actions/checkout@v4@v5" }, "__run"],
    [{ uses: "checkout@v4" }, "__run"],
    [{ uses: "$/x" }, "__self"],
    [{ uses: "docker://ghcr.io/a/b:1.0" }, "__ghcr_io_a_b_1_0"],
    [{ uses: `a/${"b".repeat(200)}@v1` }, `__a_${"b".repeat(96)}`],
    [{ control: "wait-all" }, "__wait-all"],
    [{}, "__run"],
  ])("%j", (shape, id) => {
    expect(stepIds([shape])).toEqual([id]);
  });

  test("are distinct without case", () => {
    const uses = fc.constantFrom("a/b@1", "A/B@1", "./x", "a/b-2@1", "docker://a/b", `a/${"b".repeat(120)}@1`);
    fc.assert(
      fc.property(fc.array(fc.record({ uses }, { requiredKeys: [] }), { maxLength: 40 }), (shapes) => {
        const ids = stepIds(shapes.map(({ uses }) => (uses === undefined ? {} : { uses })));
        expect(new Set(ids.map((id) => id.toLowerCase())).size).toBe(shapes.length);
        for (const id of ids) expect(id).toMatch(/^__[A-Za-z0-9_-]{1,98}$/);
      }),
    );
  });
});
