import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { RUNNER_TIMINGS } from "./limits.ts";

export const USAGE = `usage: test-runner --workflow FILE --workspace DIR --work DIR [options]

  --workflow FILE            the workflow; one of its jobs is run
  --job ID                   which job, when there are more
  --workspace DIR            GITHUB_WORKSPACE; the repository as if checked out
  --work DIR                 holds _temp, _actions and _tool
  --action OWNER/NAME[@REF]=DIR   local folder of an action of another repository (repeat)
  --node24 PATH              the Node that JavaScript actions run on
  --user NAME                run the Worker as this user (needs root)
  --cgroup NAME              run the Worker in a cgroup of this name, made below the cgroup2 mount (needs root)
  --secrets FILE             JSON object of names and values
  --github KEY=VALUE         set a value of the github context (repeat)
  --event FILE               JSON of the webhook's payload
  --env NAME=VALUE           variable of the machine, seen by every step (repeat)
  --json FILE                write the job's report there
  --runner-root DIR          keep bin/Runner.Worker there instead of in a temporary directory
  --debug                    as with ACTIONS_STEP_DEBUG
  --minute-ms N              length of a minute of timeout-minutes; for tests

Exit status: 0 success or skipped, 1 failure, 130 cancelled, 2 usage or workflow error (nothing started), 3 the Worker was lost.`;

/** A mistake in the command line; nothing was started. */
export class UsageError extends Error {}

export interface Options {
  readonly workflow: string;
  readonly job: string | undefined;
  readonly workspace: string;
  readonly work: string;
  readonly actions: Readonly<Record<string, string>>;
  readonly node24: string | undefined;
  readonly user: string | undefined;
  readonly cgroup: string | undefined;
  readonly secrets: Readonly<Record<string, string>>;
  readonly github: Readonly<Record<string, string>>;
  readonly event: string;
  readonly env: Readonly<Record<string, string>>;
  readonly json: string | undefined;
  readonly runnerRoot: string | undefined;
  readonly debug: boolean;
  readonly minuteMs: number;
}

/** @throws UsageError */
export function parseOptions(argv: readonly string[]): Options {
  const values = parse(argv);
  const required = (name: "workflow" | "workspace" | "work"): string => {
    const value = values[name];
    if (value === undefined) throw new UsageError(`--${name} is needed\n\n${USAGE}`);
    return resolve(value);
  };
  const minuteMs = Number(values["minute-ms"] ?? RUNNER_TIMINGS.minuteMs);
  if (!Number.isInteger(minuteMs) || minuteMs <= 0)
    throw new UsageError("--minute-ms: a whole number above 0 is needed");
  const actions: Record<string, string> = {};
  for (const [name, folder] of Object.entries(pairs("action", values.action))) {
    if (!/^[^/@]+\/[^/@]+(@.+)?$/.test(name))
      throw new UsageError(`--action: '${name}' is not owner/name or owner/name@ref`);
    actions[name] = resolve(folder);
  }
  const event = values.event === undefined ? "{}" : readText("event", values.event);
  parseJson("event", event);
  return {
    workflow: required("workflow"),
    job: values.job,
    workspace: required("workspace"),
    work: required("work"),
    actions,
    node24: values.node24 === undefined ? undefined : resolve(values.node24),
    user: values.user,
    cgroup: values.cgroup,
    secrets: values.secrets === undefined ? {} : readSecrets(values.secrets),
    github: pairs("github", values.github),
    event,
    env: pairs("env", values.env),
    json: values.json === undefined ? undefined : resolve(values.json),
    runnerRoot: values["runner-root"] === undefined ? undefined : resolve(values["runner-root"]),
    debug: values.debug ?? false,
    minuteMs,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        workflow: { type: "string" },
        job: { type: "string" },
        workspace: { type: "string" },
        work: { type: "string" },
        action: { type: "string", multiple: true },
        node24: { type: "string" },
        user: { type: "string" },
        cgroup: { type: "string" },
        secrets: { type: "string" },
        github: { type: "string", multiple: true },
        event: { type: "string" },
        env: { type: "string", multiple: true },
        json: { type: "string" },
        "runner-root": { type: "string" },
        debug: { type: "boolean" },
        "minute-ms": { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, { cause: error });
  }
}

function pairs(option: string, values: readonly string[] | undefined): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const value of values ?? []) {
    const equals = value.indexOf("=");
    if (equals <= 0) throw new UsageError(`--${option}: '${value}' is not NAME=VALUE`);
    entries[value.slice(0, equals)] = value.slice(equals + 1);
  }
  return entries;
}

function readSecrets(path: string): Record<string, string> {
  const parsed = v.safeParse(v.record(v.string(), v.string()), parseJson("secrets", readText("secrets", path)));
  if (!parsed.success) throw new UsageError(`--secrets: ${path} must hold one JSON object of strings`);
  return parsed.output;
}

function readText(option: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`--${option}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function parseJson(option: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--${option}: not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
