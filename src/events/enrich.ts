/** Raw events to the journal's: with paths as the job sees them, ancestry, step and package. */
import ipaddr from "ipaddr.js";
import { EVENT_VERSION, type Event, type EventBase, type JournalRecord } from "../report/event.ts";
import { wallTime } from "./clock.ts";
import { type Ancestry, Lineage, MAX_ANCESTORS } from "./lineage.ts";
import { familyName, guardDetail, hookName, networkHookName, opName, protocolName, verdictName } from "./names.ts";
import type { RawEvent, RawHeader, RawPath } from "./raw.ts";
import { Steps } from "./steps.ts";

const FAMILY_V4 = 2;
const FAMILY_V6 = 10;

export interface World {
  /** Absolute path of a raw one. */
  readonly path: (raw: RawPath) => string;
  /** The policy's host name that has this address for this rule, or for any. */
  readonly hostOf: (address: string, rule: number) => string | null;
  /** Wall clock minus boot clock, ms. */
  readonly clockOffset: number;
}

export class Enricher {
  private readonly world: World;
  private readonly lineage = new Lineage();
  private readonly steps = new Steps();

  constructor(world: World) {
    this.world = world;
  }

  /**
   * The journal's record of an event; null for one that only adds to the next. Events are to come in the order of their sequence numbers, or nearly so.
   * (Object.assign, not spreading: a flood of refusals is written down while the job is held up by its end.)
   */
  enrich(raw: RawEvent): Event | null {
    const { header } = raw;
    switch (raw.kind) {
      case "fork":
        return Object.assign(this.base(header, this.lineage.of(header), "process"), { hook: "fork" } as const);
      case "exit":
        return Object.assign(this.base(header, this.lineage.exit(header), "process"), { hook: "exit" } as const);
      case "exec":
        return this.exec(raw);
      case "cwd":
        this.lineage.enter(header, this.world.path(raw.path));
        return null;
      case "network":
        return this.network(raw);
      case "file":
        return Object.assign(this.base(header, this.lineage.of(header), "file"), {
          op: opName(header.op),
          hook: hookName(header.hook),
          path: this.world.path(raw.path),
          device: raw.path.device,
          inode: String(raw.inode),
        });
      case "guard":
        return this.guard(raw);
    }
  }

  /** Learns from a record of an earlier agent, so that what comes next has its ancestry. */
  recall(record: JournalRecord): void {
    if (record.kind === "gap") return;
    const root = record.ancestors.at(-1) ?? record.process;
    // of a long chain of forks the first process is not told
    if (record.stepOrdinal !== 0 && record.ancestors.length < MAX_ANCESTORS)
      this.steps.recall(root.pid, BigInt(root.start), { ordinal: record.stepOrdinal, id: record.step });
    this.lineage.recall(record);
  }

  private exec(raw: Extract<RawEvent, { kind: "exec" }>): Event {
    const { header, stepId, args, cgroup } = raw;
    const container = cgroup === "" ? null : containerName(cgroup);
    this.steps.of(header.step, header.pid, header.start);
    if (stepId !== "") this.steps.name(header.step, stepId);
    const ancestry = this.lineage.exec(header, { exe: this.world.path(raw.path), args, container });
    return Object.assign(this.base(header, ancestry, "process"), { hook: "exec" } as const);
  }

  private network(raw: Extract<RawEvent, { kind: "network" }>): Event {
    const { header } = raw;
    const hook = networkHookName(header.hook);
    const event = Object.assign(this.base(header, this.lineage.of(header), "network"), {
      hook,
      family: familyName(raw.family),
      protocol: protocolName(raw.protocol),
    });
    const address = hook === "socket" ? null : addressText(raw.family, raw.address);
    if (address === null) return event;
    const isOwn = hook === "bind" || hook === "listen";
    const host = isOwn ? null : this.world.hostOf(address, header.rule);
    return Object.assign(event, { address, port: raw.port }, host === null ? {} : { host });
  }

  private guard({ header, target, comm, detail }: Extract<RawEvent, { kind: "guard" }>): Event {
    const words = guardDetail(header.hook, detail);
    const event = Object.assign(this.base(header, this.lineage.of(header), "guard"), { hook: hookName(header.hook) });
    if (target === 0 && words === null) return event;
    const what = { ...(target === 0 ? {} : { pid: target, comm }), ...(words === null ? {} : { detail: words }) };
    return Object.assign(event, { target: what });
  }

  private base<Kind extends Event["kind"]>(
    header: RawHeader,
    ancestry: Ancestry,
    kind: Kind,
  ): EventBase & { readonly kind: Kind } {
    const step = this.steps.of(header.step, header.pid, header.start);
    return {
      v: EVENT_VERSION,
      kind,
      seq: header.seq,
      time: wallTime(header.time, this.world.clockOffset),
      verdict: verdictName(header.verdict),
      rule: header.rule,
      step: step.id,
      stepOrdinal: step.ordinal,
      package: ancestry.package,
      container: ancestry.container,
      uid: header.uid,
      process: ancestry.process,
      ancestors: ancestry.ancestors,
    };
  }
}

/** Twelve hexadecimal digits, as runtimes show their containers' ids, or what the cgroup is called. */
function containerName(cgroup: string): string {
  return /[0-9a-f]{64}/.exec(cgroup)?.[0].slice(0, 12) ?? cgroup.replace(/\.scope$/, "");
}

function addressText(family: number, bytes: Uint8Array): string | null {
  if (family === FAMILY_V4) return bytes.subarray(0, 4).join(".");
  if (family === FAMILY_V6) return ipaddr.fromByteArray([...bytes]).toString();
  return null;
}
