/** What build/start.mjs tells the program inside the machine. All paths are absolute and the same inside and outside. */
import { readFileSync } from "node:fs";
import * as v from "valibot";

const Plan = v.object({
  /** workflows-examples/guarded-build. */
  project: v.string(),
  /** What of it belongs into a workspace, relative. */
  projectFiles: v.array(v.string()),
  /** npm's cache, filled; read only. */
  packageCache: v.string(),
  /** Lines that the workspace's .npmrc gets on top. */
  npmrc: v.array(v.string()),
  /** A Node 24 for actions. */
  node24: v.string(),
  /** The command line of the test runner, without arguments. */
  testRunner: v.array(v.string()),
  /** The directory with action.yml and dist/. */
  action: v.string(),
  /** Where the results go. */
  out: v.string(),
});
export type Plan = v.InferOutput<typeof Plan>;

/** @throws Error when the file is not a plan */
export function readPlan(file: string): Plan {
  return v.parse(Plan, JSON.parse(readFileSync(file, "utf8")));
}
