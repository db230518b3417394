import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Posture } from "../report/report.ts";
import { GuardFailure } from "../session/failure.ts";
import { NotStarted } from "../session/start.ts";
import { parseRunArguments } from "./arguments.ts";
import { inWords, problemOf } from "./doctor.ts";
import { asOwn, joined, parseEnvironment } from "./invoker.ts";
import { postureLine } from "./run.ts";
import { isForegroundIn } from "./signals.ts";
import { UsageError } from "./usage.ts";

describe("the arguments of run", () => {
  it("end at the first `--`; the rest is the command's", () => {
    const words = ["--policy", "p.toml", "--fail-on=violation", "--", "npm", "--policy", "x", "--", "y"];
    expect(parseRunArguments(words)).toEqual({
      policy: "p.toml",
      mode: null,
      report: null,
      failOnViolation: true,
      command: ["npm", "--policy", "x", "--", "y"],
    });
  });

  it.each([
    [[], "no command"],
    [["--"], "no command"],
    [["true"], "Unexpected argument"],
    [["--mode", "strict", "--", "true"], "--mode is audit or enforce"],
    [["--fail-on", "never", "--", "true"], "--fail-on is violation"],
    [["--policy", "", "--", "true"], "--policy is empty"],
    [["--report=", "--", "true"], "--report is empty"],
    [["--polcy", "x", "--", "true"], "Unknown option"],
    [["--policy"], "argument missing"],
  ])("%j is a mistake", (words, message) => {
    expect(() => parseRunArguments(words)).toThrow(UsageError);
    expect(() => parseRunArguments(words)).toThrow(message);
  });

  it("never touch the command", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (command) => {
        expect(parseRunArguments(["--", ...command]).command).toEqual(command);
      }),
    );
  });
});

describe("the environment of the user", () => {
  it("is read as the kernel shows it", () => {
    expect(parseEnvironment("A=1\0B=x=y\0EMPTY=\0=odd\0none\0")).toEqual({ A: "1", B: "x=y", EMPTY: "" });
  });

  it("without sudo's own is ours with the user's names", () => {
    const user = { uid: 1001, gid: 1001, groups: [1001], name: "runner", home: "/home/runner", shell: "/bin/bash" };
    const own = { SUDO_UID: "1001", SUDO_USER: "runner", HOME: "/root", USER: "root", PATH: "/bin" };
    expect(asOwn(own, user)).toEqual({
      HOME: "/home/runner",
      USER: "runner",
      LOGNAME: "runner",
      SHELL: "/bin/bash",
      PATH: "/bin",
    });
  });
});

describe("the environment behind sudo", () => {
  const environment = { PATH: "/home/u/bin", TOKEN: "old", HOME: "/home/u" };
  const own = { PATH: "/usr/bin", TOKEN: "new", EXTRA: "1", HOME: "/root", SUDO_UID: "1001", MAIL: "/var/mail/root" };

  it("is the user's, with what sudo's command line sets, also over what the user has", () => {
    const words = ["sudo", "-u", "root", "TOKEN=new", "EXTRA=1", "warden", "run", "--", "env", "HOME=/x"];
    expect(joined(own, { environment, words })).toEqual({
      PATH: "/home/u/bin",
      TOKEN: "new",
      EXTRA: "1",
      HOME: "/home/u",
    });
  });

  it("keeps the user's own where sudo lets through another by itself, or refuses what it is told", () => {
    const words = ["sudo", "PATH=/evil", "warden", "run"];
    expect(joined(own, { environment, words })).toMatchObject({ PATH: "/home/u/bin", TOKEN: "old" });
  });
});

it("the foreground of a terminal is read behind any name", () => {
  expect(isForegroundIn("12 (a) b) S 1 77 77 34816 77 4194304")).toBe(true);
  expect(isForegroundIn("12 (node) S 1 77 77 34816 78 4194304")).toBe(false);
  expect(isForegroundIn("12 (node) S 1 77 77 0 -1 4194304")).toBe(false);
});

const posture: Posture = {
  kernel: "6.12",
  flavour: "none",
  classes: [
    { class: "network", state: "enforced", needed: true, reason: "" },
    { class: "exec", state: "absent", needed: true, reason: "no such hook; boot another kernel" },
  ],
};

describe("what is told of a posture", () => {
  const known = { v: 1, version: "1", kernel: "6.12" } as const;

  it("names what can be enforced, and the remedy for what cannot", () => {
    const said = inWords({ ...known, ok: false, enforced: ["network"], posture, problem: null });
    expect(said).toContain("exec     absent: no such hook; boot another kernel");
    expect(said).toContain("network only");
  });

  it("tells a reason that several classes share once", () => {
    const classes = (["exec", "read"] as const).map((one) => ({
      class: one,
      state: "absent" as const,
      needed: true,
      reason: "no such hook",
    }));
    const said = inWords({ ...known, ok: false, enforced: [], posture: { ...posture, classes }, problem: null });
    expect(said).toContain("exec     absent: no such hook\n  read     absent: as exec\n");
  });

  it("names the problem when there was no proof", () => {
    const said = inWords({ ...known, ok: false, enforced: [], posture: null, problem: "no cgroup2\nmount it" });
    expect(said).toContain("no cgroup2");
    expect(said).toContain("Nothing can be enforced");
  });

  it("never sends anybody from the doctor to the doctor", () => {
    const failure = new NotStarted(["the monitor was ended by SIGKILL"]);
    expect(failure.remedy).toContain("warden doctor");
    expect(problemOf(failure)).toBe("the guard could not be started\nthe monitor was ended by SIGKILL");
    expect(problemOf(new GuardFailure("no cgroup2", "Mount it."))).toBe("no cgroup2\nMount it.");
  });

  it("is one line at the start of a run", () => {
    const status = { ok: true, mode: "audit", warnings: [], errors: [], clockOffset: 0, rules: 0, posture } as const;
    expect(postureLine({ ...status, warnings: [], errors: [] })).toBe("mode audit: network enforced; exec absent");
  });
});
