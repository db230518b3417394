/** Things that can go wrong without keeping the next one from being done: all of them are told at the end. */
import * as core from "@actions/core";
import { messageOf } from "../common/errors.ts";

export class Tries {
  readonly faults: string[] = [];

  /** @returns what `act` does, or undefined when it failed; then `what` and why is among the faults */
  get<Result>(what: string, act: () => Result): Result | undefined {
    try {
      return act();
    } catch (error) {
      this.faults.push(`${what}: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** Fails the step for each fault. */
  fail(): void {
    for (const fault of this.faults) core.setFailed(`Warden: ${fault}`);
  }
}
