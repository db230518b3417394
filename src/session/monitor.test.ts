/** The monitor's process, as whoever starts it sees it; the monitor is a script. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startMonitor } from "./monitor.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), "warden-test-"));
  mkdirSync(path.join(scratch, "session/journal"), { recursive: true });
});
afterEach(() => rmSync(scratch, { recursive: true }));

/** @param script of sh, or null for none; `$4` is the session's directory, descriptor 3 the socket */
function start(script: string | null) {
  const monitor = path.join(scratch, "monitor");
  if (script !== null) writeFileSync(monitor, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const directory = path.join(scratch, "session");
  const place = { id: "abcdefghij", base: scratch, directory, cgroup: "/none", origin: "/none" };
  return startMonitor(place, { monitor, agent: "/none" }, null);
}

describe("a monitor that ends before its time", () => {
  it("has complained, also when its directory is gone by then", async () => {
    const monitor = start('echo "cannot load" >&2; rm -r "$4"; exit 1');
    expect(await monitor.line.next(10_000)).toEqual({ gone: "it hung up" });
    expect(await monitor.ended).toEqual({ status: 1, how: "ended with status 1" });
    expect(existsSync(path.join(scratch, "session"))).toBe(false);
    expect(monitor.complaints()).toEqual(["cannot load"]);
  });

  it("has complained, also when it was killed; the agent's last words are among it", async () => {
    const monitor = start('echo "first" >&2; echo "the agent" > "$4/journal/agent.log"; kill -9 $$');
    expect(await monitor.ended).toEqual({ status: null, how: "was ended by SIGKILL" });
    expect(monitor.complaints()).toEqual(["first", "the agent"]);
  });

  it("could perhaps not be started at all", async () => {
    const { how } = await start(null).ended;
    expect(how).toContain("could not be started: spawn");
  });
});

it("the log is read while it is written to, and writing goes on behind what is there", async () => {
  const monitor = start("echo one >&2; read -r _ <&3; echo two >&2");
  while (monitor.complaints().length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(monitor.complaints()).toEqual(["one"]);
  monitor.line.hangUp();
  await monitor.ended;
  expect(monitor.complaints()).toEqual(["one", "two"]);
});

it("a monitor that does not answer can be ended", async () => {
  const monitor = start("exec sleep 1000");
  expect(await monitor.line.next(10)).toEqual({ late: 0.01 });
  monitor.kill();
  expect((await monitor.ended).how).toBe("was ended by SIGKILL");
});
