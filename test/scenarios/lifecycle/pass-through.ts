/** `warden run` is as if it were not there: status, signals, input, environment, arguments. */
import { existsSync } from "node:fs";
import { buildFixture } from "../fixture.ts";
import { runCommand } from "../guarded.ts";
import { HOME, RUNNER_ID } from "../places.ts";
import { OPEN } from "../policies.ts";
import { ending, type ProgramOptions, runProgram, type Said } from "../program.ts";
import type { LifecycleScenario } from "../scenario.ts";

interface Case {
  readonly id: string;
  readonly command: readonly [string, ...string[]];
  readonly expected: string;
  /** What to compare of what the command did, as one line. */
  readonly look: (said: Said) => string;
  readonly options?: Pick<ProgramOptions, "input" | "whenReady">;
  readonly smoke?: true;
}

const OWNED = "/tmp/owned";
const NASTY = `$(touch ${OWNED}); \`touch ${OWNED}\` | touch ${OWNED} && "x" '*' \\`;

const cases: readonly Case[] = [
  { id: "exit-status", command: ["sh", "-c", "exit 7"], expected: "exit 7", look: ending, smoke: true },
  {
    id: "death-by-signal",
    command: ["sh", "-c", "kill -TERM $$"],
    expected: "SIGTERM",
    // A shell's convention for it is as good as dying of the signal itself.
    look: (said) => (said.status === 143 ? "SIGTERM" : ending(said)),
  },
  {
    id: "stdin",
    command: ["cat"],
    expected: "some input",
    look: (said) => said.stdout.trim(),
    options: { input: "some input\n" },
  },
  {
    id: "signal",
    command: ["sh", "-c", "trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 0.2; done"],
    expected: "ready caught exit 5",
    look: (said) => `${said.stdout.trim().replaceAll("\n", " ")} ${ending(said)}`,
    options: { whenReady: (child) => child.kill("SIGTERM") },
  },
  {
    id: "environment",
    command: ["sh", "-c", 'echo "$MARK $PWD $(id -u) $(id -g)"'],
    expected: `a mark ${HOME} ${RUNNER_ID} ${RUNNER_ID}`,
    look: (said) => said.stdout.trim(),
  },
  {
    id: "arguments",
    command: ["printf", "%s", NASTY],
    expected: NASTY,
    look: (said) => `${said.stdout}${existsSync(OWNED) ? " and a shell ran it" : ""}`,
  },
];

/** A pass-through case as a scenario: the command alone is the control, and both must do what is expected. */
function scenario(test: Case): LifecycleScenario {
  return {
    id: `run/${test.id}`,
    ...(test.smoke === true ? { smoke: true } : {}),
    run: async () => {
      buildFixture();
      const mark = { MARK: "a mark" };
      const alone = await runProgram(test.command, {
        ...test.options,
        cwd: HOME,
        uid: RUNNER_ID,
        env: { ...process.env, ...mark },
      });
      const guarded = runCommand(
        { name: `run-${test.id}`, policy: OPEN, mode: "enforce", user: "runner" },
        test.command,
      );
      const said = await runProgram(guarded.command, {
        ...test.options,
        cwd: HOME,
        env: { ...guarded.environment, ...mark },
      });
      const control = test.look(alone) === test.expected ? "ok" : test.look(alone);
      const verdict = test.look(said);
      const ok = control === "ok" && verdict === test.expected;
      return { control, verdict, expected: test.expected, ok, ...(ok ? {} : { note: said.stderr.trim().slice(-300) }) };
    },
  };
}

export const passThrough: readonly LifecycleScenario[] = cases.map(scenario);
