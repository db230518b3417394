/**
 * The ids GitHub gives to the steps of a job, as the step sees them in `GITHUB_ACTION`.
 *
 * Source: the runner's own workflow conversion (`ConvertToSteps` and `IdBuilder`). @actions/workflow-parser
 * assigns ids too, but compares them with case, where the service ignores case: `Actions/checkout` after
 * `actions/checkout` is `__Actions_checkout_2`. So ids are assigned here.
 */

/** What decides a step's id. */
export interface StepShape {
  /** The explicit id, when there is one. */
  readonly id?: string;
  readonly uses?: string;
  /** Keyword of a step that neither runs nor uses anything: `wait`, `wait-all`, `cancel`, `parallel`. */
  readonly control?: string;
}

const MAX_ID_LENGTH = 100;
const MAX_ATTEMPTS = 1000;

/**
 * Ids of the steps of one scope (a job, or one `parallel` block), in the order of the steps. Explicit ids are
 * taken first, wherever they stand; the rest is numbered from the second on: `__run`, `__run_2`.
 */
export function stepIds(steps: readonly StepShape[]): string[] {
  const taken = new Set<string>();
  for (const { id } of steps) if (id) taken.add(id.toLowerCase());
  return steps.map((step) => step.id || unused(`__${sanitise(stem(step))}`, taken));
}

function stem(step: StepShape): string {
  if (step.uses !== undefined) return actionStem(step.uses) || "run";
  return step.control ?? "run";
}

function actionStem(uses: string): string {
  if (uses.startsWith("docker://")) return uses.slice("docker://".length);
  if (uses.startsWith("./") || uses.startsWith(".\\") || uses.startsWith("$/")) return "self";
  const [path = "", ref, ...more] = uses.split("@");
  const [owner, repository] = path.split(/[\\/]/).filter((segment) => segment.length > 0);
  return owner && repository && ref && more.length === 0 ? `${owner}/${repository}` : "";
}

function sanitise(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, "_");
}

function unused(original: string, taken: Set<string>): string {
  for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
    const suffix = attempt === 1 ? "" : `_${attempt}`;
    const candidate = original.slice(0, MAX_ID_LENGTH - suffix.length) + suffix;
    if (taken.has(candidate.toLowerCase())) continue;
    taken.add(candidate.toLowerCase());
    return candidate;
  }
  throw new RangeError(`more than ${MAX_ATTEMPTS} steps share the id ${original}`);
}
