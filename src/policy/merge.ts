/** Several documents as one: of single values the later wins, lists are joined. */
import type { Position } from "./diagnostic.ts";
import type { PolicyDocument } from "./document.ts";
import type { ContainerAccess, Effect, Mode } from "./rules.ts";
import type { TomlPath } from "./scan.ts";

/** A value and where it was written. */
export interface Sourced<T> {
  readonly value: T;
  readonly file: string;
  readonly at: Position;
  /** Index of its document: a higher one extends, or was listed after, a lower one. */
  readonly rank: number;
}

export interface Section {
  readonly default: Sourced<Effect> | null;
  /** Null when no document has the key: an empty list is something else, it allows nothing. */
  readonly allow: readonly Sourced<string>[] | null;
  readonly deny: readonly Sourced<string>[] | null;
}

export type SectionName = "network" | "network.listen" | "exec" | "files.read" | "files.write" | "files.delete";

export interface MergedPolicy {
  readonly mode: Sourced<Mode> | null;
  readonly sections: Readonly<Record<SectionName, Section>>;
  readonly memfd: Sourced<Effect> | null;
  readonly memory: Sourced<Effect> | null;
  readonly signals: Sourced<Effect> | null;
  readonly configure: Sourced<Effect> | null;
  readonly sudo: Sourced<Effect> | null;
  readonly services: Sourced<Effect> | null;
  readonly containers: Sourced<ContainerAccess> | null;
}

interface RawSection {
  readonly default?: Effect;
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

export function mergeDocuments(documents: readonly PolicyDocument[]): MergedPolicy {
  const last = <T>(path: TomlPath, pick: (document: PolicyDocument) => T | undefined): Sourced<T> | null => {
    for (let rank = documents.length - 1; rank >= 0; rank--) {
      const document = documents[rank];
      const value = document === undefined ? undefined : pick(document);
      if (document !== undefined && value !== undefined)
        return { value, file: document.file, at: document.valueAt(path), rank };
    }
    return null;
  };
  const section = (path: TomlPath, pick: (document: PolicyDocument) => RawSection | undefined): Section => ({
    default: last([...path, "default"], (d) => pick(d)?.default),
    allow: joined(documents, [...path, "allow"], (d) => pick(d)?.allow),
    deny: joined(documents, [...path, "deny"], (d) => pick(d)?.deny),
  });

  return {
    mode: last(["mode"], (d) => d.value.mode),
    sections: {
      network: section(["network"], (d) => d.value.network),
      "network.listen": section(["network", "listen"], (d) => d.value.network?.listen),
      exec: section(["exec"], (d) => d.value.exec),
      "files.read": section(["files", "read"], (d) => d.value.files?.read),
      "files.write": section(["files", "write"], (d) => d.value.files?.write),
      "files.delete": section(["files", "delete"], (d) => d.value.files?.delete),
    },
    memfd: last(["exec", "memfd"], (d) => d.value.exec?.memfd),
    memory: last(["process", "memory"], (d) => d.value.process?.memory),
    signals: last(["process", "signals"], (d) => d.value.process?.signals),
    configure: last(["network", "configure"], (d) => d.value.network?.configure),
    sudo: last(["privilege", "sudo"], (d) => d.value.privilege?.sudo),
    services: last(["privilege", "services"], (d) => d.value.privilege?.services),
    containers: last(["containers", "access"], (d) => d.value.containers?.access),
  };
}

function joined(
  documents: readonly PolicyDocument[],
  path: TomlPath,
  pick: (document: PolicyDocument) => readonly string[] | undefined,
): readonly Sourced<string>[] | null {
  if (documents.every((document) => pick(document) === undefined)) return null;
  return documents.flatMap((document, rank) =>
    (pick(document) ?? []).map((value, index) => ({
      value,
      file: document.file,
      at: document.valueAt([...path, index]),
      rank,
    })),
  );
}

/** What a section does when no rule matches; null when it says nothing about that. */
export function sectionDefault(section: Section): Effect | null {
  if (section.default !== null) return section.default.value;
  return section.allow === null ? null : "deny";
}
