import { describe, expect, it } from "vitest";
import type { JournalEvent } from "../scenarios/journal.ts";
import { judge } from "../scenarios/judge.ts";
import type { ActResult, Scenario } from "../scenarios/scenario.ts";
import { sessions } from "../scenarios/table/sessions.ts";

const scenario: Scenario = {
  id: "read/exact",
  act: ["open", "read", "/x"],
  expected: "deny",
  events: [{ kind: "file", hooks: ["open"] }],
};

function act(result: string, pid = 7): ActResult {
  return { act: "read/exact", result, note: "", pids: [pid] };
}

function event(verdict: JournalEvent["verdict"], hook = "open", pid = 7): JournalEvent {
  return { v: 1, kind: "file", hook, seq: 1, verdict, process: { pid }, container: null, ancestors: [{ pid: 1 }] };
}

describe("a scenario that expects a refusal", () => {
  it("passes when the act is refused and the journal has it", () => {
    expect(judge(scenario, act("ok"), act("EPERM"), [event("deny")])).toMatchObject({
      ok: true,
      verdict: "deny",
      control: "ok",
    });
  });

  it("takes the event of a child for the act's own", () => {
    const child: JournalEvent = { ...event("deny"), process: { pid: 9 }, ancestors: [{ pid: 7 }] };
    expect(judge(scenario, act("ok"), act("EPERM"), [child]).ok).toBe(true);
  });

  it("knows an act in a container by the container", () => {
    const inside = { ...act("EPERM"), container: "0123456789abcdef" };
    const elsewhere = { ...event("deny"), container: "fedcba987654" };
    const there = { ...event("deny", "open", 1), container: "0123456789ab" };
    expect(judge(scenario, act("ok"), inside, [event("deny"), elsewhere]).ok).toBe(false);
    expect(judge(scenario, act("ok"), inside, [there]).ok).toBe(true);
  });

  it.each([
    ["the guard is off", act("ok"), []],
    ["the act fails for another reason", act("ENOENT"), [event("deny")]],
    ["the act could not be tried", act("trouble"), [event("deny")]],
    ["the journal is silent", act("EPERM"), []],
    ["the journal has another process's refusal", act("EPERM"), [event("deny", "open", 8)]],
    ["the journal has another hook", act("EPERM"), [event("deny", "unlink")]],
    ["the journal says it was let through", act("EPERM"), [event("would-deny")]],
    ["the act was let through, whatever the journal says", act("ok"), [event("deny")]],
  ])("fails when %s", (_, guarded, records) => {
    expect(judge(scenario, act("ok"), guarded, records).ok).toBe(false);
  });

  it("does not count without its control", () => {
    expect(judge(scenario, act("ENOENT"), act("EPERM"), [event("deny")]).ok).toBe(false);
  });

  it("is absent when the kernel lacks the thing, and only then", () => {
    const optional: Scenario = { ...scenario, absentWhen: ["ENOSYS"] };
    expect(judge(optional, act("ENOSYS"), act("ENOSYS"), [])).toMatchObject({ absent: true });
    expect(judge(optional, act("EPERM"), act("EPERM"), [event("deny")])).toMatchObject({ ok: false });
  });
});

describe("a scenario that expects to be let through", () => {
  const allowed: Scenario = { ...scenario, expected: "allow", events: [] };

  it("passes when nothing was refused", () => {
    expect(judge(allowed, act("ok"), act("ok"), [event("allow")]).ok).toBe(true);
  });

  it("fails when the act or the journal says otherwise", () => {
    expect(judge(allowed, act("ok"), act("EPERM"), [event("deny")]).ok).toBe(false);
    expect(judge(allowed, act("ok"), act("ok"), [event("deny")]).ok).toBe(false);
  });
});

describe("a scenario of audit mode", () => {
  const audited: Scenario = { ...scenario, expected: "would-deny" };

  it("wants both: the act done, and the refusal that would have been", () => {
    expect(judge(audited, act("ok"), act("ok"), [event("would-deny")]).ok).toBe(true);
    expect(judge(audited, act("ok"), act("ok"), []).ok).toBe(false);
    expect(judge(audited, act("ok"), act("EPERM"), [event("deny")]).ok).toBe(false);
  });
});

describe("the table", () => {
  const all = sessions.flatMap((session) => session.scenarios);

  it("has at least 40 refusals, each under an id of its own", () => {
    expect(all.filter((one) => one.expected === "deny").length).toBeGreaterThanOrEqual(40);
    expect(new Set(all.map((one) => one.id)).size).toBe(all.length);
  });

  it("names the event that each refusal must leave", () => {
    expect(all.filter((one) => one.expected !== "allow" && one.events.length === 0)).toEqual([]);
  });

  it("has a dozen or so for a smoke run, of every class", () => {
    const smoke = all.filter((one) => one.smoke === true);
    expect(smoke.length).toBeGreaterThanOrEqual(10);
    expect(new Set(smoke.map((one) => one.id.split("/")[0]))).toEqual(
      new Set([
        "network",
        "exec",
        "read",
        "write",
        "delete",
        "guard",
        "scope",
        "audit",
        "root",
        "unix",
        "listen",
        "containers",
      ]),
    );
  });
});
