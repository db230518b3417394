/** Changes of a file that write nothing into it. */
import { WRITE } from "../places.ts";
import type { EventPattern, Scenario } from "../scenario.ts";

const utimes: readonly EventPattern[] = [{ kind: "file", hooks: ["utimes"] }];

function deny(id: string, events: readonly EventPattern[], ...act: string[]): Scenario {
  return { id: `write/${id}`, act, expected: "deny", events };
}

const FILE = `${WRITE}/tree/file`;

export const attributes: readonly Scenario[] = [
  deny("utimes", utimes, "utimes", "then", FILE),
  deny("utimes-now", utimes, "utimes", "now", FILE),
  deny("utimes-by-descriptor", utimes, "by-descriptor", "utimes", FILE),
  deny("chmod-by-descriptor", [{ kind: "file", hooks: ["chmod"] }], "by-descriptor", "chmod", FILE),
  deny("chown-by-descriptor", [{ kind: "file", hooks: ["chown"] }], "by-descriptor", "chown", FILE),
  {
    id: "write/utimes-of-neighbour",
    act: ["utimes", "then", `${WRITE}/exact/neighbour`],
    expected: "allow",
    events: [],
  },
];
