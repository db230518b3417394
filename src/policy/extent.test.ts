import fc from "fast-check";
import { expect, test } from "vitest";
import { CoverIndex, covers, type Draft, extent } from "./extent.ts";
import type { FileRule, NetworkRule } from "./rules.ts";

const source = { file: "p", line: 1, column: 1, text: "x" };
const effect = fc.constantFrom("allow" as const, "deny" as const);
const rank = fc.integer({ min: 0, max: 2 });

/** Few names, so that rules meet. */
const part = fc.constantFrom("a", "b", ".env", "ab");
const path = fc.array(part, { maxLength: 4 }).map((parts) => `/${parts.join("/")}`);
const fileTarget: fc.Arbitrary<FileRule["target"]> = fc.oneof(
  path.map((path) => ({ form: "exact" as const, path })),
  path.map((path) => ({ form: "subtree" as const, path })),
  part.map((name) => ({ form: "name" as const, name })),
);
const host = fc.array(fc.constantFrom("a", "b", "com"), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."));
const v4 = fc.tuple(
  fc.constantFrom("0.0.0.0", "10.0.0.0", "10.128.0.0", "10.128.64.1"),
  fc.integer({ min: 0, max: 32 }),
);
const v6 = fc.tuple(fc.constantFrom("::", "2001:db8::", "2001:db8:8000::1"), fc.constantFrom(0, 32, 33, 48, 128));
const networkTarget: fc.Arbitrary<NetworkRule["target"]> = fc.oneof(
  host.map((host) => ({ form: "host" as const, host })),
  host.map((suffix) => ({ form: "wildcard" as const, suffix })),
  v4.map(([address, prefix]) => ({ form: "cidr" as const, family: 4 as const, address, prefix })),
  v6.map(([address, prefix]) => ({ form: "cidr" as const, family: 6 as const, address, prefix })),
);
const draft: fc.Arbitrary<Draft> = fc.oneof(
  fc.record({
    kind: fc.constant("file" as const),
    op: fc.constantFrom("read" as const, "write" as const),
    effect,
    target: fileTarget,
    source: fc.constant(source),
    rank,
  }),
  fc.record({
    kind: fc.constant("network" as const),
    effect,
    direction: fc.constantFrom("out" as const, "in" as const),
    target: networkTarget,
    port: fc.constantFrom(0, 80, 443),
    protocol: fc.constantFrom("any" as const, "tcp" as const, "udp" as const),
    source: fc.constant(source),
    rank,
  }),
);

test("the index finds what comparing every pair finds, and the first of them", () => {
  fc.assert(
    fc.property(fc.array(draft, { maxLength: 40 }), draft, rank, (drafts, asked, most) => {
      const inner = extent(asked);
      const expected = drafts.find(
        (each) => each.effect === "deny" && each.rank <= most && covers(extent(each), inner),
      );
      expect(new CoverIndex(drafts, "deny").first(inner, most)?.draft).toBe(expected);
    }),
    { numRuns: 3000 },
  );
});

test("what covers is covered by what covers it", () => {
  fc.assert(
    fc.property(draft, draft, draft, (a, b, c) => {
      const [x, y, z] = [extent(a), extent(b), extent(c)];
      expect(covers(x, x)).toBe(true);
      // a name covers paths by their end, a subtree by their beginning: between forms there is no chain
      if (covers(x, y) && covers(y, z) && x.form === y.form && y.form === z.form) expect(covers(x, z)).toBe(true);
    }),
    { numRuns: 3000 },
  );
});
