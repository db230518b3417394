/** A merged policy to what the kernel side takes: expanded, checked, with the rules a guarded job cannot do without. */

import { type Findings, show } from "./diagnostic.ts";
import { parseEndpoint } from "./endpoint.ts";
import type { Draft } from "./extent.ts";
import { dropDuplicates, isCovered, lintReach } from "./lint.ts";
import { parseLocalEndpoint } from "./local-endpoint.ts";
import { type MergedPolicy, type Section, type SectionName, type Sourced, sectionDefault } from "./merge.ts";
import { type PathContext, parsePath } from "./path.ts";
import type { CompiledPolicy, Effect, FileOp, HookClass, Mode, RuleSource } from "./rules.ts";

const HOOK_CLASSES = [
  "network",
  "exec",
  "read",
  "write",
  "guard",
  "containers",
] as const satisfies readonly HookClass[];

/** What the kernel side's maps hold (bpf/lib/core.h): two nodes and a name for a rule, and room for the guard's own. */
const MAX_RULES = 120_000;

const FILE_SECTIONS: readonly (readonly [SectionName, FileOp])[] = [
  ["exec", "exec"],
  ["files.read", "read"],
  ["files.write", "write"],
  ["files.delete", "delete"],
];

/** The compiled policy. It means something only when `findings` has no errors afterwards. */
export function compilePolicy(
  merged: MergedPolicy,
  mode: Mode,
  context: PathContext,
  findings: Findings,
): CompiledPolicy {
  const { sections } = merged;
  const execDefault = sectionDefault(sections.exec) ?? "allow";
  const defaults = {
    network: sectionDefault(sections.network) ?? "allow",
    listen: sectionDefault(sections["network.listen"]) ?? "allow",
    exec: execDefault,
    read: sectionDefault(sections["files.read"]) ?? "allow",
    write: sectionDefault(sections["files.write"]) ?? "allow",
    delete: sectionDefault(sections["files.delete"]) ?? ("inherit" as const),
  };

  const written = dropDuplicates(
    [
      ...networkDrafts(sections.network, mode, findings),
      ...listenDrafts(sections["network.listen"], findings),
      ...FILE_SECTIONS.flatMap(([name, op]) => fileDrafts(sections[name], name, op, context, findings)),
    ],
    findings,
  );
  if (written.length > MAX_RULES) {
    const source = written[MAX_RULES]?.source ?? { file: "warden", line: 1, column: 1 };
    findings.error(source.file, source, {
      message: `the policy has ${written.length} rules, more than ${MAX_RULES}`,
      fix: "cover more with fewer rules, e.g. a subtree dir/** or a prefix 10.0.0.0/8",
    });
  } else {
    lintReach(written, findings);
  }
  const drafts = [...written, ...implicitDrafts(defaults, context).filter((draft) => !isDecided(draft, written))];
  const memfd = merged.memfd?.value ?? execDefault;
  const processMemory = merged.memory?.value ?? "deny";
  const services = merged.services?.value ?? processMemory;
  const sudo = merged.sudo?.value ?? "allow";
  const containers = merged.containers?.value ?? (processMemory === "deny" ? "govern" : "allow");
  const networkIsRuled =
    defaults.network === "deny" || defaults.listen === "deny" || written.some((draft) => draft.kind === "network");
  const configureNetwork = merged.configure?.value ?? (networkIsRuled && processMemory === "deny" ? "deny" : "allow");
  const signals = merged.signals?.value ?? "allow";
  const doors = { signals, services, sudo, containers, configureNetwork };
  return {
    mode,
    rules: drafts.map(({ rank: _, ...rule }, index) => ({ ...rule, id: index + 1 })),
    defaults,
    memfd,
    processMemory,
    ...doors,
    needs: neededClasses(written, { defaults, memfd, processMemory, ...doors }),
  };
}

/** The endpoints of a section as rules. Also used to check what is not enforced yet, such as per-step overrides. */
export function networkDrafts(section: Section, mode: Mode, findings: Findings): readonly Draft[] {
  return entriesOf(section).flatMap(([effect, item]): Draft[] => {
    const result = parseEndpoint(item.value);
    if (!result.ok) {
      findings.error(item.file, item.at, result.error);
      return [];
    }
    for (const note of result.warnings) findings.warn(item.file, item.at, note);
    const { endpoint } = result;
    if (endpoint.target.form === "wildcard") reportWildcard(item, effect, mode, findings);
    return [{ kind: "network", direction: "out", effect, ...endpoint, source: sourceOf(item), rank: item.rank }];
  });
}

/** The endpoints of this machine as rules. */
function listenDrafts(section: Section, findings: Findings): readonly Draft[] {
  return entriesOf(section).flatMap(([effect, item]): Draft[] => {
    const result = parseLocalEndpoint(item.value);
    if (!result.ok) {
      findings.error(item.file, item.at, result.error);
      return [];
    }
    for (const note of result.warnings) findings.warn(item.file, item.at, note);
    const common = { kind: "network", direction: "in", effect, source: sourceOf(item), rank: item.rank } as const;
    return result.endpoints.map((endpoint) => ({ ...common, ...endpoint }));
  });
}

