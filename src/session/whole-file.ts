/** Files that are there whole or not at all. */
import { randomBytes } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * Writes a file beside its place and moves it there: whoever reads it never sees half, and a link or a pipe in that
 * place is replaced, not followed. @throws when it cannot be written, and then nothing is left
 */
export function writeWhole(file: string, content: Buffer | string): void {
  const beside = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString("hex")}`);
  try {
    writeFileSync(beside, content, { flag: "wx", mode: 0o644 });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
