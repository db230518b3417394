/** `npm run vm`: one command on a real kernel, in an emulated machine. The rig itself is test/vm/. */
import { parseArguments, USAGE, UsageError } from "../test/vm/arguments.mjs";
import { runInVm } from "../test/vm/rig.mjs";
import { ensure } from "./setup.mjs";
import { SetupError, say } from "./steps.mjs";

/** @param {string[]} argv */
async function main(argv) {
  const job = parseArguments(argv);
  await ensure({ kernels: [job.kernel], arch: job.arch });
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => stop.abort());
  const { status, problem } = await runInVm({ ...job, signal: stop.signal });
  if (problem !== "") say(problem);
  return status;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof SetupError)) throw error;
  say(error.message);
  if (error instanceof UsageError) process.stderr.write(`${USAGE}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 125;
}
