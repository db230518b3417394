/** A monitor that is a script, and the agent it starts. Only tests import this. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { WardenFrameType as Type, WardenFlavour } from "../kernel/abi.gen.ts";
import { ALL_ENFORCED, postureBytes, resultBytes, type SampleClass, welcomeBytes } from "../kernel/samples.ts";

interface FromAgent {
  readonly type: number;
  readonly bytes: Buffer;
}

const agents: ChildProcess[] = [];

/** Ends what a failed test left. */
export function killAgents(): void {
  for (const agent of agents.splice(0)) agent.kill("SIGKILL");
}

/** The other end of the agent's socket. */
export class ScriptedMonitor {
  readonly agent: ChildProcess;
  readonly rules: string[] = [];
  private readonly socket: Socket;
  private readonly seen: FromAgent[] = [];
  private wake: () => void = () => undefined;
  private log = "";

  /** Starts an agent. @param bounds options of Node's, as the real monitor gives them */
  constructor(spec: string, bounds: readonly string[] = []) {
    const entry = new URL("agent.ts", import.meta.url).pathname;
    this.agent = spawn(process.execPath, [...bounds, "--import", "tsx", entry, spec], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    agents.push(this.agent);
    for (const stream of [this.agent.stdout, this.agent.stderr]) {
      stream?.on("data", (text) => {
        this.log += text;
      });
    }
    const socket = this.agent.stdio[3];
    if (!(socket instanceof Socket)) throw new Error("no socket to the agent");
    this.socket = socket;
    let rest = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 8 && rest.length >= rest.readUInt32LE(0)) {
        const size = rest.readUInt32LE(0);
        this.seen.push({ type: rest.readUInt32LE(4), bytes: rest.subarray(0, size) });
        rest = rest.subarray(size);
      }
      this.wake();
    });
    socket.on("close", () => this.wake());
  }

  send(...frames: Buffer[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  hangUp(): void {
    this.socket.destroy();
  }

  /** The next frame of this type; rules on the way are answered. */
  async next(type: number, answer: (rule: number) => Buffer = (rule) => resultBytes(rule)): Promise<Buffer> {
    for (;;) {
      const frame = this.seen.shift();
      if (frame?.type === type) return frame.bytes;
      if (frame?.type === Type.RULE_PATH || frame?.type === Type.RULE_NET) {
        const rule = frame.bytes.readUInt32LE(8);
        const isPath = frame.type === Type.RULE_PATH;
        this.rules.push(isPath ? frame.bytes.toString("utf8", 16).replace("\0", "") : netText(frame.bytes));
        this.send(answer(rule));
      } else if (frame === undefined) {
        if (this.socket.destroyed) throw new Error(`the agent is gone: ${this.log}`);
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    }
  }

  /** Through the start, to STARTED. @returns whether the agent said yes */
  async begin(classes: readonly SampleClass[] = ALL_ENFORCED, answer?: (rule: number) => Buffer): Promise<boolean> {
    await this.next(Type.HELLO);
    this.send(welcomeBytes());
    await this.next(Type.COMMIT, answer);
    this.send(postureBytes(Type.POSTURE, WardenFlavour.FMOD_RET, classes));
    return (await this.next(Type.STARTED)).readUInt32LE(8) === 1;
  }

  async finish(total: number, lost = 0): Promise<boolean> {
    const counts = { total, emitted: total - lost, lost, denied: 1 };
    this.send(postureBytes(Type.FINISH, WardenFlavour.FMOD_RET, ALL_ENFORCED, counts, 2));
    return (await this.next(Type.REPORTED)).readUInt32LE(8) === 1;
  }

  /** Until this many events were acknowledged. */
  async acknowledged(count: number): Promise<void> {
    while ((await this.next(Type.ACK)).readBigUInt64LE(8) < count);
  }

  async ended(): Promise<number | null> {
    if (this.agent.exitCode === null && this.agent.signalCode === null) await once(this.agent, "exit");
    return this.agent.exitCode;
  }
}

function netText(bytes: Buffer): string {
  const remove = bytes[18] ? "-" : "+";
  return `${remove}${bytes[12] ? "deny" : "allow"} ${[...bytes.subarray(24, 28)].join(".")}:${bytes.readUInt16LE(16)}`;
}
