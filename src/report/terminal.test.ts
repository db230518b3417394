import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyReport, fileEvent, guardEvent, networkEvent, sampleReport } from "./samples.ts";
import { renderTerminal } from "./terminal.ts";

test("tells what happened", () => {
  const report = sampleReport([
    fileEvent({ rule: 3 }),
    fileEvent({ rule: 3 }),
    guardEvent(),
    networkEvent({ package: null, step: null }),
  ]);
  expect(renderTerminal(report, { width: 100, colour: false })).toBe(`Warden: 4 acts refused
mode enforce, Linux 6.12.0-1, fmod_ret
  network    enforced
  exec       enforced
  read       enforced
  write      enforced
  guard      enforced
  containers enforced

package left-pad, step "Install" (package-lock.json:120)
  refused [critical] reach into Runner.Worker
      bash → npm → node
  refused [high] read /home/runner/.ssh/id_rsa, 2 times
      bash → npm → node; rule ~/.ssh/** at .github/warden.toml:9

no package to blame, outside any step (.github/workflows/ci.yml:1)
  refused [high] connect to 192.0.2.7:443 (tcp)
      bash → npm → node

100 events (100 emitted, 0 lost), 4 refusals counted in the kernel
`);
});

test("shows as many as asked for and counts the rest", () => {
  const text = renderTerminal(sampleReport([fileEvent(), guardEvent(), networkEvent()]), {
    width: 80,
    colour: false,
    limit: 1,
  });
  expect(text.match(/refused \[/g)).toHaveLength(1);
  expect(text).toContain("and 2 more violations, see the summary and the journal\n");
});

test("any report: colour is all that colour changes, lines fit, and none is a command", () => {
  fc.assert(
    fc.property(anyReport, fc.integer({ min: 40, max: 200 }), (report, width) => {
      const plain = renderTerminal(report, { width, colour: false });
      expect(plain.replace(/\n/g, "")).not.toMatch(/[\p{Cc}\u2028\u2029\p{Surrogate}]/u);
      expect(stripVTControlCharacters(renderTerminal(report, { width, colour: true }))).toBe(plain);
      for (const line of plain.split("\n")) {
        expect(line.trimStart().startsWith("::")).toBe(false);
        expect(line).not.toContain("##[");
        expect([...line.replace(/##\\\[/g, "##[")].length).toBeLessThanOrEqual(width);
      }
    }),
  );
});
