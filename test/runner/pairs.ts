/**
 * Reads the text of a `GITHUB_ENV`, `GITHUB_OUTPUT` or `GITHUB_STATE` file: `NAME=VALUE` lines and `NAME<<DELIMITER` blocks.
 * Only `\n` ends a line; empty lines between pairs are skipped. What comes first in the line, `=` or `<<`, decides its form.
 * @throws Error with the runner's wording when a line has no form or a block no end.
 */
export function parsePairs(text: string): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  let index = 0;

  const readLine = (): string | undefined => {
    if (index >= text.length) return undefined;
    const end = text.indexOf("\n", index);
    const line = end < 0 ? text.slice(index) : text.slice(index, end);
    index = end < 0 ? text.length : end + 1;
    return line;
  };

  for (let line = readLine(); line !== undefined; line = readLine()) {
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`);
      pairs.push([line.slice(0, equals), line.slice(equals + 1)]);
    } else if (heredoc >= 0) {
      const name = line.slice(0, heredoc);
      const delimiter = line.slice(heredoc + 2);
      if (name === "" || delimiter === "") {
        throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
      }
      const lines: string[] = [];
      for (let inner = readLine(); inner !== delimiter; inner = readLine()) {
        if (inner === undefined) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
        lines.push(inner);
      }
      pairs.push([name, lines.join("\n")]);
    } else {
      throw new Error(`Invalid format '${line}'`);
    }
  }
  return pairs;
}
