/** Makes the machine a runner's, once: the runner, its Node, the action, and what steps use. */
import { chmodSync, chownSync, copyFileSync, cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { PROGRAMS, RUNNER_ID } from "../../places.ts";
import {
  ACTION,
  BUILT,
  LIBRARIES,
  LINKED,
  NODE24,
  ON_POST,
  PRELOADED,
  RUNNER_ROOT,
  RUNTIME,
  SCRIPTS,
  TRY,
} from "./places.ts";

function program(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}

export function prepareRunner(): void {
  if (existsSync(RUNTIME)) return;
  mkdirSync(path.dirname(RUNTIME), { recursive: true });
  program(NODE24, RUNTIME);
  chownSync(RUNNER_ROOT, RUNNER_ID, RUNNER_ID);
  mkdirSync(PROGRAMS, { recursive: true });
  rmSync(ACTION, { recursive: true, force: true });
  mkdirSync(ACTION);
  copyFileSync(BUILT.manifest, path.join(ACTION, "action.yml"));
  cpSync(BUILT.dist, path.join(ACTION, "dist"), { recursive: true });
  copyFileSync(LIBRARIES.preload, PRELOADED);
  copyFileSync(LIBRARIES.library, LINKED);
  program(SCRIPTS.try, TRY);
  program(SCRIPTS.onPost, ON_POST);
}
