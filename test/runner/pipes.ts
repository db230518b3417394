import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/**
 * Node has no pipe(2): its "pipe" is a socket pair, and a step that opens /dev/stdout or /dev/stderr would then fail with
 * ENXIO, which it does not on GitHub. So the Worker inherits real, empty pipes (made by the shell that starts it) and
 * opens their two ends anew through /proc/self/fd for each process. A pipe that nobody else holds any more is used again.
 */
export class PipePool {
  readonly #free: number[];

  /** @param first first inherited descriptor of `count`, each the read end of a pipe. */
  constructor(first: number, count: number) {
    this.#free = Array.from({ length: count }, (_, index) => first + index);
    for (const fd of this.#free) {
      if (!fstatSync(fd).isFIFO())
        throw new Error(`descriptor ${fd} is not a pipe: the Worker was not started by the Listener`);
      drain(fd);
    }
  }

  take(): Pipe {
    const fd = this.#free.shift();
    if (fd === undefined) throw new Error("too many processes of this job still hold their pipes: no pipe is left");
    return new Pipe(fd, (reusable) => {
      if (reusable) this.#free.push(fd);
      else closeSync(fd);
    });
  }
}

export class Pipe {
  readonly #path: string;

  constructor(
    fd: number,
    /** Gives the pipe back; `false` when somebody may still hold an end. */
    readonly release: (reusable: boolean) => void,
  ) {
    this.#path = `/proc/self/fd/${fd}`;
  }

  /** A new write end, which the caller closes. */
  openWrite(): number {
    return openSync(this.#path, constants.O_WRONLY);
  }

  /** A new read end, which the caller closes. Reading it meets the end as soon as no write end is open. */
  openRead(nonBlocking: boolean): number {
    return openSync(this.#path, constants.O_RDONLY | (nonBlocking ? constants.O_NONBLOCK : 0));
  }
}

/** A here-string leaves a line end in the pipe. */
function drain(fd: number): void {
  const end = openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.alloc(64);
    while (readSync(end, buffer, 0, buffer.length, null) > 0);
  } finally {
    closeSync(end);
  }
}
