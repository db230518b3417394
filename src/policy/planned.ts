/** What a policy may already say but the guard cannot do yet: never ignored, always named PLANNED. */
import { compilePolicy } from "./compile.ts";
import { Findings, show } from "./diagnostic.ts";
import type { PolicyDocument } from "./document.ts";
import { mergeDocuments } from "./merge.ts";
import type { PathContext } from "./path.ts";
import type { Mode } from "./rules.ts";

/** Per-step overrides. */
export function lintPlanned(
  documents: readonly PolicyDocument[],
  mode: Mode,
  context: PathContext,
  findings: Findings,
): void {
  for (const document of documents) lintSteps(document, mode, context, findings);
}

function lintSteps(document: PolicyDocument, mode: Mode, context: PathContext, findings: Findings): void {
  for (const [id, step] of Object.entries(document.value.steps ?? {})) {
    const under = ["steps", id];
    findings.error(document.file, document.keyAt(under), {
      message: `rules for the step ${show(id)} alone are PLANNED and not enforced yet`,
      fix: `move them into the sections of the whole job, or remove [steps.${id}...]`,
    });
    // The overrides are held to the same rules as the sections they override.
    const own = new Findings();
    const alone: PolicyDocument = {
      file: document.file,
      value: step,
      keyAt: (path) => document.keyAt([...under, ...path]),
      valueAt: (path) => document.valueAt([...under, ...path]),
    };
    compilePolicy(mergeDocuments([alone]), mode, context, own);
    findings.errors.push(...own.errors);
    findings.warnings.push(...own.warnings);
  }
}
