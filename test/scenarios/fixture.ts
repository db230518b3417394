/** The files that acts work on: the same tree before every run, so that no act sees what another one did. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  lchownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import {
  ACTS,
  ATTRIBUTE,
  DEEP_FILE,
  DELETE,
  DENIED_LINKS,
  EXEC,
  HOME,
  LIST,
  READ,
  RUNNER_ID,
  WRITE,
} from "./places.ts";

const FILES: readonly string[] = [
  ...["exact/key", "exact/neighbour", "tree/file", "tree/one/two/file", "tree/to-link", "tree/to-rename"].map(
    (name) => `${READ}/${name}`,
  ),
  ...["tree/to-move/file", "tree/to-swap", "open/to-swap", "tree/to-swap-in", "open/to-swap-in", "open/secret.env"].map(
    (name) => `${READ}/${name}`,
  ),
  ...["open/other/secret.env", "open/third/secret.env"].map((name) => `${READ}/${name}`),
  ...["exact/to-replace", "exact/to-recreate", "open/replacing"].map((name) => `${READ}/${name}`),
  ...["exact/file", "exact/neighbour", "parent/file", "open/to-new", "open/to-link", "open/to-over"].map(
    (name) => `${WRITE}/${name}`,
  ),
  ...["open/to-over-exact", "open/to-over-post", "open/to-over-runtime"].map((name) => `${WRITE}/${name}`),
  ...["open/to-over-link", "open/to-swap-link", "open/linked", "way/file"].map((name) => `${WRITE}/${name}`),
  `${READ}/open/to-over-link`,
  DEEP_FILE,
  ...["file", "over", "to-out", "to-unlink", "file-chmod", "file-chown", "file-xattr"].map(
    (name) => `${WRITE}/tree/${name}`,
  ),
  ...["file", "to-unlink", "to-rename"].map((name) => `${DELETE}/tree/${name}`),
  ...["open/upper/file", "open/to-unlink", "open/to-rename", "other/file", "other/to-layer", "other/to-unlink"].map(
    (name) => `${LIST}/${name}`,
  ),
];

const DIRECTORIES: readonly string[] = [
  `${READ}/links`,
  `${READ}/mount`,
  `${WRITE}/tree/to-rmdir`,
  `${WRITE}/tree/to-move`,
  `${WRITE}/links`,
  `${WRITE}/link-parent`,
  `${WRITE}/parent-of-absent`,
  `${DELETE}/tree/to-rmdir`,
  `${LIST}/open/work`,
  EXEC,
];

/** Copies of the acts program: each is a file of its own. */
const COPIES: readonly string[] = [
  ...["tool", "tool-rename", "tool-link", "tool-replaced", "replacing", "interpreter", "library", "neighbour"].map(
    (name) => `${EXEC}/${name}`,
  ),
  ...["bin/tool", "other/tool"].map((name) => `${LIST}/${name}`),
];

/** Links by which a policy names something, and where they lead. */
const LINKS: readonly (readonly [link: string, target: string])[] = [
  ...Object.values(DENIED_LINKS).map((link) => [link, `${WRITE}/open/linked`] as const),
  [`${WRITE}/links/hop`, "to-hop"],
  [`${WRITE}/links/to-hop`, "../open/linked"],
  [`${WRITE}/links/way`, "../way"],
  [`${WRITE}/links/to-nothing`, "../open/made-by-link"],
  [`${WRITE}/links/free`, "../open/linked"],
  [`${READ}/links/denied`, "../open/replacing"],
];

function give(directory: string): void {
  lchownSync(directory, RUNNER_ID, RUNNER_ID);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) give(file);
    else lchownSync(file, RUNNER_ID, RUNNER_ID);
  }
}

function script(file: string, text: string): void {
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

/** Removes the tree and builds it again, owned by the ordinary user. */
export function buildFixture(): void {
  rmSync(HOME, { recursive: true, force: true });
  for (const directory of DIRECTORIES) mkdirSync(directory, { recursive: true });
  for (const file of FILES) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, "something\n");
  }
  for (const copy of COPIES) {
    mkdirSync(path.dirname(copy), { recursive: true });
    copyFileSync(ACTS, copy);
    chmodSync(copy, 0o755);
  }
  copyFileSync("/bin/true", `${EXEC}/dynamic`);
  chmodSync(`${EXEC}/dynamic`, 0o755);
  script(`${EXEC}/by-interpreter`, `#!${EXEC}/interpreter nothing\n`);
  script(`${EXEC}/script`, "#!/bin/sh\nexit 0\n");
  symlinkSync("tool", `${EXEC}/tool-symlink`);
  linkSync(`${EXEC}/tool`, `${EXEC}/tool-hardlink`);
  symlinkSync(`${READ}/exact/key`, `${READ}/links/key-symlink`);
  symlinkSync(`${READ}/tree`, `${READ}/links/tree-symlink`);
  for (const [link, target] of LINKS) symlinkSync(target, link);
  symlinkSync(`${READ}/open/secret.env`, `${READ}/links/env-symlink`);
  linkSync(`${READ}/exact/key`, `${READ}/links/key-hardlink`);
  give(HOME);
  execFileSync(ACTS, ["xattr", "path", ATTRIBUTE, `${WRITE}/tree/file-xattr`]);
}
