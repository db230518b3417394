/**
 * The session's steps: numbered as they begin, with the id that each one's first program carried.
 *
 * The kernel side names a step by the process that Runner.Worker forked for it. Ids of processes are used again, so a
 * first process with another start time is another step.
 */
export interface Step {
  /** From 1; 0 when the process is of no step. */
  readonly ordinal: number;
  /** The step's `GITHUB_ACTION`, once its first program was seen. */
  readonly id: string | null;
}

/** Steps that are remembered; a job has tens. */
const REMEMBERED = 4096;

const NONE: Step = { ordinal: 0, id: null };

interface Known {
  readonly start: bigint | null;
  step: Step;
}

export class Steps {
  private readonly known = new Map<number, Known>();
  private count = 0;

  /**
   * @param root thread-group id of the step's first process, 0 for none
   * @param pid, start the process of the event
   */
  of(root: number, pid: number, start: bigint): Step {
    if (root === 0) return NONE;
    const known = this.known.get(root);
    const rootStart = pid === root ? start : null;
    if (known !== undefined && (rootStart === null || known.start === null || known.start === rootStart)) {
      if (known.start === null && rootStart !== null) this.known.set(root, { start: rootStart, step: known.step });
      return known.step;
    }
    this.count++;
    return this.remember(root, rootStart, { ordinal: this.count, id: null });
  }

  /** The first program of `root`'s step carried this id. The first one counts. */
  name(root: number, id: string): void {
    const known = this.known.get(root);
    if (known !== undefined && known.step.id === null) known.step = { ordinal: known.step.ordinal, id };
  }

  /** What an earlier agent knew. */
  recall(root: number, start: bigint, step: Step): void {
    this.count = Math.max(this.count, step.ordinal);
    this.remember(root, start, step);
  }

  private remember(root: number, start: bigint | null, step: Step): Step {
    this.known.delete(root);
    this.known.set(root, { start, step });
    const [oldest] = this.known.keys();
    if (this.known.size > REMEMBERED && oldest !== undefined) this.known.delete(oldest);
    return step;
  }
}
