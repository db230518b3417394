import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readText } from "./read-text.ts";
import { readWorkplace, workflowPath } from "./workplace.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), "warden-test-"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

describe("the path of the workflow", () => {
  it("is cut out of the reference", () => {
    expect(workflowPath("o/r/.github/workflows/ci.yml@refs/heads/a@b")).toBe(".github/workflows/ci.yml");
  });

  it("never leads out of the repository's workflows", () => {
    for (const ref of ["", "o/r/.github/workflows/../../../etc/passwd@x", "o/r/x.yml@y", "/etc/passwd@x"])
      expect(workflowPath(ref)).toBeNull();
  });
});

describe("what the reports need", () => {
  const environment = {
    GITHUB_WORKFLOW: "ci",
    GITHUB_JOB: "build",
    GITHUB_WORKFLOW_REF: "o/r/.github/workflows/ci.yml@x",
  };

  it("is read where it is there", () => {
    mkdirSync(path.join(scratch, ".github/workflows"), { recursive: true });
    writeFileSync(path.join(scratch, ".github/workflows/ci.yml"), "on: push\n");
    writeFileSync(path.join(scratch, "package-lock.json"), "{}");
    expect(readWorkplace(environment, scratch)).toEqual({
      workflow: { name: "ci", job: "build", path: ".github/workflows/ci.yml", matrix: null, text: "on: push\n" },
      lockfiles: [{ path: "package-lock.json", text: "{}" }],
      warnings: [],
    });
  });

  it("is absent in an empty place, without a warning", () => {
    const { workflow, lockfiles, warnings } = readWorkplace(environment, scratch);
    expect([workflow.text, lockfiles, warnings]).toEqual([null, [], []]);
  });

  it("is warned about when it cannot be read", () => {
    mkdirSync(path.join(scratch, "package-lock.json"));
    expect(readWorkplace({}, scratch).warnings).toHaveLength(1);
  });
});

it("a file without an end is not read for ever", () => {
  expect(() => readText("/dev/zero", 1024 * 1024)).toThrow("larger than 1 MiB");
});
