import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Effect } from "../policy/rules.ts";
import { type AddressChange, type AddressKey, AddressTable, addressBytes } from "./addresses.ts";

/** Small addresses, so that prefixes meet. */
const key = (last: number, prefix: number, port = 0): AddressKey => ({
  direction: 0,
  family: 4,
  addr: Uint8Array.of(10, 0, 0, last & (0xff << (32 - prefix))),
  prefix,
  port,
  protocol: 0,
});

const anyKey = fc
  .tuple(fc.nat({ max: 15 }), fc.integer({ min: 28, max: 32 }), fc.constantFrom(0, 443))
  .map(([last, prefix, port]) => key(last, prefix, port));

/** The monitor's trie: longest prefix wins within one port. */
class Trie {
  private readonly entries = new Map<string, { key: AddressKey; effect: number }>();

  apply(changes: readonly AddressChange[]): void {
    for (const { rule, remove } of changes) {
      const id = `${rule.port} ${rule.prefix} ${rule.addr[3]}`;
      // the monitor lets no agent take a deny back
      if (remove) expect(this.entries.get(id)?.effect).toBe(0);
      if (remove) this.entries.delete(id);
      else this.entries.set(id, { key: { ...rule, protocol: 0 }, effect: rule.effect });
    }
  }

  says(last: number, port: number): "deny" | "allow" | "nothing" {
    const found = [...this.entries.values()]
      .filter((each) => each.key.port === port && covers(each.key, last))
      .sort((a, b) => b.key.prefix - a.key.prefix)[0];
    return found === undefined ? "nothing" : found.effect === 1 ? "deny" : "allow";
  }
}

function covers({ addr, prefix }: AddressKey, last: number): boolean {
  return (addr[3] ?? 0) >>> (32 - prefix) === last >>> (32 - prefix);
}

type Act = { readonly key: AddressKey; readonly rule: number; readonly effect: Effect; readonly drop: boolean };

const anyAct: fc.Arbitrary<Act> = fc.record({
  key: anyKey,
  rule: fc.integer({ min: 1, max: 4 }),
  effect: fc.constantFrom<Effect>("allow", "deny"),
  drop: fc.boolean(),
});

test("the trie says what the rules say: deny beats allow, whatever came and went", () => {
  fc.assert(
    fc.property(fc.array(anyAct, { maxLength: 40 }), (acts) => {
      const table = new AddressTable();
      const trie = new Trie();
      const held: Omit<Act, "drop">[] = [];
      for (const { drop, ...act } of acts) {
        const same = held.findIndex(
          (each) => each.rule === act.rule && JSON.stringify(each.key) === JSON.stringify(act.key),
        );
        if (drop) {
          trie.apply(table.drop(act.key, act.rule));
          if (same >= 0 && held[same]?.effect === "allow") held.splice(same, 1);
        } else {
          trie.apply(table.hold(act.key, act.rule, act.effect));
          if (same < 0) held.push(act);
          else if (held[same]?.effect === "allow") held[same] = act;
        }
      }
      for (const port of [0, 443]) {
        for (let last = 0; last < 16; last++) {
          const said = held
            .filter((each) => each.key.port === port && covers(each.key, last))
            .map((each) => each.effect);
          const expected = said.includes("deny") ? "deny" : said.includes("allow") ? "allow" : "nothing";
          expect(trie.says(last, port)).toBe(expected);
        }
      }
    }),
    { numRuns: 300 },
  );
});

describe("AddressTable", () => {
  test("nothing changes when another rule wants the same", () => {
    const table = new AddressTable();
    expect(table.hold(key(1, 32), 1, "allow")).toHaveLength(1);
    expect(table.hold(key(1, 32), 2, "allow")).toEqual([]);
    expect(table.drop(key(1, 32), 2)).toEqual([]);
    expect(table.drop(key(1, 32), 1)).toMatchObject([{ remove: true, rule: { rule: 1 } }]);
  });

  test("what the monitor denies itself is never allowed", () => {
    const table = new AddressTable([{ key: key(5, 32), rule: 99 }]);
    expect(table.hold(key(5, 32), 1, "allow")).toEqual([]);
    expect(table.hold(key(0, 28), 1, "allow")).toHaveLength(1);
  });
});

test("addresses are bytes in network order; mapped v6 is v4", () => {
  expect(addressBytes("192.0.2.7")).toEqual({ family: 4, addr: Uint8Array.of(192, 0, 2, 7) });
  expect(addressBytes("::ffff:192.0.2.7")).toEqual({ family: 4, addr: Uint8Array.of(192, 0, 2, 7) });
  expect(addressBytes("2001:db8::1")?.addr).toHaveLength(16);
  expect(addressBytes("example.com")).toBeNull();
});
