/** The parts in docs/performance.md, from the committed readings. Pure. */
import { grouped, table } from "../table.ts";
import { partBudgetsOf } from "./budgets.ts";
import { PARTS, type Part, QUANTITIES, type Unit } from "./quantities.ts";
import type { PartColumn, RecordedParts } from "./record.ts";

const MEGABYTE = 1e6;
const MILLISECOND = 1e6;
const DIGEST_SHOWN = 16;

const TITLES: Readonly<Record<Part, string>> = {
  session: "Start, stop and memory",
  jobs: "Whole jobs",
  events: "Events",
  native: "Times",
};

const METHODS: Readonly<Record<Part, string>> = {
  session: `A job as a runner starts one: a Runner.Worker of an ordinary user, which starts the action's \`main\`, then, in half of the
jobs, a step that is refused 10,000 connections, each to another address, and then the action's \`post\`; under the ten rules
above, by the Node 24 that runs actions. Instructions are those of the whole machine, the guard's own processes, \`sudo\` and the
kernel: the counter from the start of a program to its end, less what a process of the lowest priority ran meanwhile, which
keeps the processor from sleeping. Files are on a tmpfs and were read before. Memory is what \`/proc/PID/status\` and
\`smaps_rollup\` tell when \`main\` has ended, and when the journal has all refusals; the monitor's has the ring buffer's pages
twice, since it is mapped so.`,
  jobs: `Instructions of the whole machine from the start of a command to its end, counted as above: inside of a session under the ten
rules, with whatever the guard's own processes do meanwhile, and without one; by turns, and after one turn that is not
counted. What is built is made by \`test/bench/parts/work.ts\`, the same each time; nothing is fetched.`,
  events: `A step of the same job is refused connections to 1,000 addresses by turns. What each costs is what the whole machine runs from
the first act until a program outside of the session has seen all in the journal: the act, the kernel's event, the monitor
and the agent. The rate is the same for a processor that takes a nanosecond for each instruction; at four fifths of it
60,000 more are refused, which is more than all buffers hold. Each refusal is an event: the kernel does not take
repeats together (PLANNED); the report does. The agent waits up to 20 ms for more of them before it writes.`,
  native: `The action's job, the whole jobs and the events on a machine without a virtual one around it, as root, with a policy for the network alone,
where the kernel lets nobody load other programs. Times on a shared machine are noise: the least of them says most, and no test depends on them.`,
};

const UNITS: Readonly<Record<Unit | "ratio", (value: number) => string>> = {
  instructions: grouped,
  bytes: (value) => `${(value / MEGABYTE).toFixed(1)} MB`,
  events: grouped,
  "events per second": grouped,
  ratio: (value) => value.toFixed(4),
  nanoseconds: (value) =>
    value < MILLISECOND ? `${grouped(value)} ns` : `${grouped(Math.round(value / MILLISECOND))} ms`,
};

function budgetTable(part: Part, readings: PartColumn["readings"]): readonly string[] {
  const budgets = partBudgetsOf(part, readings);
  if (budgets.length === 0) return [];
  const rows = budgets.map(({ name, value, limit, unit, ok }) => [
    name,
    UNITS[unit](limit),
    UNITS[unit](value),
    ok ? "met" : "**not met**",
  ]);
  return [table([["", "budget", "median", ""], ...rows])];
}

function columnSection(part: Part, name: string, { release, boots, monitor, readings }: PartColumn): string {
  const rows = QUANTITIES[part].flatMap(({ name: quantity, what, unit }) => {
    const spread = readings[quantity];
    if (spread === undefined) return [];
    const [least, median, most, runs] = spread;
    return [[what, ...[least, median, most].map(UNITS[unit]), String(runs)]];
  });
  const times = part === "native" ? "" : `, ${boots} ${boots === 1 ? "boot" : "boots"}`;
  return [
    `### ${name}: ${TITLES[part].toLowerCase()}`,
    `Linux ${release}${times}; the monitor of SHA-256 \`${monitor.slice(0, DIGEST_SHOWN)}\`.`,
    ...budgetTable(part, readings),
    table([["", "least", "median", "most", "runs"], ...rows]),
  ].join("\n\n");
}

/** A section for each part of which there are readings. */
export function partSections(parts: RecordedParts): readonly string[] {
  return PARTS.flatMap((part) => {
    const columns = Object.entries(parts[part] ?? {});
    if (columns.length === 0) return [];
    return [`## ${TITLES[part]}`, METHODS[part], ...columns.map(([name, column]) => columnSection(part, name, column))];
  });
}

/** Of what there are no readings yet, in words; empty when all is there. */
export function missingParts(parts: RecordedParts): string {
  const missing = PARTS.filter((part) => Object.keys(parts[part] ?? {}).length === 0).map((part) =>
    TITLES[part].toLowerCase(),
  );
  return missing.join("; ");
}
