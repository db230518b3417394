/**
 * Runs inside the machine, as root: every scenario, one line each, and all results as JSON.
 *
 *   node driver.mjs --acts FILE --flavour stock|bpf --json FILE --runtimes DIR [--only GLOB] [--except GLOB] [--smoke] [--slow] [--controls-only]
 */
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { parseArgs } from "node:util";
import { lifecycles } from "./all.ts";
import { startDocker } from "./docker.ts";
import { prepareKernel } from "./machine.ts";
import { prepareMachine } from "./outside.ts";
import { ACTS, PROGRAMS } from "./places.ts";
import { startPodman } from "./podman.ts";
import { runSession } from "./run-session.ts";
import type { Finding, LifecycleScenario, ScenarioResult } from "./scenario.ts";
import { clearTheWay } from "./session-state.ts";
import { sessions } from "./table/sessions.ts";

const { values } = parseArgs({
  options: {
    acts: { type: "string" },
    flavour: { type: "string" },
    json: { type: "string" },
    runtimes: { type: "string" },
    only: { type: "string" },
    except: { type: "string" },
    smoke: { type: "boolean", default: false },
    slow: { type: "boolean", default: false },
    "controls-only": { type: "boolean", default: false },
  },
});

/** `*` is anything, also a slash; a comma stands between several; everything else is itself. */
function globToRegExp(globs: string): RegExp {
  const each = globs
    .split(",")
    .map((glob) => glob.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&")));
  return new RegExp(`^(?:${each.map((parts) => parts.join(".*")).join("|")})$`);
}

const only = globToRegExp(values.only ?? "*");
const except = values.except === undefined ? null : globToRegExp(values.except);

function selected(scenario: { readonly id: string; readonly smoke?: true }): boolean {
  const { id, smoke } = scenario;
  return only.test(id) && except?.test(id) !== true && (!values.smoke || smoke === true);
}

const results: ScenarioResult[] = [];

function tell(finding: Finding): void {
  const { id, control, verdict, expected, ok, absent, note, ...rest } = finding;
  const result: ScenarioResult = {
    id,
    kernel: release(),
    flavour: values.flavour ?? "unknown",
    control,
    verdict,
    expected,
    ok,
    ...(absent === undefined ? {} : { absent }),
    ...(note === undefined ? {} : { note }),
    ...rest,
  };
  results.push(result);
  const mark = absent === true ? "absent" : ok ? "ok" : "FAILED";
  const wanted = verdict === expected || absent === true ? verdict : `${verdict} (expected ${expected})`;
  console.log(
    `${mark.padEnd(6)} ${id.padEnd(44)} control ${control.padEnd(8)} ${wanted}${note === undefined ? "" : `  [${note}]`}`,
  );
}

/** Says so of one that is left out. */
function tooSlow({ id, slow }: { readonly id: string; readonly slow?: true }): boolean {
  if (slow !== true || values.slow || values.only !== undefined) return false;
  const note = "takes long: `npm run test:matrix` runs it";
  tell({ id, control: "-", verdict: "none", expected: "-", ok: true, absent: true, note });
  return true;
}

async function runLifecycle(scenario: LifecycleScenario): Promise<void> {
  if (tooSlow(scenario)) return;
  try {
    if (scenario.docker === true) await startDocker(values.runtimes);
    if (scenario.podman === true) await startPodman(values.runtimes);
    const finding = await scenario.run();
    const left = await clearTheWay();
    const note = [finding.note, left].filter((text) => text !== undefined && text !== "").join("; ");
    tell({ id: scenario.id, ...finding, ok: finding.ok && left === "", ...(note === "" ? {} : { note }) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const note = [message, await clearTheWay()].filter((text) => text !== "").join("; ");
    tell({ id: scenario.id, control: "unknown", verdict: "none", expected: "an end", ok: false, note });
  }
}

async function main(acts: string, json: string): Promise<void> {
  // Again and again: when the machine breaks down, what was found before is still told.
  const save = () => writeFileSync(json, `${JSON.stringify(results, null, 1)}\n`);
  const controlsOnly = values["controls-only"];
  mkdirSync(PROGRAMS, { recursive: true });
  copyFileSync(acts, ACTS);
  chmodSync(ACTS, 0o755);
  await prepareMachine();
  prepareKernel();
  for (const session of sessions) {
    const scenarios = session.scenarios.filter(selected).filter((scenario) => !tooSlow(scenario));
    if (scenarios.length === 0) continue;
    if (session.docker === true) await startDocker(values.runtimes);
    if (session.podman === true) await startPodman(values.runtimes);
    for (const finding of await runSession({ ...session, scenarios }, controlsOnly)) tell(finding);
    save();
  }
  if (!controlsOnly) {
    for (const scenario of lifecycles) {
      if (!selected(scenario)) continue;
      await runLifecycle(scenario);
      save();
    }
  }
  save();
}

if (values.acts === undefined || values.json === undefined) throw new Error("--acts and --json are needed");
await main(values.acts, values.json);
// Servers and clients for the acts are still there.
process.exit(0);
