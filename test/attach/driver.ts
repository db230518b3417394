/**
 * Runs inside the machine, as root: takes each program of the guard away in turn, in every way a kernel can, and looks at
 * what `warden doctor`, an enforcing and an auditing `warden run` make of it.
 *
 *   node driver.mjs --plan FILE --refuse FILE --object FILE --json FILE [--only GLOB]
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { posture as postureSchema } from "../../src/report/parse.ts";
import type { Posture } from "../../src/report/report.ts";
import { freshReport, writePolicy } from "../scenarios/guarded.ts";
import { runProgram } from "../scenarios/program.ts";
import { clearTheWay } from "../scenarios/session-state.ts";
import { misledFunction, withoutFunction } from "./btf.ts";
import { type Ended, judge, type Planned, type Seen, WAYS, type Way } from "./judge.ts";
import { Refuser } from "./refuser.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({ options: { plan: text, refuse: text, object: text, json: text, only: text } });

const KERNEL_TYPES = "/sys/kernel/btf/vmlinux";
const OTHER_TYPES = "/run/other-types";
const STARTED = "/tmp/started-without-program";

const planSchema = v.array(
  v.object({
    program: v.string(),
    classes: v.array(v.string()),
    functions: v.nullable(v.object({ lsm: v.string(), fmod_ret: v.string() })),
  }),
);
const diagnosisSchema = v.object({
  ok: v.boolean(),
  problem: v.nullable(v.string()),
  posture: v.nullable(postureSchema),
});
const reportSchema = v.object({ posture: postureSchema });

/** Needs every class of hooks, and denies nothing that a command needs to start. */
const POLICY = `version = 1
[network]
default = "deny"
[exec]
deny = ["**/.warden-attach"]
[files.read]
deny = ["**/.warden-attach"]
[files.write]
deny = ["**/.warden-attach"]
[process]
memory = "deny"
`;

interface Finding {
  readonly id: string;
  readonly ok: boolean;
  readonly note: string;
  /** This kernel has no use for the program. */
  readonly absent?: true;
}

async function diagnose() {
  const said = await runProgram(["warden", "doctor", "--json"]);
  try {
    return v.parse(diagnosisSchema, JSON.parse(said.stdout));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`warden doctor said what nobody can read (${why}): ${said.stdout}${said.stderr}`);
  }
}

async function guardedRun(mode: "enforce" | "audit", report: string): Promise<Ended> {
  rmSync(STARTED, { force: true });
  const policy = writePolicy("attach", POLICY);
  const words = ["--policy", policy, "--mode", mode, "--report", report, "--", "touch", STARTED];
  const { status, stderr } = await runProgram(["warden", "run", ...words]);
  return { status, stderr, ran: existsSync(STARTED) };
}

function postureIn(report: string): Posture | null {
  const file = path.join(report, "report.json");
  return existsSync(file) ? v.parse(reportSchema, JSON.parse(readFileSync(file, "utf8"))).posture : null;
}

async function look(): Promise<Seen & { readonly ok: boolean }> {
  const { ok, problem, posture } = await diagnose();
  const enforce = await guardedRun("enforce", freshReport("attach-enforce"));
  const report = freshReport("attach-audit");
  const audit = await guardedRun("audit", report);
  const left = await clearTheWay();
  return { ok, problem, posture, enforce, audit, audited: postureIn(report), left };
}

/** With nothing missing everything is enforced and the command runs: else nothing here proves anything. */
async function control(): Promise<Finding> {
  const { ok, problem, posture, enforce, left } = await look();
  const weak = (posture?.classes ?? []).map((one) => `${one.class} ${one.state} ${one.reason}`).join("; ");
  const faults = [
    ok ? "" : `doctor: ${problem ?? weak}`,
    enforce.ran && enforce.status === 0 ? "" : `enforce: status ${enforce.status}: ${enforce.stderr.slice(-300)}`,
    left,
  ].filter((fault) => fault !== "");
  return { id: "control", ok: faults.length === 0, note: faults.join("; ") };
}

