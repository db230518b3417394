/** The jobs that the scenarios look at. Each is run once, when the first scenario asks; several may look at it. */
import { existsSync, rmSync } from "node:fs";
import { BASE } from "../../policies.ts";
import { guardPid } from "../../session-state.ts";
import { soon } from "../session.ts";
import { type Ran, startJob } from "./job.ts";
import { marker, POST_SCRIPT, treeOf } from "./places.ts";
import {
  audits,
  configures,
  endsWorker,
  forgesReports,
  honest,
  links,
  lurks,
  preloads,
  reads,
  stopsWorker,
  waits,
} from "./steps.ts";
import { AT_GATE, type GuardInputs, type JobText, type StepText } from "./workflow.ts";

const ENFORCE: GuardInputs = { policy: BASE, mode: "enforce" };

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const job = (name: string, text: JobText): (() => Promise<Ran>) => once(() => startJob(name, text).ended);

/** An action of the workspace with a post, which a step may wish to get into. */
function localAction(name: string, post: string): Readonly<Record<string, string>> {
  return {
    [`${name}/action.yml`]: `name: ${name}\ndescription: has a post\nruns: { using: node24, main: main.mjs, post: post.mjs }\n`,
    [`${name}/main.mjs`]: "",
    [`${name}/post.mjs`]: post,
  };
}

const rest = "setTimeout(() => {}, 60_000);\n";

/** A job in which a step gets code into posts, and whether the code ran. */
async function withCode(name: string, text: JobText) {
  for (const library of ["preload", "library"] as const) rmSync(marker(library), { force: true });
  const ran = await startJob(name, text).ended;
  return { ran, codeRan: { preload: existsSync(marker("preload")), library: existsSync(marker("library")) } };
}

/** The control: all that the guarded jobs' steps do, in a job without the action. */
const UNGUARDED: JobText = {
  guard: null,
  files: { ...localAction("preloaded", ""), ...localAction("linked", ""), ...localAction("traced", rest) },
  steps: [
    ...["preloaded", "linked", "traced"].map((name) => ({ id: name, uses: `./${name}` })),
    honest,
    reads("denied"),
    stopsWorker,
    { id: "report-directory", run: `mkdir ${treeOf("unguarded").reports}` },
    forgesReports("unguarded"),
    lurks("/traced/post.mjs"),
    preloads("/preloaded/post.mjs"),
    links("/linked/post.mjs"),
  ],
};
export const unguarded = once(() => withCode("unguarded", UNGUARDED));

/** Its step ends the Worker, and nothing keeps it from that. */
export const unguardedKill = job("unguarded-kill", { guard: null, steps: [endsWorker] });

/** Variables of the workflow's own, which bring code into Node as well as a step's. */
export const WORKFLOW_ENV = { NODE_OPTIONS: "--no-deprecation" };

export const clean = job("clean", { guard: ENFORCE, env: WORKFLOW_ENV, steps: [honest] });

/** What a later step puts into that directory, the action's post would run. */
export const workflowCode = job("workflow-code", {
  guard: ENFORCE,
  env: { NODE_COMPILE_CACHE: "/home/runner/compile-cache" },
  steps: [honest],
});

export const refusal = job("refusal", { guard: ENFORCE, steps: [reads("denied")] });

export const audit = job("audit", { guard: { policy: BASE, mode: "audit" }, steps: [reads("denied")] });

/** Reaches for the Worker, the reports and the post; the agent is killed from outside meanwhile. */
export const reaching = once(async () => {
  const running = startJob("reaching", {
    guard: { ...ENFORCE, "fail-on": "never" },
    steps: [
      stopsWorker,
      endsWorker,
      forgesReports("reaching"),
      reads("before"),
      waits,
      reads("after"),
      lurks(POST_SCRIPT),
    ],
  });
  await running.seen(AT_GATE);
  process.kill(guardPid("agent"), "SIGKILL");
  await running.open();
  return running.ended;
});

export const preloaded = once(() => withCode("code-preload", { guard: ENFORCE, steps: [preloads(POST_SCRIPT)] }));
export const linked = once(() => withCode("code-library", { guard: ENFORCE, steps: [links(POST_SCRIPT)] }));

/** Two more ways for code to come in, each with its control. */
function ways(name: string, step: (script: string) => StepText) {
  const uses = { id: name, uses: `./${name}` };
  const text: JobText = { guard: null, files: localAction(name, ""), steps: [uses, step(`/${name}/post.mjs`)] };
  return {
    unguarded: once(() => withCode(`unguarded-${name}`, text)),
    guarded: once(() => withCode(`code-${name}`, { guard: ENFORCE, steps: [step(POST_SCRIPT)] })),
  };
}
export const audited = ways("audited", audits);
export const configured = ways("configured", configures);

/** A mistake in the third line of the policy. */
export const badPolicy = job("bad-policy", {
  guard: { ...ENFORCE, policy: 'version = 1\n[files.read]\ndeny = ["/etc/*.conf"]\n' },
  steps: [{ ...reads("later"), if: "always()" }],
});

/** Somebody ends the Worker from outside. */
export const workerKilled = once(async () => {
  const running = startJob("worker-killed", { guard: ENFORCE, steps: [waits] });
  await running.seen(AT_GATE);
  const record = running.record();
  const pid = (name: string) => Number(record.get(name));
  process.kill(pid("worker"), "SIGKILL");
  const alive = () => ["step", "beside"].filter((name) => existsSync(`/proc/${pid(name)}`));
  const ran = await running.ended;
  await soon(30_000, () => alive().length === 0);
  return { ran, alive: alive() };
});

/** Somebody ends the monitor from outside. */
export const monitorKilled = once(async () => {
  const running = startJob("monitor-killed", {
    guard: ENFORCE,
    steps: [reads("before"), waits, reads("after")],
  });
  await running.seen(AT_GATE);
  process.kill(guardPid("monitor"), "SIGKILL");
  await running.open();
  return running.ended;
});
