/** What the reports need from the job's surroundings, read before the session: the agent's user cannot. */
import path from "node:path";
import { codeOf, messageOf } from "../common/errors.ts";
import { readText } from "./read-text.ts";
import type { SessionSpec } from "./spec.ts";

export interface Workplace {
  readonly workflow: SessionSpec["workflow"];
  readonly lockfiles: SessionSpec["lockfiles"];
  /** What could not be read although it is there; for people. */
  readonly warnings: readonly string[];
}

const LOCKFILES = ["package-lock.json", "npm-shrinkwrap.json"];
const MAX_LOCKFILE = 32 * 1024 * 1024;

/**
 * Reads the workflow file and the lockfiles in `workspace`, as far as they are there. Call it as the user.
 * @param environment the job's: GITHUB_WORKFLOW, GITHUB_WORKFLOW_REF, GITHUB_JOB
 * @param matrix the job's place in it, in words; the environment does not tell
 */
export function readWorkplace(
  environment: NodeJS.ProcessEnv,
  workspace: string,
  matrix: string | null = null,
): Workplace {
  const warnings: string[] = [];
  const read = (file: string, max?: number) => {
    try {
      return readText(path.join(workspace, file), max);
    } catch (error) {
      if (!["ENOENT", "ENOTDIR"].includes(codeOf(error) ?? ""))
        warnings.push(`cannot read ${file}: ${messageOf(error)}`);
      return null;
    }
  };
  const workflow = workflowPath(environment.GITHUB_WORKFLOW_REF ?? "");
  const lockfiles = LOCKFILES.flatMap((file) => {
    const text = read(file, MAX_LOCKFILE);
    return text === null ? [] : [{ path: file, text }];
  });
  return {
    workflow: {
      name: environment.GITHUB_WORKFLOW || null,
      job: environment.GITHUB_JOB || null,
      path: workflow,
      matrix,
      text: workflow === null ? null : read(workflow),
    },
    lockfiles,
    warnings,
  };
}

/** `owner/repository/.github/workflows/ci.yml@refs/heads/main` to the path in the repository; null for anything else. */
export function workflowPath(ref: string): string | null {
  return /^[^/@]+\/[^/@]+\/(\.github\/workflows\/[^/@]+)@/.exec(ref)?.[1] ?? null;
}
