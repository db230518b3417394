/** The session's reports, from what was found in its journal. */
import { copyFileSync, linkSync, rmSync } from "node:fs";
import { release } from "node:os";
import path from "node:path";
import { codeOf, messageOf } from "../common/errors.ts";
import { mapPackages } from "../github/lockfile.ts";
import { mapSteps } from "../github/workflow.ts";
import { toPosture } from "../kernel/posture.ts";
import { buildReport } from "../report/build.ts";
import type { Findings } from "../report/findings.ts";
import { longJson } from "../report/long-json.ts";
import type { Anchor, Report } from "../report/report.ts";
import { renderSarif } from "../report/sarif.ts";
import { renderSummary } from "../report/summary.ts";
import type { AgentFiles } from "./agent-files.ts";
import type { Finish } from "./agent-link.ts";
import type { Guarded } from "./agent-start.ts";
import type { SessionSpec } from "./spec.ts";
import { writeWhole } from "./whole-file.ts";

export interface ReportInput {
  readonly spec: SessionSpec;
  readonly files: AgentFiles;
  readonly guarded: Guarded;
  readonly findings: Findings;
  /** The agent's own counts, for when nobody can ask the kernel. */
  readonly known: { readonly emitted: number; readonly lost: number };
  /** null: the monitor is dead, and with it everything that only it knows. */
  readonly finish: Finish | null;
}

/** Writes report.json, warden.sarif, summary.md and events.jsonl. @throws when one cannot be written */
export function writeReports({ spec, files, guarded, findings, known, finish }: ReportInput): void {
  const { steps, packages, warnings } = mapSources(spec);
  const { mode, needs, rules, posture } = guarded;
  const report = buildReport({
    toolVersion: spec.version,
    mode,
    started: spec.started,
    ended: new Date().toISOString(),
    posture,
    postureAtEnd: finish && toPosture(finish.posture, needs, release()),
    workflow: {
      name: spec.workflow.name,
      job: spec.workflow.job,
      path: spec.workflow.path,
      matrix: spec.workflow.matrix,
    },
    steps,
    packages,
    rules,
    findings,
    counts: finish?.counts ?? { ...known, total: known.emitted + known.lost, denied: findings.denied },
    tampering: finish === null ? [] : tamperingIn(spec, finish),
    warnings: [...guarded.warnings, ...warnings],
  });
  const into = (name: string) => path.join(files.report, name);
  const { violations, ...rest } = report;
  writeWhole(into("report.json"), longJson({ ...rest, violations: [] }, violations));
  writeWhole(into("warden.sarif"), renderSarif(report));
  writeWhole(into("summary.md"), renderSummary(report));
  rmSync(into("events.jsonl"), { force: true });
  linkOrCopy(files.journal, into("events.jsonl"));
}

/** The runner starts an action's post whatever became of the job: one that never asked was kept from it. */
function tamperingIn({ origin }: SessionSpec, { ending }: Finish): readonly string[] {
  if (origin !== "action" || ending === "post") return [];
  return [
    ending === "signal"
      ? "somebody ended the guard before the job was over"
      : "the action's post never ended the session: it was kept from running, or was ended for code that a step had put into it",
  ];
}

function mapSources({ workflow, lockfiles }: SessionSpec): Pick<Report, "steps" | "packages" | "warnings"> {
  const warnings: string[] = [];
  const { text, path: file, job } = workflow;
  const mapped = text !== null && file !== null && job !== null ? mapSteps(text, file, job) : null;
  if (mapped) warnings.push(...mapped.warnings);
  const packages: Record<string, Anchor> = {};
  for (const lockfile of lockfiles) {
    try {
      Object.assign(packages, mapPackages(lockfile.text, lockfile.path));
    } catch (error) {
      warnings.push(messageOf(error));
    }
  }
  return { steps: mapped?.steps ?? {}, packages, warnings };
}

/** The same file under a second name costs nothing; the journal is not written to any more. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // some file systems have no links
    if (codeOf(error) === null) throw error;
    copyFileSync(from, to);
  }
}
