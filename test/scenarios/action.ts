/** The action as a runner has it: its bundles and a Node of its own, which an act may take apart. */
import { chmodSync, copyFileSync, cpSync, existsSync, linkSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ACTION, ACTS, PROGRAMS, RUNTIME, WORKER } from "./places.ts";

/** Seen from where the driver is bundled to. */
const DIST = fileURLToPath(new URL("../../dist", import.meta.url));
/** Copied once: what stands in RUNTIME is another name of it. */
const NODE = path.join(PROGRAMS, "node");

/** Removes it and builds it again. */
export function buildAction(): void {
  if (!existsSync(NODE)) copyFileSync(process.execPath, NODE);
  if (!existsSync(WORKER)) copyFileSync(ACTS, WORKER);
  for (const program of [NODE, WORKER]) chmodSync(program, 0o755);
  rmSync(ACTION, { recursive: true, force: true });
  rmSync(`${ACTION}-moved`, { recursive: true, force: true });
  cpSync(DIST, path.join(ACTION, "dist"), { recursive: true });
  mkdirSync(path.dirname(RUNTIME));
  linkSync(NODE, RUNTIME);
}
