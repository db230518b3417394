/** Reading a text file that a user named, with an end: `/dev/zero` is a file name too. */
import { closeSync, openSync, readSync } from "node:fs";

const MiB = 1024 * 1024;

/**
 * The whole file as UTF-8; without a byte order mark.
 * @param max bytes; a longer file is an error
 * @throws Error with a message that does not repeat the name
 */
export function readText(file: string, max = MiB): string {
  const fd = openSync(file, "r");
  try {
    const chunks: Buffer[] = [];
    for (let size = 0; ; ) {
      const chunk = Buffer.alloc(64 * 1024);
      const got = readSync(fd, chunk);
      if (got === 0) return new TextDecoder("utf-8").decode(Buffer.concat(chunks));
      size += got;
      if (size > max) throw new Error(`it is larger than ${max / MiB} MiB`);
      chunks.push(chunk.subarray(0, got));
    }
  } finally {
    closeSync(fd);
  }
}
