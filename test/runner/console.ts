import type { Conclusion, StepReport } from "./report.ts";

const MARKS: Readonly<Record<Conclusion, string>> = { success: "✓", failure: "✗", cancelled: "!", skipped: "-" };
const TAGS: Readonly<Record<string, { readonly label: string; readonly color: string }>> = {
  error: { label: "Error: ", color: "31" },
  warning: { label: "Warning: ", color: "33" },
  notice: { label: "Notice: ", color: "36" },
  debug: { label: "Debug: ", color: "35" },
  command: { label: "", color: "34" },
};

/** Prints the log of a job for a person: one block per step, groups indented. */
export class JobConsole {
  #indent = 0;

  constructor(
    private readonly write: (text: string) => void,
    private readonly color: boolean,
  ) {}

  /** Skipped steps have no block, only their end. */
  stepStarts(step: StepReport): void {
    this.#indent = 0;
    this.write(`${this.#paint("1", `▼ ${step.name}`)}\n`);
  }

  /** One line of a step's log, with the `##[tag]` that the runner puts before some. */
  line(text: string): void {
    const tagged = /^##\[([a-z]+)\](.*)$/s.exec(text);
    const tag = tagged?.[1];
    if (tag === "group") {
      this.#print(`▸ ${tagged?.[2] ?? ""}`);
      this.#indent = 1;
    } else if (tag === "endgroup") {
      this.#indent = 0;
    } else if (tag !== undefined && tag in TAGS) {
      const { label, color } = TAGS[tag]!;
      this.#print(this.#paint(color, `${label}${tagged?.[2] ?? ""}`));
    } else {
      this.#print(text);
    }
  }

  stepEnds(step: StepReport): void {
    const soft = step.outcome === step.conclusion ? "" : ` (${step.outcome}, continues)`;
    const line = `${MARKS[step.outcome]} ${step.name}: ${step.conclusion}${soft} in ${(step.durationMs / 1000).toFixed(1)}s`;
    const color = step.outcome === "success" ? "32" : step.outcome === "skipped" ? "2" : "31";
    this.write(`${this.#paint(color, line)}\n`);
  }

  #print(text: string): void {
    const shown = this.color ? text : stripColors(text);
    for (const line of shown.split("\n")) this.write(`${"  ".repeat(this.#indent + 1)}${line}\n`);
  }

  #paint(code: string, text: string): string {
    return this.color ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

export function stripColors(text: string): string {
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}
