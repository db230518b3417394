/** JSON that is too long for the agent's heap: its parts are made one by one, and gathered as bytes outside of it. */

const PIECE = 1 << 16;

/** Text, piece by piece, as bytes. */
export class Bytes {
  private readonly pieces: Buffer[] = [];
  private text = "";

  add(text: string): void {
    this.text += text;
    if (this.text.length >= PIECE) this.flush();
  }

  whole(): Buffer {
    this.flush();
    return Buffer.concat(this.pieces);
  }

  private flush(): void {
    this.pieces.push(Buffer.from(this.text));
    this.text = "";
  }
}

/**
 * What `JSON.stringify` makes of a value with a list, and a line end.
 * @param value its list is empty, and nothing but ends comes after it
 * @param depth of the list's items, for the indent
 */
export function longJson(value: object, list: Iterable<unknown>, indent = 0, depth = 0): Buffer {
  const text = JSON.stringify(value, null, indent);
  const at = text.lastIndexOf("[]") + 1;
  const line = (deep: number) => (indent === 0 ? "" : `\n${" ".repeat(indent * deep)}`);
  const bytes = new Bytes();
  bytes.add(text.slice(0, at));
  let items = 0;
  for (const item of list) {
    // JSON has its line ends between its parts only: within a text they are escaped
    const lines = JSON.stringify(item, null, indent).replaceAll("\n", line(depth));
    bytes.add(`${items++ > 0 ? "," : ""}${line(depth)}${lines}`);
  }
  bytes.add(`${items > 0 ? line(depth - 1) : ""}${text.slice(at)}\n`);
  return bytes.whole();
}
