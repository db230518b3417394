/** Whatever a document tells a reader to type is understood by the program that it names. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { parseBench } from "../../build/bench.mjs";
import { parseRunArguments } from "../../src/cli/arguments.ts";
import { clean } from "../../src/cli/clean.ts";
import { doctor } from "../../src/cli/doctor.ts";
import { requireRoot } from "../../src/cli/root.ts";
import { USAGE } from "../../src/cli/usage.ts";
import { parseArguments } from "../vm/arguments.mjs";
import { commands, documents } from "./documents.ts";

/** The parsers come before the check for root: what reaches it is a command line that was understood. */
class Understood extends Error {}
vi.mock("../../src/cli/root.ts", () => ({
  requireRoot: () => {
    throw new Understood();
  },
}));

const scripts: Readonly<Record<string, string>> = JSON.parse(readFileSync("package.json", "utf8")).scripts;

async function understood(verb: (argv: readonly string[]) => unknown, argv: readonly string[]): Promise<void> {
  try {
    await verb(argv);
  } catch (error) {
    if (!(error instanceof Understood)) throw error;
  }
}

async function tryWarden([verb, ...argv]: readonly string[]): Promise<void> {
  if (verb === "run") {
    // In prose the verb stands for itself.
    if (argv.length > 0) parseRunArguments(argv);
  } else if (verb === "doctor") await understood(doctor, argv);
  else if (verb === "clean") await understood(clean, argv);
  else if (argv.length > 0 || !USAGE.includes(`\n  warden ${verb}\n`)) throw new Error(`no verb ${verb}`);
}

function tryNpm([verb = "", ...argv]: readonly string[]): void {
  const [name = "", ...rest] = verb === "run" ? argv : [verb, ...argv];
  if (scripts[name] === undefined) throw new Error(`no script ${name}`);
  if (name === "vm") parseArguments(rest.slice(1));
  else if (name === "bench") parseBench(rest.slice(1));
  else if (rest.length > 0) throw new Error(`${name} takes nothing here`);
}

/** @throws when one of our programs would not understand it */
async function tryCommand(line: string): Promise<void> {
  const [program, ...argv] = line.replace(/^sudo /, "").split(/\s+/);
  if (program === "npm") return tryNpm(argv);
  if (program === "warden" || program === "/usr/local/bin/warden") return tryWarden(argv);
  const [file = "", ...rest] = argv;
  if (program !== "node") throw new Error(`${program} is none of our programs`);
  if (!existsSync(file)) throw new Error(`${file} does not exist`);
  if (file === "dist/warden.mjs") return tryWarden(rest);
  const options = rest.filter((word) => word.startsWith("--"));
  const source = readFileSync(file, "utf8");
  for (const option of options) if (!source.includes(option)) throw new Error(`${file} has no ${option}`);
}

describe("the commands in the documents", () => {
  const all = documents.flatMap(({ file, text }) => commands(text).map((line) => ({ file, line })));

  it("are tried without doing anything", () => {
    expect(() => requireRoot("doctor")).toThrow(Understood);
  });

  it("are found", () => {
    expect(all.length).toBeGreaterThan(15);
    for (const line of ["npm start", "npm test", "npm run build", "warden doctor", "warden clean"])
      expect(all.map((one) => one.line)).toContain(line);
  });

  it.each(all)("$file: $line", async ({ line }) => {
    await tryCommand(line);
  });

  it.each([
    "npm run nothing",
    "npm run vm -- --kernal 6.12 -- true",
    "npm run bench -- --kernal 6.12",
    "warden rum -- true",
    "sudo warden run --polcy x -- true",
    "sudo node dist/warden.mjs run --policy x",
    "warden doctor --jsno",
    "warden clean --all",
    "node build/nothing.mjs",
    "node build/build.mjs --nothing",
    "apt-get install x",
  ])("would not pass as %s", async (line) => {
    await expect(tryCommand(line)).rejects.toThrow();
  });

  it("include every verb and option of the usage", async () => {
    const synopses = [...USAGE.matchAll(/^ {2}warden (.*)$/gm)].map((match) => match[1] ?? "");
    expect(synopses.length).toBeGreaterThan(3);
    for (const synopsis of synopses) {
      const words = synopsis
        .replace("audit|enforce", "audit")
        .replace(/[[\]]|\.\.\./g, "")
        .split(" ");
      await tryWarden(words);
    }
  });
});
