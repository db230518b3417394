import { describe, expect, it } from "vitest";
import type { StartRequest } from "../session/request.ts";
import { ask, firstAnswer, type Said } from "./root-part.ts";

const request = {} as StartRequest;
const ANSWER = { ok: false, message: "no", remedy: "" } as const;
const NEWS = [{ news: "begun" }, { news: "session", directory: "/s" }, { news: "answer", answer: ANSWER }];

/** A root part that is a script of these statements; `say(i)` tells the i-th news. */
function rootPart(body: string, patience = 30_000) {
  const directories: string[] = [];
  const script = `const say = (i) => console.log(JSON.stringify(${JSON.stringify(NEWS)}[i])); ${body}`;
  const said = ask([process.execPath, "-e", script], request, (one) => directories.push(one), patience);
  return { directories, said };
}

describe("the root part", () => {
  it("is heard at once: its directory before its answer", async () => {
    const { directories, said } = rootPart("say(0); say(1); setTimeout(say, 300, 2)");
    expect((await said).answer).toEqual(ANSWER);
    expect(directories).toEqual(["/s"]);
  });

  it("gets its request in one line, and no end of it before it has answered", async () => {
    const { said } = rootPart(`
      let ended = false;
      process.stdin.once("data", (text) => { if (String(text) === "{}\\n") say(0); setTimeout(() => { if (!ended) say(2); }, 200); });
      process.stdin.on("end", () => { ended = true; process.exit(0); });`);
    expect((await said).answer).toEqual(ANSWER);
  });

  it("never ran when whoever should have run it failed", async () => {
    const { said } = rootPart("console.error('Failed to start transient scope unit'); process.exit(1)");
    expect(await said).toEqual({ answer: null, neverRan: true, why: "Failed to start transient scope unit" });
    const none = await ask(["/nowhere/sudo"], request, () => undefined);
    expect(none).toEqual({ answer: null, neverRan: true, why: "there is no /nowhere/sudo here" });
  });

  it("did run when it began and then failed, or does not answer", async () => {
    const failed = await rootPart("say(0); process.exitCode = 1; console.error('oops')").said;
    expect(failed).toEqual({ answer: null, neverRan: false, why: "oops" });
    const silent = await rootPart("process.stdin.on('end', () => process.exit(0)).resume()", 200).said;
    expect(silent).toMatchObject({ answer: null, neverRan: false, why: "it did not answer within 0.2 s" });
  });

  it("that says something else is told so", async () => {
    expect((await rootPart("console.log('hello')").said).why).toContain("its answer: not JSON");
  });
});

describe("a second way to start it is gone", () => {
  const way = (said: Partial<Said>) => async () => ({ answer: null, neverRan: false, why: "why", ...said });

  it("only when it never ran the first way", async () => {
    const second = way({ answer: ANSWER });
    expect(await firstAnswer([way({ neverRan: true }), second])).toEqual(ANSWER);
    await expect(firstAnswer([way({ neverRan: false }), second])).rejects.toThrow("as root: why");
  });
});
