/** What the report says the guard can do here must be what the kernel was booted to do. */
import { readFileSync } from "node:fs";
import { readReport } from "../journal.ts";
import type { LifecycleScenario } from "../scenario.ts";
import { finding, inSession, refusedWithoutGuard } from "./session.ts";

/** `lsm` where BPF is among the active LSMs; elsewhere the security functions are hooked directly. */
function expectedFlavour(): string {
  const active = readFileSync("/sys/kernel/security/lsm", "utf8").trim().split(",");
  return active.includes("bpf") ? "lsm" : "fmod_ret";
}

export const posture: LifecycleScenario = {
  id: "run/posture",
  smoke: true,
  run: async () => {
    const control = await refusedWithoutGuard();
    const { result, report } = await inSession("posture", async (session) => {
      const refused = await session.refuse();
      await session.batch.end();
      return { result: refused.result, report: readReport(session.report) };
    });
    const weak = [report.posture, report.postureAtEnd].flatMap((found) =>
      (found?.classes ?? [])
        .filter((one) => one.needed && one.state !== "enforced")
        .map((one) => `${one.class} is ${one.state}: ${one.reason}`),
    );
    const faults = [
      result === "EPERM" ? "" : `the act got ${result}`,
      report.posture.flavour === expectedFlavour()
        ? ""
        : `the flavour is ${report.posture.flavour}, not ${expectedFlavour()}`,
      report.postureAtEnd === null ? "no posture at the end" : "",
      ...weak,
    ];
    return finding(control, "enforced", faults);
  },
};
