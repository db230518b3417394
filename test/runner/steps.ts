import type { Step } from "@actions/workflow-parser/model/workflow-template";
import type { SequenceToken } from "@actions/workflow-parser/templates/tokens/index";
import * as v from "valibot";
import {
  optionalTemplate,
  type RawMapping,
  type Template,
  type TemplateMap,
  templateMapSchema,
  templateSchema,
  toMapping,
  toTemplate,
  toTemplateMap,
} from "./template.ts";

/** What a `uses:` names. */
export type ActionReference =
  | { readonly kind: "local"; readonly path: string }
  | { readonly kind: "repository"; readonly repository: string; readonly path: string; readonly ref: string };

/** A step as the service sends it to the Worker: nothing evaluated yet. */
export interface StepRequest {
  /** `GITHUB_ACTION`. Generated ones start with two underscores and are not in the `steps` context. */
  readonly id: string;
  /** First line in its file, from 1. */
  readonly line?: number | undefined;
  readonly name?: Template | undefined;
  /** Always has a status function: `success() && (...)` is already around one without. */
  readonly condition: string;
  readonly env: TemplateMap;
  readonly continueOnError?: Template | undefined;
  readonly timeoutMinutes?: Template | undefined;
  readonly run?:
    | {
        readonly script: Template;
        readonly shell?: Template | undefined;
        readonly workingDirectory?: Template | undefined;
      }
    | undefined;
  readonly uses?: ActionReference | undefined;
  readonly with: TemplateMap;
}

export const stepSchema: v.GenericSchema<StepRequest> = v.strictObject({
  id: v.string(),
  line: v.optional(v.number()),
  name: v.optional(templateSchema),
  condition: v.string(),
  env: templateMapSchema,
  continueOnError: v.optional(templateSchema),
  timeoutMinutes: v.optional(templateSchema),
  run: v.optional(
    v.strictObject({
      script: templateSchema,
      shell: v.optional(templateSchema),
      workingDirectory: v.optional(templateSchema),
    }),
  ),
  uses: v.optional(
    v.variant("kind", [
      v.strictObject({ kind: v.literal("local"), path: v.string() }),
      v.strictObject({ kind: v.literal("repository"), repository: v.string(), path: v.string(), ref: v.string() }),
    ]),
  ),
  with: templateMapSchema,
});

/**
 * Joins the parser's own steps, which have the ids the service would assign, with the values in the YAML.
 * @param tokens where the steps stand in the file.
 * @throws Error with the line for a kind of step that this runner does not have.
 */
export function toStepRequests(tokens: SequenceToken, steps: readonly Step[], values: unknown): StepRequest[] {
  const mappings = Array.isArray(values) ? values.map(toMapping) : [];
  if (tokens.count !== steps.length || mappings.length !== steps.length) {
    throw new Error(`of ${tokens.count} steps only ${steps.length} can be read`);
  }
  return steps.map((step, index) => {
    const { line } = tokens.get(index);
    try {
      return toStepRequest(step, mappings[index] ?? {}, line);
    } catch (error) {
      throw new Error(`line ${line}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  });
}

function toStepRequest(step: Step, mapping: RawMapping, line: number | undefined): StepRequest {
  if ((!("run" in step) && !("uses" in step)) || step.background === true) {
    throw new Error("background, parallel, wait and cancel steps are not supported by the test runner");
  }
  const common = {
    id: step.id,
    line,
    name: optionalTemplate(mapping, "name"),
    condition: step.if.expression,
    env: toTemplateMap(mapping.env, "env"),
    continueOnError: optionalTemplate(mapping, "continue-on-error"),
    timeoutMinutes: optionalTemplate(mapping, "timeout-minutes"),
  };
  if ("run" in step) {
    const run = {
      script: toTemplate(mapping.run, "run"),
      shell: optionalTemplate(mapping, "shell"),
      workingDirectory: optionalTemplate(mapping, "working-directory"),
    };
    return { ...common, run, with: [] };
  }
  const uses = parseReference(step.uses.value);
  if (uses === undefined) {
    throw new Error(
      `uses: ${step.uses.value}: the test runner has only local actions (./path) and owner/name[/path]@ref`,
    );
  }
  return { ...common, uses, with: toTemplateMap(mapping.with, "with") };
}

function parseReference(uses: string): ActionReference | undefined {
  if (uses.startsWith("docker://")) return undefined;
  if (uses.startsWith("./") || uses.startsWith("$/")) return { kind: "local", path: `./${uses.slice(2)}` };
  const match = /^([^/@]+\/[^/@]+)(?:\/([^@]+))?@([^@]+)$/.exec(uses);
  if (match === null) return undefined;
  return { kind: "repository", repository: match[1]!, path: match[2] ?? "", ref: match[3]! };
}
