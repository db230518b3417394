import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { isJob } from "@actions/workflow-parser/model/type-guards";
import type { SequenceToken, TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import * as v from "valibot";
import { parse as parseYaml } from "yaml";
import { type StepRequest, stepSchema, toStepRequests } from "./steps.ts";
import {
  childMapping,
  optionalTemplate,
  type Template,
  type TemplateMap,
  templateMapSchema,
  templateSchema,
  toMapping,
  toTemplateMap,
} from "./template.ts";

/** One job of a workflow, as the service sends it to the Worker. */
export interface JobRequest {
  readonly id: string;
  readonly name: string;
  /** `name:` of the workflow, or its path. */
  readonly workflow: string;
  readonly condition: string;
  readonly timeoutMinutes?: Template | undefined;
  /** Of the workflow and then of the job. */
  readonly env: readonly TemplateMap[];
  readonly defaults: { readonly shell?: Template | undefined; readonly workingDirectory?: Template | undefined };
  readonly outputs: TemplateMap;
  readonly steps: readonly StepRequest[];
}

export const jobSchema: v.GenericSchema<JobRequest> = v.strictObject({
  id: v.string(),
  name: v.string(),
  workflow: v.string(),
  condition: v.string(),
  timeoutMinutes: v.optional(templateSchema),
  env: v.array(templateMapSchema),
  defaults: v.strictObject({ shell: v.optional(templateSchema), workingDirectory: v.optional(templateSchema) }),
  outputs: templateMapSchema,
  steps: v.array(stepSchema),
});

/** The workflow file is not one, or asks for what the test runner does not have. */
export class WorkflowError extends Error {}

/**
 * Reads one job from a workflow file, checked against GitHub's schema.
 * @param path as it is shown in errors and used as the workflow's name when it has none.
 * @param jobId needed when there is more than one job.
 * @throws WorkflowError with line and column.
 */
export async function readJob(path: string, content: string, jobId: string | undefined): Promise<JobRequest> {
  const parsed = parseWorkflow({ name: path, content }, new NoOperationTraceWriter());
  const failWithErrors = (errors: readonly { message: string }[]) => {
    if (errors.length > 0) throw new WorkflowError(errors.map((error) => error.message).join("\n"));
  };
  failWithErrors(parsed.context.errors.getErrors());
  if (parsed.value === undefined) throw new WorkflowError(`${path}: the file is empty`);
  const template = await convertWorkflowTemplate(parsed.context, parsed.value);
  failWithErrors(parsed.context.errors.getErrors());

  const ids = template.jobs.map((job) => job.id.value);
  const id = jobId ?? (ids.length === 1 ? ids[0] : undefined);
  if (id === undefined)
    throw new WorkflowError(`${path}: has ${ids.length} jobs (${ids.join(", ")}); say which with --job`);
  const job = template.jobs.find((candidate) => candidate.id.value === id);
  if (job === undefined) throw new WorkflowError(`${path}: has no job '${id}'; it has ${ids.join(", ")}`);
  if (!isJob(job))
    throw new WorkflowError(`${path}: job '${id}' calls a reusable workflow, which the test runner does not have`);

  const root = toMapping(parseYaml(content));
  const raw = childMapping(childMapping(root, "jobs"), id);
  for (const key of ["container", "services", "strategy"]) {
    if (raw?.[key] !== undefined)
      throw new WorkflowError(`${path}: job '${id}': ${key} is not supported by the test runner`);
  }
  try {
    const name = optionalTemplate(raw, "name");
    const workflowName = optionalTemplate(root, "name");
    const defaults = [
      childMapping(childMapping(raw, "defaults"), "run"),
      childMapping(childMapping(root, "defaults"), "run"),
    ];
    const firstDefault = (key: string) => optionalTemplate(defaults[0], key) ?? optionalTemplate(defaults[1], key);
    return {
      id,
      name: typeof name === "string" ? name : id,
      workflow: typeof workflowName === "string" ? workflowName : path,
      condition: job.if.expression,
      timeoutMinutes: optionalTemplate(raw, "timeout-minutes"),
      env: [toTemplateMap(root?.env, "env"), toTemplateMap(raw?.env, "env")],
      defaults: { shell: firstDefault("shell"), workingDirectory: firstDefault("working-directory") },
      outputs: toTemplateMap(raw?.outputs, "outputs"),
      steps: toStepRequests(stepTokens(parsed.value, id), job.steps, raw?.steps),
    };
  } catch (error) {
    throw new WorkflowError(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function stepTokens(root: TemplateToken, jobId: string): SequenceToken {
  const job = root.assertMapping("workflow").find("jobs")?.assertMapping("jobs").find(jobId)?.assertMapping(jobId);
  const steps = job?.find("steps");
  if (steps === undefined) throw new Error(`job '${jobId}' has no steps`);
  return steps.assertSequence("steps");
}
