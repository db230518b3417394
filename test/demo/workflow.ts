/** The control's workflow: the example's own, without the step that guards. Pure. */

const USES_WARDEN = /^\s*(?:- )?uses:\s*warden\/warden-action@/;

/**
 * Takes the one step that uses Warden out of a workflow, so that the control cannot drift from the example.
 * @param text a workflow whose steps are block sequences
 * @throws Error unless exactly one step uses Warden
 */
export function withoutGuard(text: string): string {
  const lines = text.split("\n");
  const uses = lines.flatMap((line, index) => (USES_WARDEN.test(line) ? [index] : []));
  const [at] = uses;
  if (at === undefined || uses.length > 1) throw new Error(`${uses.length} steps use Warden, not one`);
  let start = at;
  while (start >= 0 && !/^\s*- /.test(lines[start] ?? "")) start -= 1;
  if (start < 0) throw new Error(`line ${at + 1}: \`uses\` stands outside a step`);
  const indent = indentOf(lines[start] ?? "");
  let end = start + 1;
  while (end < lines.length && (isBlank(lines[end]) || indentOf(lines[end] ?? "") > indent)) end += 1;
  return [...lines.slice(0, start), ...lines.slice(end)].join("\n");
}

const indentOf = (line: string) => line.length - line.trimStart().length;
const isBlank = (line: string | undefined) => line === undefined || line.trim() === "";
