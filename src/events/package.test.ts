import { expect, test } from "vitest";
import { packageOf } from "./package.ts";

test.each([
  ["/w/node_modules/left-pad", "left-pad"],
  ["/w/node_modules/left-pad/lib/x", "left-pad"],
  ["/w/node_modules/@scope/name", "@scope/name"],
  ["/w/node_modules/a/node_modules/b", "b"],
  ["/w/node_modules/.pnpm/a@1.0.0/node_modules/a", "a"],
  ["/w/node_modules/a/node_modules/.bin", "a"],
  ["/w/node_modules/a/node_modules", "a"],
  ["/w/node_modules", null],
  ["/w/node_modules/.bin", null],
  ["/w/node_modules/@scope", null],
  ["/w/node_modules_x/a", null],
  ["/w/src", null],
  ["/", null],
  ["", null],
  ["node_modules/a", "a"],
])("%s is of %s", (path, name) => {
  expect(packageOf(path)).toBe(name);
});
