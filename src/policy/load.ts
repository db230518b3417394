/** The way in: policy text to compiled policy. Pure; the world comes in by `readFile` and `context`. */
import { compilePolicy } from "./compile.ts";
import { type Diagnostic, Findings } from "./diagnostic.ts";
import { type PolicyDocument, readDocument } from "./document.ts";
import { collectDocuments, type ReadFile } from "./extends.ts";
import { type MergedPolicy, mergeDocuments } from "./merge.ts";
import type { PathContext } from "./path.ts";
import { lintPlanned } from "./planned.ts";
import type { CompiledPolicy, Mode } from "./rules.ts";

export interface LoadInput {
  readonly text: string;
  /** The name for messages: the policy file as the user gave it, or `inputs.policy`. */
  readonly file: string;
  /**
   * Reads what the policy extends; throws when it cannot. The path is relative to what `file` is relative to.
   * Without it, extending a file is an error; presets still work.
   */
  readonly readFile?: ReadFile | undefined;
  readonly context: PathContext;
  /** Overrides the mode of the policy. */
  readonly mode?: Mode | undefined;
}

export type LoadResult =
  | { readonly ok: true; readonly policy: CompiledPolicy; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly errors: readonly Diagnostic[]; readonly warnings: readonly Diagnostic[] };

/** Loads a policy. Never throws: everything wrong with the text is in `errors`, with line, column and a fix. */
export function loadPolicy(input: LoadInput): LoadResult {
  const findings = new Findings();
  const document = readDocument(input.text, input.file, findings);
  return document === null ? failed(findings) : loadDocument(document, input, findings);
}

/** The same for a document that was not read from TOML. */
export function loadDocument(
  root: PolicyDocument,
  input: Pick<LoadInput, "readFile" | "context" | "mode">,
  findings: Findings,
): LoadResult {
  const documents = collectDocuments(root, input.readFile, findings);
  const merged = mergeDocuments(documents);
  const mode = input.mode ?? merged.mode?.value ?? "audit";
  const policy = compilePolicy(merged, mode, input.context, findings);
  lintPlanned(documents, mode, input.context, findings);
  lintSections(root, merged, findings);
  if (findings.errors.length > 0) return failed(findings);
  return { ok: true, policy, warnings: inOrder(findings.warnings) };
}

/** Sections of the root that say less than they seem to. */
function lintSections(root: PolicyDocument, merged: MergedPolicy, findings: Findings): void {
  const { network, exec, files } = root.value;
  const own = {
    network,
    "network.listen": network?.listen,
    exec,
    "files.read": files?.read,
    "files.write": files?.write,
    "files.delete": files?.delete,
  };
  for (const [name, section] of Object.entries(own)) {
    if (section === undefined) continue;
    const path = name.split(".");
    if (Object.keys(section).length === 0) {
      findings.warn(root.file, root.keyAt(path), {
        message: `[${name}] is empty and changes nothing`,
        fix: 'write `default = "deny"` to deny everything, or remove it',
      });
    }
    const joined = merged.sections[name as keyof typeof own];
    const effective = joined.default?.value;
    if (effective === "allow" && (section.allow?.length ?? 0) > 0 && (joined.deny?.length ?? 0) === 0) {
      findings.warn(root.file, root.keyAt([...path, "allow"]), {
        message: `the allow list of [${name}] changes nothing: its default is allow and nothing is denied`,
        fix: 'write `default = "deny"`, or remove the list',
      });
    }
  }
}

function failed(findings: Findings): LoadResult {
  return { ok: false, errors: inOrder(findings.errors), warnings: inOrder(findings.warnings) };
}

/** By file, in the order the files were met, then by line and column. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const files = [...new Set(diagnostics.map((d) => d.file))];
  return diagnostics.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
