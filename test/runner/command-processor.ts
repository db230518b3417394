import { parseCommand, type WorkflowCommand } from "./commands.ts";
import type { StepContext } from "./context.ts";
import type { Annotation } from "./report.ts";

type Handler = (context: StepContext, command: WorkflowCommand) => void;

const disabled: Handler = (_context, command) => {
  throw new Error(
    `The \`${command.name}\` command is disabled. Please upgrade to using Environment Files. For more information see: https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/`,
  );
};

const HANDLERS: Readonly<Record<string, Handler>> = {
  error: issue("error"),
  warning: issue("warning"),
  notice: issue("notice"),
  debug: (context, command) => context.debug(command.data),
  group: (context, command) => context.output(`##[group]${command.data}`),
  endgroup: (context) => context.output("##[endgroup]"),
  "add-mask": addMask,
  echo: setEcho,
  // Problem matchers are accepted, for set-up actions send them; this runner never applies one.
  "add-matcher": (context, command) => context.debug(`Ignored matcher ${command.data}`),
  "remove-matcher": (context, command) => context.debug(`Ignored matcher ${command.data}`),
  "set-env": disabled,
  "add-path": disabled,
  "set-output": disabled,
  "save-state": disabled,
};

/** Not echoed on `::echo::on`: their text appears anyway, or must not. */
const NEVER_ECHOED = new Set(["error", "warning", "notice", "debug", "add-mask"]);
const STOP = "stop-commands";

/** Reads the output of one process: workflow commands are carried out, all else is logged. */
export class CommandProcessor {
  #stopToken: string | undefined;

  constructor(private readonly context: StepContext) {}

  process(line: string): void {
    if (!this.#tryCommand(line)) this.context.output(line);
  }

  #tryCommand(line: string): boolean {
    const command = parseCommand(line, (name) => name in HANDLERS || name === STOP || name === this.#stopToken);
    if (command === undefined) return false;
    const { context } = this;
    if (this.#stopToken !== undefined) {
      if (command.name !== this.#stopToken) return false;
      context.output(line);
      this.#stopToken = undefined;
      return true;
    }
    if (command.name === STOP) {
      this.#stop(line, command.data);
      return true;
    }
    if (context.echo && !NEVER_ECHOED.has(command.name)) context.output(line);
    try {
      HANDLERS[command.name]!(context, command);
    } catch (error) {
      context.error(
        `Unable to process command '${NEVER_ECHOED.has(command.name) ? command.name : line}' successfully.`,
      );
      context.error(error instanceof Error ? error.message : String(error));
      context.commandFailed = true;
    }
    return true;
  }

  #stop(line: string, token: string): void {
    const { context } = this;
    context.output(line);
    if (token === "" || token === "pause-logging" || token.toLowerCase() in HANDLERS) {
      context.error(
        "You cannot use a endToken that is an empty string, the string 'pause-logging', or another workflow command.",
      );
      context.commandFailed = true;
      return;
    }
    this.#stopToken = token.toLowerCase();
  }
}

function issue(level: Annotation["level"]): Handler {
  return (context, command) => {
    const number = (key: string): number | undefined => {
      const text = command.properties.get(key);
      return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
    };
    const file = command.properties.get("file");
    const title = command.properties.get("title");
    const [line, endLine, column, endColumn] = [number("line"), number("endline"), number("col"), number("endcolumn")];
    context.annotate({
      level,
      message: command.data,
      ...(title === undefined ? {} : { title: context.job.masker.mask(title) }),
      ...(file === undefined ? {} : { file: context.workspacePath(file) }),
      ...(line === undefined ? {} : { line }),
      ...(endLine === undefined ? {} : { endLine }),
      ...(column === undefined ? {} : { column }),
      ...(endColumn === undefined ? {} : { endColumn }),
    });
  };
}

function addMask(context: StepContext, command: WorkflowCommand): void {
  if (command.data.trim() === "") {
    context.warning("Can't add secret mask for empty string in ##[add-mask] command.");
    return;
  }
  if (context.echo) context.output("::add-mask::***");
  context.job.masker.add(command.data);
}

function setEcho(context: StepContext, command: WorkflowCommand): void {
  const value = command.data.trim().toLowerCase();
  if (value !== "on" && value !== "off") {
    throw new Error(
      `Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '${command.data}'.`,
    );
  }
  context.echo = value === "on";
}
