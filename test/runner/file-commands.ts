import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StepContext } from "./context.ts";
import { SUMMARY_BYTES } from "./limits.ts";
import { parsePairs } from "./pairs.ts";

interface FileCommand {
  /** Key in the `github` context; GITHUB_<KEY> is the variable. */
  readonly key: string;
  readonly prefix: string;
  readonly process: (context: StepContext, path: string) => void;
}

/** Names that GITHUB_ENV refuses. LD_PRELOAD and its kin are not among them. */
const REFUSED_VARIABLES = ["NODE_OPTIONS"];

const COMMANDS: readonly FileCommand[] = [
  { key: "path", prefix: "add_path_", process: addPath },
  { key: "env", prefix: "set_env_", process: setEnv },
  { key: "step_summary", prefix: "step_summary_", process: takeSummary },
  { key: "state", prefix: "save_state_", process: saveState },
  { key: "output", prefix: "set_output_", process: setOutput },
];

/** The five `GITHUB_*` files of one run of a step, with names that no other run has. */
export class FileCommands {
  readonly #paths: ReadonlyMap<FileCommand, string>;

  /** Creates the empty files and tells the step's `github` context of them. */
  constructor(private readonly context: StepContext) {
    const directory = join(context.job.temp, "_runner_file_commands");
    mkdirSync(directory, { recursive: true });
    const suffix = randomUUID();
    this.#paths = new Map(COMMANDS.map((command) => [command, join(directory, `${command.prefix}${suffix}`)]));
    for (const [command, path] of this.#paths) {
      writeFileSync(path, "");
      context.github[command.key] = path;
    }
  }

  /** Carries out what the step wrote. A file that does not parse is an error and fails the step; the others still count. */
  process(): void {
    for (const [command, path] of this.#paths) {
      try {
        command.process(this.context, path);
      } catch (error) {
        this.context.error(`Unable to process file command '${command.key}' successfully.`);
        this.context.error(error instanceof Error ? error.message : String(error));
        this.context.commandFailed = true;
      }
    }
  }
}

function addPath(context: StepContext, path: string): void {
  for (const line of read(path).split(/\r\n|\n|\r/)) {
    if (line === "") continue;
    const list = context.job.prependPath;
    const known = list.indexOf(line);
    if (known >= 0) list.splice(known, 1);
    list.push(line);
  }
}

function setEnv(context: StepContext, path: string): void {
  for (const [name, value] of parsePairs(read(path))) {
    const refused = REFUSED_VARIABLES.find((candidate) => candidate === name.toUpperCase());
    if (refused === undefined) context.setEnv(name, value);
    else context.error(`Can't store ${refused} output parameter using '$GITHUB_ENV' command.`);
  }
}

function saveState(context: StepContext, path: string): void {
  for (const [name, value] of parsePairs(read(path))) context.state.set(name, value);
}

function setOutput(context: StepContext, path: string): void {
  for (const [name, value] of parsePairs(read(path))) context.setOutput(name, value);
}

function takeSummary(context: StepContext, path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return;
  if (size > SUMMARY_BYTES) {
    context.error(
      `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${SUMMARY_BYTES / 1024}k, got ${Math.floor(size / 1024)}k. For more information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary`,
    );
    return;
  }
  context.report.summaries.push(context.job.masker.mask(read(path)));
}

/** Empty when the step removed the file. A byte order mark is not part of the text. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\ufeff/, "");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return "";
    throw error;
  }
}
