/** Tables and numbers of the document. Pure. */

export const grouped = (count: number) => String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");

/** In Markdown; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "---:"))), ...body.map(line)].join("\n");
}
