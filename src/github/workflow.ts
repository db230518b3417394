/**
 * Where each step of a job stands in its workflow file: from the id a step carries in `GITHUB_ACTION` to lines.
 *
 * The text is read by GitHub's own parser. It is used for tokens and their ranges only: a workflow that this
 * version of the parser does not fully know (a newer key, say) still gives its steps, with warnings.
 */

import { isBasicExpression, isMapping, isScalar, isSequence, NoOperationTraceWriter } from "@actions/workflow-parser";
import { TemplateContext, TemplateValidationErrors } from "@actions/workflow-parser/templates/template-context";
import { readTemplate } from "@actions/workflow-parser/templates/template-reader";
import type { MappingToken } from "@actions/workflow-parser/templates/tokens/mapping-token";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { WORKFLOW_ROOT } from "@actions/workflow-parser/workflows/workflow-constants";
import { getWorkflowSchema } from "@actions/workflow-parser/workflows/workflow-schema";
import { messageOf } from "../common/errors.ts";
import type { Anchor } from "../report/report.ts";
import { BoundedReader } from "./bounded-reader.ts";
import { type StepShape, stepIds } from "./step-ids.ts";

export interface StepMap {
  /** By `GITHUB_ACTION` id. Lines are 1-based and inclusive. */
  readonly steps: Readonly<Record<string, Anchor & { readonly name: string }>>;
  /** What the parser did not understand and which ids are ambiguous; for people. */
  readonly warnings: readonly string[];
}

interface FoundStep {
  readonly shape: StepShape;
  readonly anchor: Anchor & { readonly name: string };
  readonly parallel?: TemplateToken;
}

/**
 * The steps of job `jobId` in the workflow `text`, whose repository-relative path is `path`.
 * Never throws: a text that is no workflow, or has no such job, gives no steps and a warning that says so.
 */
export function mapSteps(text: string, path: string, jobId: string): StepMap {
  const { root, warnings } = parse(text, path);
  const jobs = root && entry(root, "jobs");
  // The service compares job ids without case.
  const job = jobs && entry(jobs, jobId, true);
  const steps = job && entry(job, "steps");
  if (!steps) return { steps: {}, warnings: [...warnings, `${path}: no job "${jobId}" with steps`] };

  const lines = text.split("\n");
  const found = new Map<string, Anchor & { readonly name: string }>();
  const ambiguous = new Set<string>();
  for (const [id, step] of scope(steps, path, lines)) {
    if (found.has(id)) ambiguous.add(id);
    found.set(id, step);
  }
  for (const id of ambiguous) {
    // Ids are unique within a `parallel` block and outside it, not across: no line is better than a wrong one.
    found.delete(id);
    warnings.push(`${path}: two steps of job "${jobId}" have the id ${id}; give them ids of their own`);
  }
  return { steps: Object.fromEntries(found), warnings };
}

function parse(text: string, path: string): { root: TemplateToken | undefined; warnings: string[] } {
  const context = new TemplateContext(
    new TemplateValidationErrors(),
    getWorkflowSchema(),
    new NoOperationTraceWriter(),
  );
  context.state.featureFlags = { isEnabled: (feature: string) => feature === "allowBackgroundSteps" };
  const file = context.getFileId(path);
  try {
    const reader = new BoundedReader(file, text);
    if (reader.errors.length > 0)
      return { root: undefined, warnings: reader.errors.map((e) => `${path}: ${e.message}`) };
    const root = readTemplate(context, WORKFLOW_ROOT, reader, file);
    return { root, warnings: context.errors.getErrors().map((error) => error.message) };
  } catch (error) {
    return { root: undefined, warnings: [`${path}: ${messageOf(error)}`] };
  }
}

function* scope(
  steps: TemplateToken,
  path: string,
  lines: readonly string[],
): Generator<[string, FoundStep["anchor"]]> {
  if (!isSequence(steps)) return;
  const found: FoundStep[] = [];
  for (let index = 0; index < steps.count; index++) {
    const item = steps.get(index);
    if (isMapping(item)) found.push(readStep(item, path, lines));
  }
  const ids = stepIds(found.map((step) => step.shape));
  for (const [index, step] of found.entries()) {
    yield [ids[index] ?? "", step.anchor];
    if (step.parallel) yield* scope(step.parallel, path, lines);
  }
}

function readStep(item: MappingToken, path: string, lines: readonly string[]): FoundStep {
  const id = scalar(entry(item, "id"));
  const uses = scalar(entry(item, "uses"));
  const run = scalar(entry(item, "run"));
  const parallel = entry(item, "parallel");
  const control =
    uses === undefined && run === undefined
      ? ["wait", "wait-all", "cancel", "parallel"].find((key) => entry(item, key) !== undefined)
      : undefined;
  const name = scalar(entry(item, "name")) || defaultName(uses, run, control);
  return {
    shape: { ...(id ? { id } : {}), ...(uses !== undefined ? { uses } : {}), ...(control ? { control } : {}) },
    anchor: { path, ...lineRange(item, lines), name },
    ...(parallel ? { parallel } : {}),
  };
}

/** What the log shows for a step without a name: `Run ` and the first line of the script, or the action. */
function defaultName(uses: string | undefined, run: string | undefined, control: string | undefined): string {
  const first = (uses ?? run ?? "")
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line.length > 0);
  return first ? `Run ${first}` : (control ?? "Run");
}

function lineRange(item: TemplateToken, lines: readonly string[]): { startLine: number; endLine: number } {
  const startLine = item.range?.start.line ?? 1;
  let endLine = item.range?.end.line ?? startLine;
  // YAML ends a block where the next token starts: step back over what is not the step's own.
  if (endLine > startLine && (item.range?.end.column ?? 0) <= 1) endLine--;
  while (endLine > startLine && /^\s*(#.*)?$/.test(lines[endLine - 1] ?? "")) endLine--;
  return { startLine, endLine };
}

function entry(token: TemplateToken, name: string, ignoreCase = false): TemplateToken | undefined {
  if (!isMapping(token)) return undefined;
  for (const { key, value } of token) {
    const text = scalar(key) ?? "";
    if (text === name || (ignoreCase && text.toLowerCase() === name.toLowerCase())) return value;
  }
  return undefined;
}

function scalar(token: TemplateToken | undefined): string | undefined {
  if (!token || !isScalar(token)) return undefined;
  // As written: the parser rewrites `a ${{ b }}` into one format() expression.
  return isBasicExpression(token) ? (token.source ?? token.toString()) : token.toString();
}
