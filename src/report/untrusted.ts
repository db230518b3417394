/**
 * Text that comes from the job (paths, program names, package names, step names), made harmless for the place
 * where it is shown. A hostile job chooses this text: it must not forge lines, markup, links or runner commands.
 */

/** Longest piece of untrusted text shown anywhere, in UTF-16 units. A path may have 4096 bytes. */
const MAX_TEXT = 1024;

/**
 * What must never be shown as it is: control characters, line separators, characters that are invisible or turn the
 * direction of text, halves of surrogate pairs.
 */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** One line of plain text, at most `max` UTF-16 units long: what cannot be printed is written as an escape, `\x1b`. */
export function printable(text: string, max = MAX_TEXT): string {
  // Cut first: an escape is longer than what it stands for, and a megabyte of them must cost nothing.
  return cut(cut(text, max).replace(UNPRINTABLE, escapeCharacter), max);
}

function escapeCharacter(character: string): string {
  if (character === "\n") return "\\n";
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** `text`, or its start and an ellipsis, together `max` UTF-16 units at most. Never ends in half a character. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  if (max < 1) return "";
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/**
 * Untrusted text as inline code in GitHub's Markdown, safe in a table cell and in a heading. All that could be
 * Markdown, HTML, a link, a mention or an emoji is a numeric character reference, which never makes structure.
 */
export function markdownCode(text: string, max = MAX_TEXT): string {
  return `<code>${markdownText(text, max)}</code>`;
}

/** The same without the element, for running text. */
export function markdownText(text: string, max = MAX_TEXT): string {
  return printable(text, max)
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[^A-Za-z0-9 _/.:,;()'"=+%\u00a0-\u{10ffff}-]/gu, reference)
    .replace(/:(?!\d)/g, reference)
    .replace(/(?<=www)\./gi, reference)
    .replace(/^ | $| (?= )/g, reference);
}

function reference(character: string): string {
  return `&#${character.codePointAt(0)};`;
}

/**
 * Untrusted text in a SARIF message (SARIF 2.1.0, 3.11.5 and 3.11.6): brackets would make links, `{0}` a placeholder.
 */
export function sarifText(text: string, max = MAX_TEXT): string {
  return printable(text, max)
    .replace(/[\\[\]]/g, "\\$&")
    .replace(/\{(?=\d)/g, "{{")
    .replace(/(?<=\{\{\d+)\}/g, "}}");
}

/**
 * A whole line for a log that the runner reads: it obeys `::command::` at the start of a line and `##[command]`
 * anywhere in it (source: the runner's `ActionCommand.cs`).
 */
export function logLine(line: string): string {
  return line.replace(/##\[/g, "##\\[").replace(/^(\s*)::/u, "$1\\::");
}

/** The message of a workflow command. Source: @actions/core `command.ts`. */
export function commandData(text: string): string {
  return text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}

/** A property of a workflow command. */
export function commandProperty(text: string): string {
  return commandData(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
}
