/** docs/performance.md, from the committed figures. Pure. */
import { type Budget, budgetsOf } from "./budgets.ts";
import { type Figure, figuresOf, type Percentile, subjectName } from "./figures.ts";
import { OPERATIONS, type Situation, type Target } from "./operations.ts";
import { missingParts, partSections } from "./parts/document.ts";
import { policyText } from "./policies.ts";
import { type Column, measuredOf, type Recorded } from "./record.ts";
import { grouped, table } from "./table.ts";

const NOTHING = "-";

/** Digits that are not the same in every run are marked. */
const mark = ({ repeatable }: { readonly repeatable: boolean }) => (repeatable ? "" : " ~");

function budgetRow(budget: Budget): readonly string[] {
  const { name, ratio, limit, ok, floor } = budget;
  const state = ok ? "met" : floor !== null && floor > limit ? "**not met**, the floor is above" : "**not met**";
  return [
    name,
    limit.toFixed(3),
    `${ratio.toFixed(4)}${mark(budget)}`,
    floor === null ? NOTHING : floor.toFixed(4),
    state,
  ];
}

function budgetTable(budgets: readonly Budget[]): string {
  return table([["operation, 1,000 rules", "budget", "measured", "floor", ""], ...budgets.map(budgetRow)]);
}

const SITUATIONS: readonly (Situation & { readonly title: string })[] = [
  { kind: "floor", policy: null, title: "empty hooks" },
  { kind: "ungoverned", policy: "1000", title: "ungoverned" },
  { kind: "governed", policy: "10", title: "10 rules" },
  { kind: "governed", policy: "10-names", title: "10, a name" },
  { kind: "governed", policy: "1000", title: "1,000 rules" },
  { kind: "governed", policy: "100000", title: "100,000 rules" },
  { kind: "audit", policy: "1000", title: "audit" },
];

const RATIO_DIGITS = 3;
const DIGEST_SHOWN = 16;

/** Without a guard the instructions, elsewhere the ratio to that. Columns and rows without any figure are left out. */
function operationTable(figures: ReadonlyMap<string, Figure>, target: Target, which: Percentile): string {
  const at = (situation: Situation, op: string) =>
    figures.get(subjectName({ kind: situation.kind, policy: situation.policy, op, target }))?.[which];
  const rows = OPERATIONS.filter(({ name }) => name !== "nothing" && at({ kind: "none", policy: null }, name));
  const columns = SITUATIONS.filter((situation) => rows.some(({ name }) => at(situation, name) !== undefined));
  const body = rows.map(({ name, what }) => {
    const none = at({ kind: "none", policy: null }, name);
    const base = none === undefined ? NOTHING : `${grouped(none.instructions)}${mark(none)}`;
    const cells = columns.map((situation) => {
      const value = at(situation, name);
      return value?.ratio == null ? NOTHING : `${value.ratio.toFixed(RATIO_DIGITS)}${mark(value)}`;
    });
    return [what, base, ...cells];
  });
  return rows.length === 0 ? "" : table([["operation", "no guard", ...columns.map(({ title }) => title)], ...body]);
}

const TITLES: Readonly<Record<Target, string>> = {
  warm: "Allowed, the same target each time",
  cold: "Allowed, another target each time",
  denied: "Denied",
};

const WORDS: Readonly<Record<Target, string>> = {
  warm: "What was done a moment ago is done again.",
  cold: "Nobody has used the file, its directory, the program or the address in this session.",
  denied:
    "What is refused costs what it takes to refuse it and to tell of it, and not what the act would have cost: ratios below 1 are refusals before the work. An audit does both.",
};

function columnSection(name: string, column: Column): string {
  const figures = figuresOf(measuredOf(column));
  const named = new Map(figures.map((figure) => [subjectName(figure), figure]));
  const tables = (["warm", "cold", "denied"] as const).flatMap((target) => {
    const [p50, p99] = [operationTable(named, target, "p50"), operationTable(named, target, "p99")];
    return p50 === "" ? [] : [`### ${name}: ${TITLES[target].toLowerCase()}`, WORDS[target], "p50:", p50, "p99:", p99];
  });
  const { release, boots, monitor } = column;
  const runs = `Linux ${release}, ${boots} ${boots === 1 ? "boot" : "boots"}, two runs in each; the monitor of SHA-256 \`${monitor.slice(0, DIGEST_SHOWN)}\`.`;
  return [`## ${name}`, runs, `### ${name}: budgets`, budgetTable(budgetsOf(figures)), ...tables].join("\n\n");
}

