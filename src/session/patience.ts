/**
 * How long whoever asks the monitor waits for its answer, ms: always longer than the monitor itself waits for the agent
 * (enum warden_patience), so that it gets to say what went wrong before nobody listens any more.
 */
import { WardenPatience } from "../kernel/abi.gen.ts";

/** The kernel proves the programs before the agent is started, which takes a while on an emulated machine. */
const LOADING = 120_000;
/** What the monitor does between its waits: canaries, ending what outlived the job, detaching. */
const OWN_WORK = 30_000;

const start = LOADING + WardenPatience.START + OWN_WORK;

export const PATIENCE = {
  /** From the monitor's first moment to its STATUS. */
  start,
  /** From STOP to STATUS. */
  stop: WardenPatience.DRAIN + WardenPatience.REPORT + OWN_WORK,
  /** From RELEASE or a hang-up to its end: it waits for nobody any more. */
  release: OWN_WORK,
  /** For an agent whose monitor is dead to write what it knows. */
  agent: WardenPatience.REPORT,
  /** For the action's root part, from `sudo` to its answer: a start, and after a failed one its clean-up. */
  rootPart: start + 2 * OWN_WORK,
} as const;
