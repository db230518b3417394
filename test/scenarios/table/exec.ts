import { EXEC, LIST } from "../places.ts";
import type { EventPattern, Scenario } from "../scenario.ts";

const run: readonly EventPattern[] = [{ kind: "file", hooks: ["exec", "open", "mmap"] }];
const map: readonly EventPattern[] = [{ kind: "file", hooks: ["mmap", "mprotect", "open"] }];
/** A refused new name for a denied program is as good as refusing to run it. */
const rename: readonly EventPattern[] = [...run, { kind: "file", hooks: ["rename", "link"] }];

function deny(id: string, events: readonly EventPattern[], ...act: string[]): Scenario {
  return { id: `exec/${id}`, act, expected: "deny", events };
}

function allow(id: string, ...act: string[]): Scenario {
  return { id: `exec/${id}`, act, expected: "allow", events: [] };
}

export const exec: readonly Scenario[] = [
  allow("neighbour", "exec", `${EXEC}/neighbour`, "nothing"),
  allow("proc-self-exe", "exec", "/proc/self/exe", "nothing"),
  { ...deny("denied-program", run, "exec", `${EXEC}/tool`, "nothing"), smoke: true },
  deny("symlink", run, "exec", `${EXEC}/tool-symlink`, "nothing"),
  deny("hard-link", run, "exec", `${EXEC}/tool-hardlink`, "nothing"),
  deny("hard-link-now", rename, "exec-link", `${EXEC}/tool-link`, `${EXEC}/linked`, "nothing"),
  deny("rename", rename, "exec-rename", `${EXEC}/tool-rename`, `${EXEC}/renamed`, "nothing"),
  deny("replaced", run, "exec-rename", `${EXEC}/replacing`, `${EXEC}/tool-replaced`, "nothing"),
  deny("descriptor", run, "exec-fd", `${EXEC}/tool`, "nothing"),
  deny("denied-interpreter", run, "exec", `${EXEC}/by-interpreter`),
  deny("denied-script", run, "exec", `${EXEC}/script`),
  { ...deny("memfd", run, "exec-memfd", `${EXEC}/neighbour`, "nothing"), smoke: true },
  deny("memfd-as-code", map, "map-memfd"),
  deny("by-loader", map, "ldso", "{loader}", `${EXEC}/dynamic`),
  deny("library-as-code", map, "map-exec", `${EXEC}/library`),
  deny("mprotect-to-code", map, "protect-exec", `${EXEC}/library`),
];

/** Under an allow-list. */
export const execList: readonly Scenario[] = [
  allow("in-allow-list", "exec", `${LIST}/bin/tool`, "nothing"),
  deny("not-in-allow-list", run, "exec", `${LIST}/other/tool`, "nothing"),
  deny("copy-outside-allow-list", run, "exec-copy", `${LIST}/bin/tool`, `${LIST}/open/copied`, "nothing"),
];
