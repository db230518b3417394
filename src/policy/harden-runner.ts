/**
 * harden-runner's two inputs as a Warden policy, so that a switch is one line of a workflow. A host without a port
 * means port 443 there, not any port. Source: parseEndpoints in step-security/agent, config.go.
 */
import { Findings, type Position, show } from "./diagnostic.ts";
import type { PolicyDocument } from "./document.ts";
import { type LoadResult, loadDocument } from "./load.ts";
import type { PathContext } from "./path.ts";
import type { Mode } from "./rules.ts";
import { positionsIn, type TomlPath } from "./scan.ts";

export interface HardenRunnerInput {
  /** `audit` (also when empty) or `block`. */
  readonly egressPolicy: string;
  /** `host:port` items separated by white space; `*.x` wildcards are allowed. Empty: nothing is allowed. */
  readonly allowedEndpoints: string;
  readonly context: PathContext;
  /** Overrides what `egressPolicy` says. */
  readonly mode?: Mode | undefined;
}

/** Never throws. Positions are those within the text of the input that a finding names. */
export function fromHardenRunner(input: HardenRunnerInput): LoadResult {
  const findings = new Findings();
  const start: Position = { line: 1, column: 1 };
  const choice = input.egressPolicy.trim();
  if (choice !== "" && choice !== "audit" && choice !== "block") {
    findings.error("inputs.egress-policy", start, {
      message: `egress-policy must be "audit" or "block", not ${show(choice)}`,
      fix: 'write "audit" or "block"',
    });
  }
  const position = positionsIn(input.allowedEndpoints);
  const items = [...input.allowedEndpoints.matchAll(/\S+/g)].map((match) => ({
    text: withPort(match[0]),
    at: position(match.index),
  }));
  const at = (path: TomlPath): Position => {
    const index = path.at(-1);
    return (typeof index === "number" ? items[index]?.at : undefined) ?? start;
  };
  const document: PolicyDocument = {
    file: "inputs.allowed-endpoints",
    value: {
      version: 1,
      mode: choice === "block" ? "enforce" : "audit",
      network: { default: "deny", allow: items.map((item) => item.text) },
    },
    keyAt: at,
    valueAt: at,
  };
  return loadDocument(document, { context: input.context, mode: input.mode }, findings);
}

function withPort(item: string): string {
  return /^[^:/[\]]+$/.test(item) ? `${item}:443` : item;
}
