/** The command `warden`: what a person starts. */
import { VERSION } from "../session/version.ts";
import { actionStart } from "./action-start.ts";
import { clean } from "./clean.ts";
import { explain } from "./console.ts";
import { doctor } from "./doctor.ts";
import { run } from "./run.ts";
import { USAGE, UsageError } from "./usage.ts";

type Verb = (argv: readonly string[]) => number | Promise<number>;

const print = (text: string) => () => {
  process.stdout.write(text);
  return 0;
};

const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ["run", run],
  ["doctor", doctor],
  ["clean", clean],
  ["action-start", actionStart],
  ["help", print(USAGE)],
  ["--help", print(USAGE)],
  ["-h", print(USAGE)],
  ["version", print(`${VERSION}\n`)],
  ["--version", print(`${VERSION}\n`)],
]);

async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === undefined) throw new UsageError("nothing to do: the verbs are run, doctor, clean");
  const verb = VERBS.get(name);
  if (verb === undefined)
    throw new UsageError(`there is no verb ${JSON.stringify(name)}: the verbs are run, doctor, clean`);
  return await verb(argv);
}

// A terminal that was closed, a reader that went: nobody is there to be told, and the guard's work goes on.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = explain(error);
}
