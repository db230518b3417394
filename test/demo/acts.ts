/** What the demo's compromised package tries, and what came of it. Pure: texts in, verdict and table out. */
import * as v from "valibot";

/** Title of each act, in the order they are tried. The names are those of the package's install/setup.mjs. */
export const ACTS = {
  "runner-memory": "read the memory of Runner.Worker",
  "ssh-key": "read ~/.ssh/id_ed25519",
  "npm-token": "read ~/.npmrc",
  exfiltrate: "open a connection out",
  "drop-and-run": "drop a program in /tmp and run it",
  "workflow-write": "write .github/workflows/evil.yml",
} as const;

export type Act = keyof typeof ACTS;
export const actNames = Object.keys(ACTS) as readonly Act[];

const ActName = v.picklist(Object.keys(ACTS) as [Act, ...Act[]]);
const Outcome = v.variant("ok", [
  v.object({ act: ActName, ok: v.literal(true), detail: v.string() }),
  v.object({ act: ActName, ok: v.literal(false), errno: v.string(), detail: v.string() }),
]);
export type Outcome = v.InferOutput<typeof Outcome>;

/**
 * Reads the package's record, one JSON object a line.
 * @throws Error naming the line that is not an outcome, or an act that was recorded twice
 */
export function parseRecord(text: string): ReadonlyMap<Act, Outcome> {
  const outcomes = new Map<Act, Outcome>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Outcome), line);
    if (!parsed.success) throw new Error(`line ${index + 1} of the record: ${parsed.issues[0].message}`);
    const outcome = parsed.output;
    if (outcomes.has(outcome.act)) throw new Error(`line ${index + 1} of the record: ${outcome.act} a second time`);
    outcomes.set(outcome.act, outcome);
  }
  return outcomes;
}

/** One run of the job, as the machine saw it. */
export interface JobRun {
  readonly outcomes: ReadonlyMap<Act, Outcome>;
  /** Step id to conclusion, of the steps with an id. */
  readonly steps: Readonly<Record<string, string>>;
  /** Bytes that the collector received. */
  readonly collected: number;
  /** Connections that the collector accepted. */
  readonly connections: number;
  /** Whether the workspace holds the written workflow afterwards. */
  readonly workflowWritten: boolean;
  readonly seconds: number;
}

/** The steps that are the honest build. */
const HONEST = ["install", "build", "test"] as const;

function buildProblems(label: string, run: JobRun): string[] {
  return HONEST.filter((step) => run.steps[step] !== "success").map(
    (step) => `${label}: step ${step} ended as ${run.steps[step] ?? "not run"}`,
  );
}

/**
 * Everything that keeps the demo from proving its point, one sentence each; empty when it does. Without Warden each
 * act must succeed, or its refusal shows nothing. With Warden the kernel must have said EPERM to each of them, and
 * what the acts would leave behind must not be there.
 */
export function problems(control: JobRun, guarded: JobRun): readonly string[] {
  const found = [...buildProblems("without Warden", control), ...buildProblems("with Warden", guarded)];
  for (const act of actNames) {
    const without = control.outcomes.get(act);
    if (without?.ok !== true) found.push(`without Warden: ${ACTS[act]} did not work: ${describe(without)}`);
    const within = guarded.outcomes.get(act);
    if (within === undefined || within.ok || within.errno !== "EPERM") {
      found.push(`with Warden: ${ACTS[act]} was not refused with EPERM: ${describe(within)}`);
    }
  }
  if (control.collected === 0) found.push("without Warden: the collector received nothing");
  if (!control.workflowWritten) found.push("without Warden: the workflow was not written");
  if (guarded.connections > 0) {
    found.push(`with Warden: the collector got ${guarded.connections} connections and ${guarded.collected} bytes`);
  }
  if (guarded.workflowWritten) found.push("with Warden: the workflow was written");
  return found;
}

function describe(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "not tried";
  return outcome.ok ? outcome.detail : `${outcome.errno} (${outcome.detail})`;
}

function cell(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "not tried";
  return outcome.ok ? "succeeds" : `refused (${outcome.errno})`;
}

/** The comparison for a terminal: one line per act, then the honest build, then how long each run took. */
export function table(control: JobRun, guarded: JobRun): string {
  const passed = (run: JobRun) => (buildProblems("", run).length === 0 ? "passes" : "FAILS");
  const rows: readonly (readonly [string, string, string])[] = [
    ["the compromised package tries to", "without Warden", "with Warden"],
    ...actNames.map((act) => [ACTS[act], cell(control.outcomes.get(act)), cell(guarded.outcomes.get(act))] as const),
    ["the honest build", passed(control), passed(guarded)],
    ["seconds (software emulation)", control.seconds.toFixed(0), guarded.seconds.toFixed(0)],
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const rule = "-".repeat(Math.max(...lines.map((line) => line.length)));
  return [lines[0], rule, ...lines.slice(1, -2), rule, ...lines.slice(-2)].join("\n");
}
