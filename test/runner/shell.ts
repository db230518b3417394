import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** How a `run:` step's script is started. */
export interface Shell {
  /** Absolute path of the program. */
  readonly file: string;
  /** Its arguments as one string with `{0}` for the script. */
  readonly format: string;
  /** Of the script file, with the dot; empty for a shell the runner does not know. */
  readonly extension: string;
}

const FORMATS: Readonly<Record<string, { format: string; extension: string }>> = {
  bash: { format: "--noprofile --norc -e -o pipefail {0}", extension: ".sh" },
  sh: { format: "-e {0}", extension: ".sh" },
  python: { format: "{0}", extension: ".py" },
  pwsh: { format: "-command \". '{0}'\"", extension: ".ps1" },
};

/**
 * Resolves `shell:` as the runner does: none means bash (else sh) with only `-e`; a name it knows has its own arguments;
 * anything else is split at the first space and must contain `{0}`.
 * @throws Error when the program is not on the path or the format has no `{0}`.
 */
export function resolveShell(option: string | undefined, path: string): Shell {
  if (option === undefined || option === "") {
    const file = which("bash", path) ?? which("sh", path);
    if (file === undefined) throw new Error("sh: command not found");
    return { file, format: "-e {0}", extension: ".sh" };
  }
  const space = option.indexOf(" ");
  const command = space < 0 ? option : option.slice(0, space);
  const known = FORMATS[command.toLowerCase()];
  const format = (space < 0 ? "" : option.slice(space + 1)).trimStart() || (known?.format ?? "");
  const file = which(command, path);
  if (file === undefined) throw new Error(`${command}: command not found`);
  if (!format.includes("{0}")) {
    throw new Error(
      "Invalid shell option. Shell must be a valid built-in (bash, sh, cmd, powershell, pwsh) or a format string containing '{0}'",
    );
  }
  return { file, format, extension: known?.extension ?? "" };
}

/** The program's absolute path, searched on `path` unless it is absolute already. */
export function which(command: string, path: string): string | undefined {
  if (isAbsolute(command)) return isExecutable(command) ? command : undefined;
  for (const directory of path.split(delimiter)) {
    if (directory === "") continue;
    const candidate = join(directory, command);
    if (isExecutable(candidate)) return candidate;
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not ours to run: the search goes on either way.
    return false;
  }
}

/**
 * Splits an argument string as .NET does on Unix: white space separates, double quotes group, and a backslash is
 * ordinary except before a double quote.
 */
export function splitArguments(text: string): string[] {
  const list: string[] = [];
  let current: string | undefined;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\\") {
      let count = 1;
      while (text[at + count] === "\\") count++;
      const beforeQuote = text[at + count] === '"';
      current = (current ?? "") + "\\".repeat(beforeQuote ? Math.floor(count / 2) : count);
      at += count - 1;
      if (beforeQuote && count % 2 === 1) {
        current += '"';
        at++;
      }
    } else if (char === '"') {
      current ??= "";
      if (quoted && text[at + 1] === '"') {
        current += '"';
        at++;
      } else {
        quoted = !quoted;
      }
    } else if (!quoted && (char === " " || char === "\t")) {
      if (current !== undefined) list.push(current);
      current = undefined;
    } else {
      current = (current ?? "") + char;
    }
  }
  if (current !== undefined) list.push(current);
  return list;
}
