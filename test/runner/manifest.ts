import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NoOperationTraceWriter } from "@actions/workflow-parser";
import { convertActionTemplate, parseAction } from "@actions/workflow-parser/actions/index";
import { parse as parseYaml } from "yaml";
import { type StepRequest, toStepRequests } from "./steps.ts";
import { childMapping, optionalTemplate, type Template, type TemplateMap, toMapping } from "./template.ts";

/** What the runner needs of an `action.yml`. */
export interface ActionManifest {
  readonly inputs: readonly {
    readonly id: string;
    readonly default: Template | undefined;
    readonly deprecation: string | undefined;
  }[];
  readonly runs:
    | {
        readonly kind: "node";
        readonly main: string;
        readonly pre: string | undefined;
        readonly preIf: string;
        readonly post: string | undefined;
        readonly postIf: string;
      }
    | { readonly kind: "composite"; readonly steps: readonly StepRequest[]; readonly outputs: TemplateMap };
}

/** Every JavaScript action runs on Node 24, as on GitHub since Node 20 has ended. */
const NODE_RUNTIMES = ["node20", "node24"];

/**
 * Reads `action.yml` or `action.yaml` of a directory.
 * @throws Error with the runner's wording when there is none, with line and column when it does not parse.
 */
export function readManifest(directory: string): ActionManifest {
  const { path, content } = find(directory);
  const { context, value } = parseAction({ name: path, content }, new NoOperationTraceWriter());
  const check = () => {
    const errors = context.errors.getErrors();
    if (errors.length > 0) throw new Error(errors.map((error) => error.message).join("\n"));
  };
  check();
  if (value === undefined) throw new Error(`${path}: the file is empty`);
  const action = convertActionTemplate(context, value);
  check();

  const raw = toMapping(parseYaml(content));
  const rawInputs = childMapping(raw, "inputs");
  const inputs = (action.inputs ?? []).map((input) => ({
    id: input.id,
    default: optionalTemplate(childMapping(rawInputs, input.id), "default"),
    deprecation: input.deprecationMessage,
  }));
  const runs = action.runs;
  if (runs.using === "composite") {
    const tokens = value.assertMapping("action").find("runs")?.assertMapping("runs").find("steps");
    if (tokens === undefined) throw new Error(`${path}: runs has no steps`);
    const steps = toStepRequests(tokens.assertSequence("steps"), runs.steps, childMapping(raw, "runs")?.steps);
    const rawOutputs = childMapping(raw, "outputs");
    const outputs = Object.keys(rawOutputs ?? {}).map(
      (id) => [id, optionalTemplate(childMapping(rawOutputs, id), "value") ?? null] as const,
    );
    return { inputs, runs: { kind: "composite", steps, outputs } };
  }
  if (runs.using === "docker") throw new Error(`${path}: docker actions are not supported by the test runner`);
  if (!NODE_RUNTIMES.includes(runs.using)) throw new Error(`${path}: runs.using '${runs.using}' has ended; use node24`);
  return {
    inputs,
    runs: {
      kind: "node",
      main: runs.main,
      pre: runs.pre,
      preIf: runs.preIf ?? "always()",
      post: runs.post,
      postIf: runs.postIf ?? "always()",
    },
  };
}

function find(directory: string): { path: string; content: string } {
  for (const name of ["action.yml", "action.yaml"]) {
    const path = join(directory, name);
    try {
      return { path, content: readFileSync(path, "utf8") };
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  throw new Error(
    `Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '${directory}'. Did you forget to run actions/checkout before running your local action?`,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
