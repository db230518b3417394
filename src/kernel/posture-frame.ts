/** The posture as the monitor measured it: one entry per hook class, before it is put into words. */
import type { HookClass } from "../policy/rules.ts";
import type { PostureState } from "../report/report.ts";
import {
  type WardenAbsenceName,
  WardenAbsenceNames,
  WardenClassPosture,
  WardenFlavour,
  WardenPosture,
  WardenStateOfClass,
} from "./abi.gen.ts";
import { readSmall, readText } from "./layout.ts";

/** In the order of enum warden_class. */
export const CLASSES: readonly HookClass[] = ["network", "exec", "read", "write", "guard", "containers"];

export interface MeasuredClass {
  readonly class: HookClass;
  readonly state: PostureState;
  /** Why it is absent; NONE when it is not. */
  readonly absence: WardenAbsenceName;
  /** errno that goes with it, 0 for none. */
  readonly error: number;
  /** The first hook or canary that failed, e.g. `file_open` or `connect (mapped)`; empty for none. */
  readonly hook: string;
}

export interface PostureFrame {
  readonly flavour: "lsm" | "fmod_ret" | "none";
  readonly classes: readonly MeasuredClass[];
}

/** @param bytes a whole warden_posture; numbers of a later build are taken for the worse */
export function readPosture(bytes: Buffer): PostureFrame {
  const flavour = readSmall(bytes, WardenPosture.fields.flavour);
  return {
    flavour: flavour === WardenFlavour.LSM ? "lsm" : flavour === WardenFlavour.FMOD_RET ? "fmod_ret" : "none",
    classes: CLASSES.map((name, index) => readClass(bytes, name, index)),
  };
}

function readClass(bytes: Buffer, name: HookClass, index: number): MeasuredClass {
  const base = WardenPosture.fields.classes.offset + index * WardenClassPosture.size;
  const { state, absence, error, hook } = WardenClassPosture.fields;
  const measured = readSmall(bytes, state, base);
  return {
    class: name,
    state:
      measured === WardenStateOfClass.ENFORCED
        ? "enforced"
        : measured === WardenStateOfClass.AUDITED
          ? "audited"
          : "absent",
    absence: WardenAbsenceNames[readSmall(bytes, absence, base)] ?? "CANARY",
    error: readSmall(bytes, error, base),
    hook: readText(bytes, hook, base),
  };
}
