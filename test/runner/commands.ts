/**
 * Workflow commands as lines of a step's output: `::name key=value,key=value::data`, and the older `##[name key=value]data`.
 * Parsing and unescaping follow the runner's `ActionCommand`.
 */
export interface WorkflowCommand {
  readonly name: string;
  /** Keys in lower case, for the runner compares them without case. */
  readonly properties: ReadonlyMap<string, string>;
  readonly data: string;
}

const KEY = "::";
const OLD_PREFIX = "##[";

/**
 * The command on this line, or undefined when it is ordinary output.
 * @param isKnown tells whether a name, in lower case, is a command now (a stop token becomes one).
 */
export function parseCommand(line: string, isKnown: (name: string) => boolean): WorkflowCommand | undefined {
  return parseNew(line, isKnown) ?? parseOld(line, isKnown);
}

function parseNew(line: string, isKnown: (name: string) => boolean): WorkflowCommand | undefined {
  const message = line.trimStart();
  if (!message.startsWith(KEY)) return undefined;
  const end = message.indexOf(KEY, KEY.length);
  if (end < 0) return undefined;
  const { name, rest } = splitInfo(message.slice(KEY.length, end));
  if (!isKnown(name.toLowerCase())) return undefined;
  return {
    name: name.toLowerCase(),
    properties: properties(rest.trim(), ",", unescapeProperty),
    data: unescapeData(message.slice(end + KEY.length)),
  };
}

function parseOld(line: string, isKnown: (name: string) => boolean): WorkflowCommand | undefined {
  const prefix = line.indexOf(OLD_PREFIX);
  if (prefix < 0) return undefined;
  const end = line.indexOf("]", prefix);
  if (end < 0) return undefined;
  const { name, rest } = splitInfo(line.slice(prefix + OLD_PREFIX.length, end));
  if (!isKnown(name.toLowerCase())) return undefined;
  return {
    name: name.toLowerCase(),
    properties: properties(rest, ";", unescapeOld),
    data: unescapeOld(line.slice(end + 1)),
  };
}

function splitInfo(info: string): { name: string; rest: string } {
  const space = info.indexOf(" ");
  return space < 0 ? { name: info, rest: "" } : { name: info.slice(0, space), rest: info.slice(space + 1) };
}

function properties(text: string, separator: string, decode: (value: string) => string): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of text.split(separator)) {
    const equals = pair.indexOf("=");
    // Neither an empty key nor an empty value makes a property.
    if (equals <= 0 || equals === pair.length - 1) continue;
    found.set(pair.slice(0, equals).toLowerCase(), decode(pair.slice(equals + 1)));
  }
  return found;
}

// `%25` comes last, so that an escaped percent sign never starts another escape.
function unescapeData(text: string): string {
  return text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}

function unescapeProperty(text: string): string {
  return text
    .replaceAll("%0D", "\r")
    .replaceAll("%0A", "\n")
    .replaceAll("%3A", ":")
    .replaceAll("%2C", ",")
    .replaceAll("%25", "%");
}

function unescapeOld(text: string): string {
  return text
    .replaceAll("%3B", ";")
    .replaceAll("%0D", "\r")
    .replaceAll("%0A", "\n")
    .replaceAll("%5D", "]")
    .replaceAll("%25", "%");
}
