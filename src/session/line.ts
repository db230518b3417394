/** The starter's end of the socket to the monitor; post has the same one. */
import type { Duplex } from "node:stream";
import { FrameReader, releaseFrame, stopFrame } from "../kernel/frames.ts";

/** What the monitor said: its STATUS; or that it lives and has not said anything for so many seconds; or that it is gone. */
export type Word = { readonly said: boolean } | { readonly late: number } | { readonly gone: string };

export class Line {
  readonly #socket: Duplex;
  readonly #words: Word[] = [];
  #waiting: ((word: Word) => void) | null = null;
  #gone: string | null = null;

  constructor(socket: Duplex) {
    this.#socket = socket;
    const reader = new FrameReader();
    socket.on("data", (chunk: Buffer) => {
      const result = reader.push(chunk);
      for (const frame of result.frames) if (frame.type === "status") this.#hear({ said: frame.ok });
      if (!result.ok) socket.destroy(new Error(result.error));
    });
    socket.on("error", (error) => this.#lose(error.message));
    socket.on("end", () => this.#lose("it hung up"));
    socket.on("close", () => this.#lose("it hung up"));
  }

  /** The next STATUS; once the monitor is gone, that. Waits at most `milliseconds`. */
  next(milliseconds: number): Promise<Word> {
    const word = this.#words.shift();
    if (word !== undefined) return Promise.resolve(word);
    if (this.#gone !== null) return Promise.resolve({ gone: this.#gone });
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#hear({ late: milliseconds / 1000 }), milliseconds);
      this.#waiting = (heard) => {
        clearTimeout(late);
        resolve(heard);
      };
    });
  }

  /** End the session; the monitor answers with a STATUS when the reports are written. */
  stop(): void {
    this.#write(stopFrame());
  }

  /** The reports are copied: the monitor may remove them, and end. */
  release(): void {
    this.#write(releaseFrame());
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  #write(bytes: Buffer): void {
    // A write to a dead monitor comes back as `error` above.
    if (this.#gone === null) this.#socket.write(bytes);
  }

  #hear(word: Word): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) this.#words.push(word);
    else waiting(word);
  }

  #lose(why: string): void {
    if (this.#gone !== null) return;
    this.#gone = why;
    if (this.#waiting !== null) this.#hear({ gone: why });
  }
}
