/** The lines of a file, read piece by piece: a journal may be larger than the agent's memory. */
import { closeSync, openSync, readSync } from "node:fs";

const PIECE = 1 << 16;
/** A longer line is no record; it is given cut. */
const MAX_LINE = 1 << 20;

/** Without their line ends. The last one is given even when it has none. @throws when the file cannot be read */
export function* linesOf(path: string): Generator<string> {
  const fd = openSync(path, "r");
  try {
    const piece = Buffer.alloc(PIECE);
    let rest: Buffer = Buffer.alloc(0);
    for (let read = readSync(fd, piece); read > 0; read = readSync(fd, piece)) {
      const bytes: Buffer = Buffer.concat([rest, piece.subarray(0, read)]);
      let from = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
        yield bytes.toString("utf8", from, end);
        from = end + 1;
      }
      rest = bytes.subarray(from, from + MAX_LINE);
    }
    if (rest.length > 0) yield rest.toString("utf8");
  } finally {
    closeSync(fd);
  }
}
