/**
 * Who descends from whom: the session's processes by pid and start time, from the events of fork, exec and exit.
 *
 * Memory is bounded. A process that has ended is kept while a descendant lives (by reference), and for a while for
 * events that come late. What a process is to be blamed for goes down to its children when they are made, so a long
 * chain of forks loses its distant ancestors, but not its package; the step is told by the kernel side.
 */
import type { ProcessRef } from "../report/event.ts";
import { packageOf } from "./package.ts";

/** Ended processes that events may still name. */
const REMEMBERED = 2048;
/** Running processes; far above a machine's pid_max in use, it bounds what made-up events can do. */
const MAX_KNOWN = 65_536;
/** How far up an event tells its ancestors. */
export const MAX_ANCESTORS = 64;

export interface Ancestry {
  readonly process: ProcessRef;
  readonly ancestors: readonly ProcessRef[];
  readonly package: string | null;
  readonly container: string | null;
}

/** A process as an event names it. */
export interface Seen {
  readonly pid: number;
  /** Boot nanoseconds. */
  readonly start: bigint;
  readonly comm: string;
  readonly parent: number;
  readonly parentStart: bigint;
}

/** What an exec tells of its process. */
export interface Program {
  readonly exe: string;
  readonly args: readonly string[];
  /** The container that it is the first program in, null for one that goes on where it was. */
  readonly container: string | null;
}

interface Node {
  ref: ProcessRef;
  parent: Node | null;
  /** How many ancestors are held at most. */
  depth: number;
  package: string | null;
  container: string | null;
  /** Where the next exec is done, when that was told. */
  cwd: string | null;
}

export class Lineage {
  private readonly nodes = new Map<string, Node>();
  private readonly ended: string[] = [];

  /** Any event of this process. */
  of(seen: Seen): Ancestry {
    const node = this.find(seen);
    // comm changes without an exec, too; a thread's own name is not its process's, but the best there is
    const process = node.ref.comm === seen.comm ? node.ref : { ...node.ref, comm: seen.comm };
    return { process, ancestors: ancestorsOf(node), package: node.package, container: node.container };
  }

  /** The next exec of this process is done in this directory. */
  enter(seen: Seen, cwd: string): void {
    this.find(seen).cwd = cwd;
  }

  exec(seen: Seen, { container, ...program }: Program): Ancestry {
    const node = this.find(seen);
    const cwd = node.cwd ?? node.ref.cwd;
    node.cwd = null;
    node.container = container ?? node.container;
    const ref = { pid: seen.pid, start: String(seen.start), comm: seen.comm, ...program };
    node.ref = cwd === undefined ? ref : { ...ref, cwd };
    // a process does not get rid of its package by changing directory
    if (cwd !== undefined) node.package = packageOf(cwd) ?? node.package;
    return { process: node.ref, ancestors: ancestorsOf(node), package: node.package, container: node.container };
  }

  /** The process is over; its descendants keep what they need of it. */
  exit(seen: Seen): Ancestry {
    const ancestry = this.of(seen);
    this.ended.push(keyOf(seen.pid, seen.start));
    if (this.ended.length > REMEMBERED) this.nodes.delete(this.ended.shift() ?? "");
    return ancestry;
  }

  /** What an earlier agent knew of a process, from an event in the journal. */
  recall({ process, ancestors, package: name, container }: Ancestry): void {
    let parent: Node | null = null;
    for (const ref of [...ancestors].reverse()) parent = this.remember(ref, parent, null, null);
    const node = this.remember(process, parent, name, container);
    node.ref = process;
    node.package = name;
    node.container = container;
  }

  private find(seen: Seen): Node {
    const known = this.nodes.get(keyOf(seen.pid, seen.start));
    if (known) return known;
    const parent = this.nodes.get(keyOf(seen.parent, seen.parentStart)) ?? null;
    const ref: ProcessRef = { ...parent?.ref, pid: seen.pid, start: String(seen.start), comm: seen.comm };
    return this.remember(ref, parent, parent?.package ?? null, parent?.container ?? null);
  }

  private remember(ref: ProcessRef, parent: Node | null, name: string | null, container: string | null): Node {
    const key = keyOf(ref.pid, ref.start);
    const known = this.nodes.get(key);
    if (known) return known;
    const node: Node = {
      ref,
      parent,
      depth: parent === null ? 0 : parent.depth + 1,
      package: name,
      container,
      cwd: null,
    };
    if (node.depth > 2 * MAX_ANCESTORS) forgetDistant(node);
    this.nodes.set(key, node);
    if (this.nodes.size > MAX_KNOWN) {
      const [oldest] = this.nodes.keys();
      if (oldest !== undefined) this.nodes.delete(oldest);
    }
    return node;
  }
}

function keyOf(pid: number, start: bigint | string): string {
  return `${pid}/${start}`;
}

/** Processes that fork and end, one after the other, would otherwise all be held by the last. */
function forgetDistant(node: Node): void {
  let up: Node | null = node;
  for (let i = 0; up !== null && i < MAX_ANCESTORS; i++) up = up.parent;
  if (up !== null) up.parent = null;
  node.depth = MAX_ANCESTORS;
}

function ancestorsOf(node: Node): ProcessRef[] {
  const ancestors: ProcessRef[] = [];
  for (let up = node.parent; up !== null && ancestors.length < MAX_ANCESTORS; up = up.parent)
    ancestors.push(brief(up.ref));
  return ancestors;
}

/** Arguments and directories are in the record of each one's own exec: a journal that repeats them is mostly that. */
function brief({ pid, start, comm, exe }: ProcessRef): ProcessRef {
  return exe === undefined ? { pid, start, comm } : { pid, start, comm, exe };
}
