/**
 * Whom a packet is told of when a timer sends it: the one who opened the connection, and not the one that happens to run.
 */
import { unguarded } from "../batch.ts";
import { readJournal } from "../journal.ts";
import { AT, PORTS } from "../places.ts";
import type { LifecycleScenario } from "../scenario.ts";
import { finding, inSession } from "./session.ts";

/** The end of a connection that somebody else opened: no hook of a socket sees it leave, and its peer is denied. */
const END = ["accept-and-end", AT.denied, PORTS.accept] as const;
/** For some of the kernel's tries to say it again. */
const MEANWHILE = ["spin", "4"] as const;

export const opener: LifecycleScenario = {
  id: "network/packet-of-a-timer",
  run: async () => {
    const alone = unguarded("runner");
    const control = await alone.act("control", END);
    await alone.end();
    const { ended, meanwhile, report } = await inSession("opener", async ({ batch, report }) => ({
      ended: await batch.act("end", END),
      meanwhile: await batch.act("spin", MEANWHILE),
      report,
    }));
    const named = readJournal(report).flatMap((record) =>
      record.kind === "network" && record.hook === "egress" ? [record.process.pid] : [],
    );
    const faults = [
      // where the kernel asks about the answer to a connection, too, timers send that
      ["ok", "ETIMEDOUT"].includes(ended.result) ? "" : `the act got ${ended.result} ${ended.note}`,
      meanwhile.result === "ok" ? "" : `the spinning one got ${meanwhile.result} ${meanwhile.note}`,
      named.length > 1 ? "" : `${named.length} packets were refused: no timer sent one`,
      ...named.filter((pid) => !ended.pids.includes(pid)).map((pid) => `a packet is told of process ${pid}`),
    ];
    return finding(control.result, "deny", faults, `${named.length} packets`);
  },
};
