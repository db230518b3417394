/** The policy's names in force: resolved, leased as addresses, and known by name in events and reports. */
import { readFileSync } from "node:fs";
import path from "node:path";
import * as v from "valibot";
import { codeOf, messageOf } from "../common/errors.ts";
import { parseJson } from "../common/json.ts";
import type { LeaseChange } from "../egress/leases.ts";
import { Names } from "../egress/names.ts";
import { systemResolve } from "../egress/resolve.ts";
import type { AddressChange } from "../kernel/addresses.ts";
import { netRuleFrame } from "../kernel/frames.ts";
import { type HostRule, leaseKey, type PolicyFrames } from "../kernel/rules-to-frames.ts";
import { LinkError, type MonitorLink } from "./agent-link.ts";
import { ruleOutcome } from "./agent-rules.ts";
import { writeWhole } from "./whole-file.ts";

/** How long a start waits for name servers, ms. Names that come later are let in when they come. */
const PATIENCE = 8_000;

const savedLeases = v.array(v.object({ host: v.string(), address: v.string() }));

export interface EgressOptions {
  readonly link: MonitorLink;
  readonly rules: PolicyFrames["rules"];
  readonly hosts: PolicyFrames["hosts"];
  readonly table: PolicyFrames["table"];
  /** Where the leases are written down for an agent that comes after this one. */
  readonly file: string;
  readonly warn: (text: string) => void;
}

export class Egress {
  private readonly options: EgressOptions;
  private readonly names: Names;
  private readonly rulesOf = new Map<string, HostRule[]>();
  /** Address -> names that have or had it; bounded by what is leased in a session. */
  private readonly hosts = new Map<string, Set<string>>();
  private readonly sending = new Set<Promise<void>>();

  constructor(options: EgressOptions) {
    this.options = options;
    for (const rule of options.hosts) this.rulesOf.set(rule.host, [...(this.rulesOf.get(rule.host) ?? []), rule]);
    this.names = new Names({
      hosts: this.rulesOf.keys(),
      resolve: systemResolve(),
      onChange: (changes) => this.apply(changes),
      now: () => performance.now(),
    });
  }

  /** Resolves when each name has its addresses in force, or has none. */
  async start(): Promise<void> {
    if (this.rulesOf.size === 0) return;
    await this.names.start(PATIENCE);
    await Promise.all(this.sending);
  }

  /** The leases of an agent that is gone: still in the monitor's tries, and now ours to end. */
  adopt(): void {
    for (const { host, address } of this.saved()) {
      if (!this.names.leases.adopt(host, address, performance.now())) continue;
      this.note(host, address);
      this.send(this.changesOf({ host, address, held: true }));
    }
  }

  stop(): void {
    this.names.stop();
  }

  /** Sentences for names that have no address. */
  unresolved(): string[] {
    return this.names.leases
      .unresolved()
      .map(({ host, reason }) => `${host} did not resolve (${reason}): ${this.meaning(host)}; it is tried again`);
  }

  /** The name that leased an address: of the rule that decided, or else any that has it. */
  hostOf(address: string, rule: number): string | null {
    const hosts = [...(this.hosts.get(address) ?? [])];
    const decided = hosts.find((host) => this.rulesOf.get(host)?.some((each) => each.rule === rule));
    return decided ?? hosts[0] ?? null;
  }

  private meaning(host: string): string {
    const denied = this.rulesOf.get(host)?.some((rule) => rule.effect === "deny");
    return denied ? "its addresses are not known, so they are not denied by name" : "it stays denied";
  }

  private apply(changes: readonly LeaseChange[]): void {
    for (const change of changes) {
      if (change.held) this.note(change.host, change.address);
      this.send(this.changesOf(change));
    }
    this.save();
  }

  /** A full disk is no reason to stop: the worst is that a second agent ends these leases late. */
  private save(): void {
    try {
      writeWhole(this.options.file, JSON.stringify(this.names.leases.held()));
    } catch (error) {
      this.options.warn(`the leases of names could not be written down: ${messageOf(error)}`);
    }
  }

  private note(host: string, address: string): void {
    this.hosts.set(address, (this.hosts.get(address) ?? new Set()).add(host));
  }

  private changesOf({ host, address, held }: LeaseChange): AddressChange[] {
    const { table } = this.options;
    return (this.rulesOf.get(host) ?? []).flatMap((rule) => {
      const key = leaseKey(address, rule);
      if (key === null) return [];
      return held ? table.hold(key, rule.rule, rule.effect) : table.drop(key, rule.rule);
    });
  }

  private send(changes: readonly AddressChange[]): void {
    for (const { rule, remove } of changes) {
      const sent = this.options.link.rule(netRuleFrame(rule, remove)).then(
        (result) => {
          const failed = ruleOutcome(result, this.options.rules[rule.rule]);
          if (failed) this.options.warn(failed.text);
        },
        (error: unknown) => {
          // the end of the link is told by the link itself
          if (!(error instanceof LinkError)) throw error;
        },
      );
      this.sending.add(sent);
      void sent.finally(() => this.sending.delete(sent));
    }
  }

  private saved(): v.InferOutput<typeof savedLeases> {
    try {
      return parseJson(savedLeases, readFileSync(this.options.file, "utf8"), path.basename(this.options.file));
    } catch (error) {
      if (codeOf(error) === "ENOENT") return [];
      const why = messageOf(error);
      this.options.warn(`the leases of the agent before this one stay until the session ends: ${why}`);
      return [];
    }
  }
}
