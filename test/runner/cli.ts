import { parseOptions, USAGE, UsageError } from "./args.ts";
import { listen } from "./listener.ts";
import { workerMain } from "./worker.ts";
import { WorkflowError } from "./workflow.ts";

/**
 * The test runner's program. One bundle is both of its processes: the Listener, which a person starts, and the Worker,
 * which the Listener starts with `spawnclient`.
 */
async function main(argv: readonly string[]): Promise<number | undefined> {
  if (argv[0] === "spawnclient") {
    await workerMain(argv.slice(1));
    return undefined;
  }
  if (argv.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  const bundle = process.argv[1];
  if (bundle === undefined || bundle.endsWith(".ts")) throw new UsageError("the test runner works only as a bundle");
  return listen(parseOptions(argv), bundle);
}

main(process.argv.slice(2)).then(
  (status) => {
    if (status !== undefined) process.exitCode = status;
  },
  (error: unknown) => {
    const expected = error instanceof UsageError || error instanceof WorkflowError;
    console.error(expected ? error.message : error);
    process.exit(expected ? 2 : 3);
  },
);
