/** Where the agent's files are, in the session's directory. It may write below `journal/` and `report/` alone. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseStatus, type SessionStatus } from "./status.ts";
import { writeWhole } from "./whole-file.ts";

export interface AgentFiles {
  readonly journal: string;
  readonly status: string;
  readonly leases: string;
  readonly report: string;
}

/** @param dir the session's directory */
export function agentFiles(dir: string): AgentFiles {
  return {
    journal: path.join(dir, "journal", "events.jsonl"),
    status: path.join(dir, "journal", "status.json"),
    leases: path.join(dir, "journal", "leases.json"),
    report: path.join(dir, "report"),
  };
}

export function writeStatus(file: string, status: SessionStatus): void {
  writeWhole(file, `${JSON.stringify(status, null, 2)}\n`);
}

/** @throws when there is none, or JsonError when it cannot be read */
export function readStatus(file: string): SessionStatus {
  return parseStatus(readFileSync(file, "utf8"));
}
