/** The agent's end of the socket to the monitor: questions that are answered in order, and what comes unasked. */
import { Socket } from "node:net";
import { WardenAbi } from "../kernel/abi.gen.ts";
import {
  ackFrame,
  beginFrame,
  commitFrame,
  FrameReader,
  helloFrame,
  type MonitorFrame,
  reportedFrame,
  startedFrame,
} from "../kernel/frames.ts";
import type { PostureFrame } from "../kernel/posture-frame.ts";

type Frame<Type extends MonitorFrame["type"]> = Extract<MonitorFrame, { type: Type }>;
export type Welcome = Frame<"welcome">;
export type RuleResult = Frame<"result">;
export type Finish = Frame<"finish">;

/** The monitor is gone, or what it sends cannot be understood. */
export class LinkError extends Error {
  override readonly name = "LinkError";
}

/** Rules on their way at a time: the monitor's answers have to fit its buffer. */
export const WINDOW = 64;
const READ_SIZE = 65_536;
/** A chunk smaller than this says that events are few; the next may gather a while. */
const FULL_CHUNK = 16_384;
const GATHER_MS = 20;

interface Question {
  readonly frame: Buffer;
  readonly resolve: (result: RuleResult) => void;
  readonly reject: (error: LinkError) => void;
}

interface Waiting<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: LinkError) => void;
}

export class MonitorLink {
  /** The session is over. Rejects with LinkError when the monitor goes before it says so. */
  readonly finished: Promise<Finish>;
  /** The other end is closed. Never rejects. */
  readonly closed: Promise<void>;
  private readonly socket: Socket;
  private readonly reader = new FrameReader();
  private readonly welcome = waiting<Welcome>();
  private readonly posture = waiting<PostureFrame>();
  private readonly finish = waiting<Finish>();
  private readonly asked: Question[] = [];
  private readonly unsent: Question[] = [];
  private lost: LinkError | null = null;
  private early: Buffer[] = [];
  private onEvents: ((events: readonly Buffer[]) => void) | null = null;

  /** @param fd a connected stream socket; taken over */
  constructor(fd: number) {
    this.finished = this.finish.promise;
    // with a buffer of its own the socket is really not read while it is paused; frames are copied out of it
    const onread = {
      buffer: Buffer.alloc(READ_SIZE),
      callback: (size: number, buffer: Uint8Array) => {
        this.take(buffer.subarray(0, size));
        return true;
      },
    };
    this.socket = new Socket({ fd, readable: true, writable: true, onread });
    // without a listener for data, nobody else starts the reading
    this.socket.resume();
    this.socket.on("error", (error) => this.fail(new LinkError(`the monitor's socket: ${error.message}`)));
    this.closed = new Promise((resolve) => {
      this.socket.on("close", () => {
        this.fail(new LinkError("the monitor is gone"));
        resolve();
      });
    });
  }

  /** @throws LinkError, also when the monitor is of another build */
  async hello(): Promise<Welcome> {
    this.send(helloFrame());
    const welcome = await this.welcome.promise;
    if (welcome.abi !== WardenAbi.VERSION)
      throw new LinkError(`the monitor speaks version ${welcome.abi} of the protocol, this agent ${WardenAbi.VERSION}`);
    return welcome;
  }

  begin(): void {
    this.send(beginFrame());
  }

  /** Sends a RULE_PATH or RULE_NET frame. @throws LinkError */
  rule(frame: Buffer): Promise<RuleResult> {
    return new Promise((resolve, reject) => {
      if (this.lost !== null) reject(this.lost);
      else this.unsent.push({ frame, resolve, reject });
      this.sendQuestions();
    });
  }

  /** Swaps the rules in and has them proved. @throws LinkError */
  commit(flags: number): Promise<PostureFrame> {
    this.send(commitFrame(flags));
    return this.posture.promise;
  }

  started(ok: boolean): void {
    this.send(startedFrame(ok));
  }

  /** @param count of all events since the connection was made */
  ack(count: number): void {
    this.send(ackFrame(count));
  }

  /** The last word: nothing is sent after it. */
  reported(ok: boolean): void {
    this.send(reportedFrame(ok));
  }

  /** Says that nothing more will come, and waits until the other side is done, too. */
  async leave(): Promise<void> {
    this.socket.end();
    await this.closed;
  }

  /** From now on `take` gets the events, in batches; those that came before it was set first. */
  deliverTo(take: (events: readonly Buffer[]) => void): void {
    this.onEvents = take;
    const { early } = this;
    this.early = [];
    if (early.length > 0) take(early);
  }

  private send(frame: Buffer): void {
    if (this.lost === null) this.socket.write(frame);
  }

  private sendQuestions(): void {
    for (const question of this.unsent.splice(0, WINDOW - this.asked.length)) {
      this.asked.push(question);
      this.send(question.frame);
    }
  }

  private take(chunk: Uint8Array): void {
    const result = this.reader.push(chunk);
    const events: Buffer[] = [];
    for (const frame of result.frames) {
      if (frame.type === "event") events.push(frame.bytes);
      else this.answer(frame);
    }
    if (events.length > 0) {
      if (this.onEvents === null) this.early.push(...events);
      else this.onEvents(events);
      if (chunk.length < FULL_CHUNK) this.gather();
    }
    if (!result.ok) {
      this.fail(new LinkError(result.error));
      this.socket.destroy();
    }
  }

  /** Each wake-up costs the guarded job; few events are as well taken together. */
  private gather(): void {
    this.socket.pause();
    setTimeout(() => this.socket.resume(), GATHER_MS);
  }

  private answer(frame: Exclude<MonitorFrame, { type: "event" }>): void {
    switch (frame.type) {
      case "welcome":
        this.welcome.resolve(frame);
        break;
      case "result":
        this.asked.shift()?.resolve(frame);
        this.sendQuestions();
        break;
      case "posture":
        this.posture.resolve(frame.posture);
        break;
      case "finish":
        this.finish.resolve(frame);
        break;
      case "stats":
      case "status":
        break; // not for the agent
    }
  }

  private fail(error: LinkError): void {
    if (this.lost !== null) return;
    this.lost = error;
    for (const each of [this.welcome, this.posture, this.finish, ...this.asked, ...this.unsent]) each.reject(error);
    this.asked.length = this.unsent.length = 0;
  }
}

function waiting<T>(): Waiting<T> {
  let settle: Pick<Waiting<T>, "resolve" | "reject"> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // whoever waits is told; when nobody does, a lost link is no failure of its own
  promise.catch(() => undefined);
  if (settle === undefined) throw new Error("a promise's executor has not run");
  return { promise, ...settle };
}
