/** The action's `pre`: before all steps, so a job that cannot be guarded ends before it has done anything. */
import * as core from "@actions/core";
import { readInputs } from "./inputs.ts";
import { explain } from "./log.ts";
import { findWorker } from "./platform.ts";

try {
  readInputs((name) => core.getInput(name));
  findWorker();
} catch (error) {
  explain(error);
}