/** Runs `use` while the kernel's types are `types` for whoever reads them. */
async function withTypes<T>(types: Buffer, use: () => Promise<T>): Promise<T> {
  writeFileSync(OTHER_TYPES, types);
  const bound = await runProgram(["mount", "--bind", OTHER_TYPES, KERNEL_TYPES]);
  if (bound.status !== 0) throw new Error(`cannot cover ${KERNEL_TYPES}: ${bound.stderr}`);
  try {
    return await use();
  } finally {
    const freed = await runProgram(["umount", KERNEL_TYPES]);
    if (freed.status !== 0) console.error(`cannot uncover ${KERNEL_TYPES}: ${freed.stderr}`);
  }
}

/** Programs that hook one function share their loss: the first of them is named. */
function alike(plan: readonly Planned[], planned: Planned): readonly Planned[] {
  if (planned.functions === null) return [planned];
  return plan.filter((one) => one.functions?.lsm === planned.functions?.lsm);
}

function verdict(id: string, planned: Planned, seen: Seen): Finding {
  const faults = judge(planned, seen);
  return { id, ok: faults.length === 0, note: faults.join("; ") };
}

async function byRefusal(refuser: Refuser, way: "attach" | "load", plan: readonly Planned[], planned: Planned) {
  const id = `${way}/${planned.program}`;
  await refuser.ask(`${way} ${planned.program}`);
  const seen = await look();
  const refused = await refuser.ask("nothing");
  if (refused > 0) return verdict(id, planned, seen);
  // Of two programs for one function, one is for kernels with another form of it.
  const absent = alike(plan, planned).length > 1 && seen.ok;
  const note = absent ? "not for this kernel" : "nothing was refused, so this proves nothing";
  return { id, ok: absent, note, ...(absent ? { absent } : {}) } as const;
}

async function byTypes(way: "function" | "verifier", plan: readonly Planned[], planned: Planned, types: Buffer) {
  const flavour = readFileSync("/sys/kernel/security/lsm", "utf8").trim().split(",").includes("bpf")
    ? "lsm"
    : "fmod_ret";
  const name = planned.functions?.[flavour] ?? "";
  const other = way === "function" ? withoutFunction(types, name) : misledFunction(types, name);
  const seen = await withTypes(other, look);
  const findings = alike(plan, planned).map((one) => verdict(`${way}/${planned.program}`, one, seen));
  return findings.find(({ ok }) => ok) ?? findings[0] ?? verdict(`${way}/${planned.program}`, planned, seen);
}

function selected(id: string): boolean {
  if (values.only === undefined) return true;
  const parts = values.only.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(id);
}

async function main(planFile: string, refuse: string, object: string, json: string): Promise<void> {
  const plan = v.parse(planSchema, JSON.parse(readFileSync(planFile, "utf8")));
  const types = readFileSync(KERNEL_TYPES);
  const findings: Finding[] = [];
  const tell = (finding: Finding) => {
    findings.push(finding);
    writeFileSync(json, `${JSON.stringify(findings, null, 1)}\n`);
    const mark = finding.absent === true ? "absent" : finding.ok ? "ok" : "FAILED";
    console.log(`${mark.padEnd(6)} ${finding.id.padEnd(28)} ${finding.note}`);
  };
  const attempt = async (way: Way, planned: Planned, refuser: Refuser) =>
    way === "attach" || way === "load" ? byRefusal(refuser, way, plan, planned) : byTypes(way, plan, planned, types);

  const refuser = new Refuser(refuse, object);
  await refuser.ask("nothing");
  tell(await control());
  for (const way of WAYS) {
    for (const planned of plan) {
      const id = `${way}/${planned.program}`;
      if (!selected(id) || (planned.functions === null && (way === "function" || way === "verifier"))) continue;
      try {
        tell(await attempt(way, planned, refuser));
      } catch (error) {
        tell({ id, ok: false, note: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  tell({ ...(await control()), id: "control/after" });
}

const { plan, refuse, object, json } = values;
if (plan === undefined || refuse === undefined || object === undefined || json === undefined)
  throw new Error("--plan, --refuse, --object and --json are needed");
await main(plan, refuse, object, json);
process.exit(0);
