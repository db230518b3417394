/** A measured posture in words: for reports, for the terminal, and for `warden doctor`. */
import { getSystemErrorName } from "node:util";
import type { HookClass } from "../policy/rules.ts";
import type { ClassPosture, Posture } from "../report/report.ts";
import type { MeasuredClass, PostureFrame } from "./posture-frame.ts";

/**
 * @param needs classes that the policy needs
 * @param kernel release, as `uname -r` gives it
 */
export function toPosture(frame: PostureFrame, needs: readonly HookClass[], kernel: string): Posture {
  return {
    kernel,
    flavour: frame.flavour,
    classes: frame.classes.map(
      (measured): ClassPosture => ({
        class: measured.class,
        state: measured.state,
        needed: needs.includes(measured.class),
        reason: reasonOf(measured, frame.flavour, kernel),
      }),
    ),
  };
}

/** Needed classes that an enforcing session cannot do without: a sentence for each reason. */
export function unenforced(posture: Posture): string[] {
  const weak = posture.classes.filter((item) => item.needed && item.state !== "enforced");
  const said = weak.map(({ state, reason }) => `${state}: ${reason}`);
  return [...new Set(said)].map((why) => {
    const names = weak.filter((_, index) => said[index] === why).map((item) => item.class);
    return `the policy needs ${names.join(", ")} to be enforced, and ${names.length === 1 ? "it is" : "they are"} ${why}`;
  });
}

/** Name of an errno, e.g. `EPERM`. */
export function errnoName(error: number): string {
  // libuv knows system errors by their negative, and has words for numbers it does not know
  return error > 0 && error < 4096 ? getSystemErrorName(-error) : `error ${error}`;
}

function reasonOf({ state, absence, error, hook }: MeasuredClass, flavour: string, kernel: string): string {
  if (state === "enforced") return "";
  if (state === "audited") return "audit mode: what the policy refuses is recorded and let through";
  const why = error === 0 ? "" : ` (${errnoName(error)})`;
  const what = hook === "" ? "a hook" : `\`${hook}\``;
  const machine = "run on a machine that allows it, e.g. a GitHub-hosted Ubuntu runner";
  if (flavour === "none" && absence === "LOAD")
    return `this kernel refuses tracing and LSM programs${why}: network only; ${machine}, or guard the network alone with \`[process] memory = "allow"\``;
  switch (absence) {
    case "NO_FUNCTION":
      return `kernel ${kernel} has no function for ${what}; use a kernel of 5.10 or newer that has it`;
    case "LOAD":
      return `kernel ${kernel} refused the program for ${what}${why}; ${machine}`;
    case "ATTACH":
      return `kernel ${kernel} would not attach the program for ${what}${why}; ${machine}`;
    case "CONTROL":
      return `${what} fails without a guard, too${why}, so it proves nothing; allow it to root on this machine`;
    case "NOT_DENIED": {
      const seen = error === 0 ? "was let through" : `was not refused but failed otherwise${why}`;
      return `the program is attached, but ${what} ${seen}; ${notDenied(flavour)}`;
    }
    case "CANARY":
      return `${what} could not be tried${why}: nothing is proved; start again, with fewer processes or more memory`;
    case "LEFT_OUT":
      return `kernel ${kernel} preempts its own code, and then leaves out the guard's programs: network only; boot with \`bpf\` in the kernel's \`lsm=\` list (from 6.2 on), or with \`preempt=voluntary\` where the kernel takes it`;
    case "NONE":
      return "the monitor gave no reason";
  }
}

function notDenied(flavour: string): string {
  if (flavour === "lsm") return "boot with `bpf` in the kernel's `lsm=` list, and nothing else that overrides it";
  return "this kernel ignores what the program returns; use a distribution kernel of 5.10 or newer";
}
