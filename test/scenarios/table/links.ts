/** Rules on paths that are symbolic links, or lead through some: the way must stay what it was. */
import { DENIED_LINKS, READ, WRITE } from "../places.ts";
import type { EventPattern, Scenario } from "../scenario.ts";

function event(...hooks: string[]): readonly EventPattern[] {
  return [{ kind: "file", hooks }];
}

function deny(id: string, events: readonly EventPattern[], ...act: string[]): Scenario {
  return { id, act, expected: "deny", events };
}

const LINKS = `${WRITE}/links`;

export const links: readonly Scenario[] = [
  deny("write/through-link", event("open"), "open", "write", DENIED_LINKS.through),
  deny("write/unlink-link", event("unlink"), "unlink", DENIED_LINKS.unlink),
  deny("write/rename-over-link", event("rename"), "rename", `${WRITE}/open/to-over-link`, DENIED_LINKS.over),
  deny("write/rename-link", event("rename"), "rename", DENIED_LINKS.rename, `${LINKS}/renamed`),
  deny("write/exchange-link", event("rename"), "exchange", `${WRITE}/open/to-swap-link`, DENIED_LINKS.swap),
  deny("write/rename-parent-of-link", event("rename"), "rename", `${WRITE}/link-parent`, `${WRITE}/link-parent-moved`),
  deny("write/unlink-second-link", event("unlink"), "unlink", `${LINKS}/to-hop`),
  deny("write/unlink-link-on-the-way", event("unlink"), "unlink", `${LINKS}/way`),
  deny("write/create-through-link", event("create", "open"), "open", "make", `${LINKS}/to-nothing`),
  deny(
    "write/rename-parent-of-absent",
    event("rename"),
    "rename",
    `${WRITE}/parent-of-absent`,
    `${WRITE}/parent-of-absent-moved`,
  ),
  { id: "write/unlink-link-of-neighbour", act: ["unlink", `${LINKS}/free`], expected: "allow", events: [] },
  deny("read/link-replaced", event("open", "rename"), "replace", `${READ}/open/to-over-link`, `${READ}/links/denied`),
];
