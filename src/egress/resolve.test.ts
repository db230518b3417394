import { expect, test } from "vitest";
import { systemNameservers, systemResolve } from "./resolve.ts";

test("names of /etc/hosts need no name server", async () => {
  const resolution = await systemResolve()("localhost");
  expect(resolution.ok && resolution.answers.map((answer) => answer.address)).toContain("127.0.0.1");
});

test("a name that cannot be is told, not thrown", async () => {
  const resolution = await systemResolve()(`${"a".repeat(70)}.invalid`);
  expect(resolution.ok).toBe(false);
}, 20_000);

test("this machine has name servers", () => {
  expect(systemNameservers().length).toBeGreaterThan(0);
});
