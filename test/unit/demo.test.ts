import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadPolicy } from "../../src/policy/load.ts";
import { type Act, actNames, type JobRun, type Outcome, parseRecord, problems, table } from "../demo/acts.ts";
import { withoutGuard } from "../demo/workflow.ts";

const example = new URL("../../workflows-examples/guarded-build/", import.meta.url);

function run(outcome: (act: Act) => Outcome, rest: Partial<JobRun>): JobRun {
  return {
    outcomes: new Map(actNames.map((act) => [act, outcome(act)])),
    steps: { install: "success", build: "success", test: "success" },
    collected: 0,
    connections: 0,
    workflowWritten: false,
    seconds: 1,
    ...rest,
  };
}
const control = run((act) => ({ act, ok: true, detail: "done" }), {
  collected: 40,
  connections: 1,
  workflowWritten: true,
});
const guarded = run((act) => ({ act, ok: false, errno: "EPERM", detail: "refused" }), {});

describe("the demo's verdict", () => {
  it("finds nothing wrong when all acts are refused and all controls work", () => {
    expect(problems(control, guarded)).toEqual([]);
  });

  it("takes no other error for a refusal", () => {
    const other = run((act) => ({ act, ok: false, errno: "EACCES", detail: "?" }), {});
    expect(problems(control, other)).toHaveLength(actNames.length);
  });

  it("does not count an act whose control fails", () => {
    expect(problems(guarded, guarded)).toHaveLength(actNames.length + 2);
  });

  it("sees what was left behind, and acts that were never tried", () => {
    const leaky = { ...guarded, connections: 1, workflowWritten: true, outcomes: new Map() };
    expect(problems(control, leaky)).toHaveLength(actNames.length + 2);
  });

  it("wants the honest build to pass", () => {
    const broken = { ...guarded, steps: { install: "success", build: "failure" } };
    expect(problems(control, broken)).toEqual([
      "with Warden: step build ended as failure",
      "with Warden: step test ended as not run",
    ]);
  });

  it("shows both runs side by side", () => {
    expect(table(control, guarded)).toMatch(/read ~\/\.npmrc +succeeds +refused \(EPERM\)\n/);
  });
});

describe("the record", () => {
  it("is one outcome a line", () => {
    const record = parseRecord('{"act":"ssh-key","ok":true,"detail":"4 bytes"}\n');
    expect(record.get("ssh-key")).toEqual({ act: "ssh-key", ok: true, detail: "4 bytes" });
  });

  it.each(["{", "{}", '{"act":"other","ok":true,"detail":""}', '{"act":"ssh-key","ok":false,"detail":""}'])(
    "is refused with the line when it is %s",
    (line) => {
      expect(() => parseRecord(`\n${line}\n`)).toThrow("line 2");
    },
  );

  it("holds the acts that the package really tries", () => {
    const script = readFileSync(new URL("vendor/pretty-banner/install/setup.mjs", example), "utf8");
    for (const act of actNames) expect(script).toContain(act);
  });
});

describe("the control's workflow", () => {
  it("is the example's without the guard", () => {
    const workflow = readFileSync(new URL(".github/workflows/ci.yml", example), "utf8");
    const without = withoutGuard(workflow);
    expect(without).not.toContain("uses:");
    expect(without).not.toContain("id: warden");
    expect(without).toContain("      - name: Install\n        id: install\n        run: npm ci\n");
    expect(workflow.length - without.length).toBeLessThan(120);
  });

  it("keeps the steps around it", () => {
    const text = "steps:\n  - run: a\n  - uses: warden/warden-action@v1\n    with:\n      mode: audit\n\n  - run: b\n";
    expect(withoutGuard(text)).toBe("steps:\n  - run: a\n  - run: b\n");
  });

  it("needs exactly one guard", () => {
    expect(() => withoutGuard("steps:\n  - run: a\n")).toThrow("0 steps");
  });
});

describe("the example's policy", () => {
  const context = { home: "/home/runner", workspace: "/work", temp: "/temp" };
  const text = readFileSync(new URL(".github/warden.toml", example), "utf8");
  const loaded = loadPolicy({ text, file: ".github/warden.toml", context });

  it("enforces, and says nothing twice or in vain", () => {
    expect(loaded).toMatchObject({ ok: true, warnings: [], policy: { mode: "enforce" } });
  });

  it("refuses by default all that a build can be told in advance", () => {
    const defaults = { network: "deny", exec: "deny", read: "allow", write: "deny" };
    expect(loaded).toMatchObject({ policy: { defaults, memfd: "deny", processMemory: "deny" } });
  });
});
