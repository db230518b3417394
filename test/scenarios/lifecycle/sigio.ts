/**
 * A descriptor that signals its owner: the other way to kill the guard. The kernel asks about it where the signal is
 * made, which can be an interrupt, so a refusal makes no event; that the guard lives on tells it.
 */
import { unguarded } from "../batch.ts";
import { readReport } from "../journal.ts";
import { Outside } from "../outside.ts";
import type { LifecycleScenario } from "../scenario.ts";
import { guardPid, leftovers } from "../session-state.ts";
import { finding, inSession } from "./session.ts";

async function killsWithoutGuard(): Promise<string> {
  const outside = new Outside();
  const batch = unguarded("root");
  try {
    const { pid } = await outside.victim("root");
    const { result, note } = await batch.act("control", ["sigio", String(pid)]);
    return note === "" ? result : `${result}: ${note}`;
  } finally {
    await batch.end();
    outside.end();
  }
}

export const sigio: LifecycleScenario = {
  id: "guard/sigio",
  run: async () => {
    const control = await killsWithoutGuard();
    const faults = await inSession(
      "sigio",
      async ({ batch, report, refuse }) => {
        const agent = await batch.act("agent", ["sigio", String(guardPid("agent"))]);
        const monitor = await batch.act("monitor", ["sigio", String(guardPid("monitor"))]);
        const after = await refuse();
        const { status } = await batch.end();
        return [
          agent.result === "EPERM" ? "" : `the agent: ${agent.result} ${agent.note}`,
          monitor.result === "EPERM" ? "" : `the monitor: ${monitor.result} ${monitor.note}`,
          after.result === "EPERM" ? "" : `the act after it got ${after.result}`,
          status === 0 ? "" : `warden run ended with status ${status}`,
          status === 0 && readReport(report).gaps.length > 0 ? "the report has a gap" : "",
          leftovers(),
        ];
      },
      { user: "root" },
    );
    return finding(control, "deny", faults);
  },
};
