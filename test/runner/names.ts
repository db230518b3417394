import { evaluateText, type Scope } from "./expressions.ts";
import type { ActionReference, StepRequest } from "./steps.ts";
import type { Template } from "./template.ts";

export function displayReference(uses: ActionReference): string {
  if (uses.kind === "local") return uses.path;
  return `${uses.repository}${uses.path === "" ? "" : `/${uses.path}`}@${uses.ref}`;
}

/** The step's `name`, or `Run ` and what it runs; the first line of it. */
export function displayName(step: StepRequest, scope: Scope): string {
  const firstLine = (text: string) => text.trimStart().split(/\r?\n/, 1)[0] ?? "";
  if (step.name !== undefined) return firstLine(tryEvaluate(step.name, scope));
  if (step.uses !== undefined) return `Run ${displayReference(step.uses)}`;
  return `Run ${firstLine(tryEvaluate(step.run?.script ?? "", scope))}`;
}

/** A name may refer to what does not exist yet; the runner then shows the expression itself. */
function tryEvaluate(template: Template, scope: Scope): string {
  try {
    return evaluateText(template, scope);
  } catch {
    return String(template);
  }
}
