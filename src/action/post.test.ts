/** The action's post as a process of its own, after a session whose monitor is gone. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileEvent, sampleReport } from "../report/samples.ts";
import type { ActionState } from "./state.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), "warden-test-"));
  mkdirSync(path.join(scratch, "session/report"), { recursive: true });
  for (const name of ["outputs", "step-summary"]) writeFileSync(path.join(scratch, name), "");
});
afterEach(() => rmSync(scratch, { recursive: true }));

const within = (...names: string[]) => path.join(scratch, ...names);

function state(change: Partial<ActionState> = {}): string {
  return JSON.stringify({
    directory: within("session"),
    mode: "enforce",
    failOnViolation: true,
    annotations: true,
    summary: true,
    reportDirectory: within("kept"),
    sarifFile: null,
    ...change,
  } satisfies ActionState);
}

function report(name: string, text: string): void {
  writeFileSync(within("session/report", name), text);
}

function post(saved: string) {
  const entry = new URL("post.ts", import.meta.url).pathname;
  const result = spawnSync(process.execPath, ["--import", "tsx", entry], {
    env: {
      PATH: process.env.PATH,
      STATE_session: saved,
      GITHUB_OUTPUT: within("outputs"),
      GITHUB_STEP_SUMMARY: within("step-summary"),
    },
    encoding: "utf8",
  });
  const errors = result.stdout.split("\n").filter((line) => line.startsWith("::error"));
  return { status: result.status, said: result.stdout, errors, all: result.stdout + result.stderr };
}

const STACK = /\n\s+at .*:\d+:\d+|node:internal/;
const refused = JSON.stringify(sampleReport([fileEvent({ verdict: "deny" })], { mode: "enforce" }));

describe("what can be told is told, and what went wrong is an error without a stack trace", () => {
  it("after a state that is none", () => {
    const { status, errors, all } = post('{"directory":1}');
    expect(status).toBe(1);
    expect(errors).toEqual([expect.stringContaining("the state that main left: directory: ")]);
    expect(all).not.toMatch(STACK);
  });

  it("with a report that is torn", () => {
    report("report.json", refused.slice(0, 400));
    report("summary.md", "# the summary\n");
    report("warden.sarif", "{}");
    const { status, errors, all } = post(state());
    expect(status).toBe(1);
    expect(errors.join("\n")).toContain("the monitor is gone");
    expect(errors.join("\n")).toContain("there is no report, what was refused is not known: report.json: not JSON");
    expect(all).not.toMatch(STACK);
    expect(readFileSync(within("step-summary"), "utf8")).toBe("# the summary\n");
    expect(readFileSync(within("outputs"), "utf8")).toContain(within("kept"));
    expect(readFileSync(within("kept/warden.sarif"), "utf8")).toBe("{}");
  });

  it("with places that cannot be written", () => {
    report("report.json", refused);
    report("summary.md", "# the summary\n");
    report("warden.sarif", "{}");
    writeFileSync(within("kept"), "");
    writeFileSync(within("file"), "");
    const { status, said, errors, all } = post(state({ sarifFile: within("file/x.sarif") }));
    expect(status).toBe(1);
    expect(errors.join("\n")).toContain(`cannot be written to ${within("kept")}`);
    expect(errors.join("\n")).toContain(`cannot be written to ${within("file/x.sarif")}`);
    expect(all).not.toMatch(STACK);
    expect(said).toContain("1 act refused");
    expect(readFileSync(within("step-summary"), "utf8")).toBe("# the summary\n");
    expect(readFileSync(within("outputs"), "utf8")).toMatch(/violations<<.*\n1\n/);
  });

  it("with a report that is a link, which is not followed", () => {
    writeFileSync(within("secret"), refused);
    symlinkSync(within("secret"), within("session/report/report.json"));
    const { status, errors, all } = post(state());
    expect(status).toBe(1);
    expect(errors.join("\n")).toContain("the guard's reports cannot be read: ELOOP");
    expect(all).not.toMatch(STACK);
  });

  it("with a summary and outputs that cannot be written", () => {
    report("report.json", refused);
    report("summary.md", "# the summary\n");
    for (const name of ["outputs", "step-summary"]) {
      rmSync(within(name));
      mkdirSync(within(name));
      chmodSync(within(name), 0o700);
    }
    const { errors, said, all } = post(state());
    expect(errors.join("\n")).toContain("the step summary cannot be written");
    expect(errors.join("\n")).toContain("the outputs cannot be set");
    expect(said).toContain("1 act refused");
    expect(all).not.toMatch(STACK);
  });
});

describe("a job without a session", () => {
  it.each([
    ["whose main left nothing", () => ""],
    ["whose main was ended before the guard was there", () => state({ mode: null })],
  ])("%s does not fail for it", (_name, saved) => {
    const { status, said } = post(saved());
    expect(status).toBe(0);
    expect(said).toContain("Warden did not guard this job");
  });
});
