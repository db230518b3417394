/** Who is governed: every task below the session's first process, however it came to be, and nobody else. */
import { AT, EXEC, PORTS, READ } from "../places.ts";
import type { Scenario } from "../scenario.ts";

const CONNECT = ["connect", "tcp", AT.denied, PORTS.tcp] as const;
const OPEN = ["open", "read", `${READ}/exact/key`] as const;

function governed(id: string, ...wrap: string[]): readonly Scenario[] {
  return [
    {
      id: `scope/${id}-connects`,
      act: [...wrap, ...CONNECT],
      expected: "deny",
      events: [{ kind: "network", hooks: ["connect"] }],
    },
    { id: `scope/${id}-opens`, act: [...wrap, ...OPEN], expected: "deny", events: [{ kind: "file", hooks: ["open"] }] },
  ];
}

function outside(id: string, ...act: string[]): Scenario {
  return { id: `scope/outside-${id}`, act, expected: "allow", events: [], outside: true };
}

export const scope: readonly Scenario[] = [
  ...governed("child", "child"),
  ...governed("grandchild", "child", "child"),
  ...governed("daemon", "daemon"),
  ...governed("new-session", "session"),
  ...governed("thread", "thread"),
  { ...outside("connects", ...CONNECT), smoke: true },
  outside("opens", ...OPEN),
  outside("runs", "exec", `${EXEC}/tool`, "nothing"),
  outside("traces", "ptrace-attach", "{victim}"),
];