/** The paths of a section as rules. */
export function fileDrafts(
  section: Section,
  name: SectionName,
  op: FileOp,
  context: PathContext,
  findings: Findings,
): readonly Draft[] {
  return entriesOf(section).flatMap(([effect, item]): Draft[] => {
    const result = parsePath(item.value, context);
    if (!result.ok) {
      // An allow that names nothing takes nothing away from the guard; a deny that names nothing does.
      if (result.unset === true && effect === "allow") findings.warn(item.file, item.at, result.error);
      else findings.error(item.file, item.at, result.error);
      return [];
    }
    if (op === "exec" && effect === "allow" && result.target.form === "name") {
      findings.warn(item.file, item.at, {
        message: `${show(item.value)} lets any file of that name run, whoever wrote it`,
        fix: `name the program by its path in [${name}]`,
      });
    }
    return [{ kind: "file", op, effect, target: result.target, source: sourceOf(item), rank: item.rank }];
  });
}

function entriesOf(section: Section): readonly (readonly [Effect, Sourced<string>])[] {
  return [
    ...(section.allow ?? []).map((item) => ["allow", item] as const),
    ...(section.deny ?? []).map((item) => ["deny", item] as const),
  ];
}

function reportWildcard(item: Sourced<string>, effect: Effect, mode: Mode, findings: Findings): void {
  const shown = show(item.value);
  const needs = "needs a resolver in the path, which is PLANNED";
  if (effect === "allow") {
    findings.warn(item.file, item.at, {
      message: `the wildcard ${shown} ${needs}: until then it matches nothing and stays denied`,
      fix: "name the hosts",
    });
    return;
  }
  const note = {
    message: `the wildcard ${shown} ${needs}: until then it denies nothing`,
    fix: "name the hosts, or deny by default",
  };
  // A deny that does nothing must not pass for one.
  if (mode === "enforce") findings.error(item.file, item.at, note);
  else findings.warn(item.file, item.at, note);
}

function sourceOf(item: Sourced<string>): RuleSource {
  return { file: item.file, line: item.at.line, column: item.at.column, text: item.value };
}

/** What a job needs whatever its policy says: local servers, and the files by which a step talks to the runner. */
function implicitDrafts(defaults: CompiledPolicy["defaults"], context: PathContext): readonly Draft[] {
  const drafts: Draft[] = [];
  for (const direction of ["out", "in"] as const) {
    if (defaults[direction === "out" ? "network" : "listen"] !== "deny") continue;
    const common = {
      kind: "network",
      direction,
      effect: "allow",
      port: 0,
      protocol: "any",
      source: implicit("loopback"),
      rank: -1,
    } as const;
    drafts.push({ ...common, target: { form: "cidr", family: 4, address: "127.0.0.0", prefix: 8 } });
    drafts.push({ ...common, target: { form: "cidr", family: 6, address: "::1", prefix: 128 } });
  }
  const commands = parsePath("${temp}/_runner_file_commands/**", context);
  if (defaults.write === "deny" && commands.ok) {
    const source = implicit("runner command files");
    drafts.push({ kind: "file", op: "write", effect: "allow", target: commands.target, source, rank: -1 });
  }
  return drafts;
}

function implicit(what: string): RuleSource {
  return { file: "warden", line: 1, column: 1, text: `implicit: ${what}` };
}

/** An implicit allow gives way to a rule that denies all of it, and adds nothing to one that allows all of it. */
function isDecided(draft: Draft, written: readonly Draft[]): boolean {
  return isCovered(draft, written, "deny") || isCovered(draft, written, "allow");
}

function neededClasses(written: readonly Draft[], policy: Omit<CompiledPolicy, "mode" | "rules" | "needs">) {
  const { defaults, memfd, processMemory, signals, services, sudo, containers, configureNetwork } = policy;
  const file = (...ops: readonly FileOp[]) => written.some((d) => d.kind === "file" && ops.includes(d.op));
  const network =
    defaults.network === "deny" || defaults.listen === "deny" || written.some((d) => d.kind === "network");
  const write = defaults.write === "deny" || defaults.delete === "deny" || file("write", "delete");
  const needed: Readonly<Record<HookClass, boolean>> = {
    network: network || services === "deny",
    exec: defaults.exec === "deny" || file("exec") || memfd === "deny" || sudo === "deny",
    read: defaults.read === "deny" || file("read"),
    write: write || [services, sudo, containers].includes("deny"),
    // Without the guard class a step can undo the rest, so doing without it must be said in the policy.
    guard: [processMemory, signals, services, sudo, containers, configureNetwork].includes("deny"),
    containers: containers === "govern",
  };
  return HOOK_CLASSES.filter((name) => needed[name]);
}
