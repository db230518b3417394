/** Keeps the policy's names resolved while a session lasts. */
import { type LeaseChange, Leases } from "./leases.ts";
import type { Resolve } from "./resolve.ts";

/** Questions on their way at a time. */
const PARALLEL = 32;
/** The longest sleep; a timer of more than 24 days would fire at once. */
const LONGEST_SLEEP = 3_600_000;

export interface NamesOptions {
  readonly hosts: Iterable<string>;
  readonly resolve: Resolve;
  /** Told of each change, in order. */
  readonly onChange: (changes: readonly LeaseChange[]) => void;
  /** Milliseconds of a clock that does not jump. */
  readonly now: () => number;
}

export class Names {
  readonly leases: Leases;
  private readonly options: NamesOptions;
  private timer: NodeJS.Timeout | undefined;
  private asking = 0;
  private waiting: string[] = [];
  private stopped = false;
  private whenQuiet: (() => void) | undefined;

  constructor(options: NamesOptions) {
    this.options = options;
    this.leases = new Leases(options.hosts);
  }

  /** Asks for all names; resolves when all have answered or `patience` ms are over. Goes on until `stop`. */
  async start(patience: number): Promise<void> {
    const quiet = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patience);
      this.whenQuiet = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.tick();
    await quiet;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private tick(): void {
    if (this.stopped) return;
    const now = this.options.now();
    this.tell(this.leases.expire(now));
    this.waiting.push(...this.leases.takeDue(now));
    this.ask();
    clearTimeout(this.timer);
    if (this.asking === 0) {
      this.whenQuiet?.();
      this.whenQuiet = undefined;
    }
    const next = this.leases.next();
    if (next === Number.POSITIVE_INFINITY) return;
    this.timer = setTimeout(() => this.tick(), Math.min(Math.max(next - now, 50), LONGEST_SLEEP));
    this.timer.unref();
  }

  private ask(): void {
    for (const host of this.waiting.splice(0, PARALLEL - this.asking)) {
      this.asking++;
      void this.options.resolve(host).then((resolution) => {
        this.asking--;
        if (this.stopped) return;
        this.tell(this.leases.answered(host, resolution, this.options.now()));
        this.tick();
      });
    }
  }

  private tell(changes: readonly LeaseChange[]): void {
    if (changes.length > 0) this.options.onChange(changes);
  }
}