const METHOD = `What the guard costs, in instructions. Time on shared machines is noise; instructions are the same each time.

## Method

- A virtual machine of one processor under QEMU's \`-icount shift=0,sleep=off\`: the guest's time stamp counter goes up by one for
  each instruction, of the kernel and of the program alike. The program that measures (\`test/bench/ops.c\`) reads it before and
  after each round, and refuses to measure where a thousand instructions do not count as a thousand.
- Distribution kernels as they are packaged, booted with \`lsm=landlock,lockdown,yama,apparmor preempt=voluntary\` (stock, as hosted
  runners are) or with \`,bpf\` added (bpf), and with \`mitigations=off nokaslr dhash_entries=8388608\` in both.
- The built command line starts the session (\`warden run --mode enforce -- COMMAND\`); the work is done inside of its cgroup, with
  the rights of an ordinary user, on files of a tmpfs and addresses of loopback. Every round of what is denied has to be refused and
  every other one to succeed, or there is no figure.
- A round begins a fixed time after the clock interrupt, with real-time priority: the next one, the guard's own processes
  and other threads come after it. So figures are of the hooks, and of what they do in the caller's context. Reading the
  counter costs 11 instructions, which are in every figure.
- An instruction is no cycle. What a processor's caches and branch predictors do with it is not in these figures.
- p50, p95 and p99 are of 1,000 rounds (starting programs: 300, walking a directory and starting programs nobody has started:
  100), and ratios are to the same percentile of the same act without a guard.
- Each measurement is done twice in each boot, and without a guard at the beginning and at the end of one. \`~\` marks figures
  whose digits were not the same in every run: they are not repeatable. \`test/bench/results.json\` says by how much.
- The floor: an empty program at each place where the guard has one on that kernel, in the cgroup that is measured. No guard
  with these hooks can cost less; who is outside of the cgroup does not run all of them.
- \`preempt=voluntary\`, one processor and an idle machine are what the figures hold for. Work of the guard's own processes is in
  the sections below that say so.`;

/** What the document does not say yet; null when it says all. */
const planned = (missing: string) => (missing === "" ? null : `PLANNED: ${missing}.`);

const situationsText = `## Situations

- **no guard**; **empty hooks**, the floor; **ungoverned**: beside a session of 1,000 rules, outside of its cgroup;
- governed, with **10 rules**, **1,000 rules** and **100,000 rules**: beyond the first ten, half of them deny files, a fifth files
  that are not there, a tenth directory trees and a fifth addresses, none of which is touched;
- **10, a name**: one of the ten is for a name anywhere (\`**/.env\`), for which every name has to be looked up;
- **audit**: 1,000 rules, and nothing is refused.

The ten rules:

\`\`\`toml
${policyText("10").trim()}
\`\`\``;

const REPEAT = `## To do it again

\`\`\`sh
npm run bench -- --kernel 6.12 --lsm stock
node build/performance.mjs
\`\`\`

The first measures one kernel and flavour, and writes every figure, with the budgets, to \`out/bench/KERNEL-FLAVOUR.json\` and
\`out/bench/PART/KERNEL-FLAVOUR.json\`; with \`--part NAME\` it measures one part. The second takes what is there into
\`test/bench/results.json\`, and writes this file. \`node build/performance.mjs --check\`, a part of \`npm test\`, fails when this
file is not what the figures say.`;

/** docs/performance.md. */
export function render(recorded: Recorded): string {
  const columns = Object.entries(recorded.columns).map(([name, column]) => columnSection(name, column));
  const head = "<!-- Generated by build/performance.mjs from test/bench/results.json: do not edit. -->";
  const parts = recorded.parts ?? {};
  const missing = planned(missingParts(parts));
  const sections = [
    METHOD,
    ...(missing === null ? [] : [missing]),
    situationsText,
    REPEAT,
    ...partSections(parts),
    ...columns,
  ];
  return `${[head, "# Performance", ...sections].join("\n\n")}\n`;
}
