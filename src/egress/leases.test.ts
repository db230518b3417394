import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GRACE, Leases, MAX_TTL, MIN_TTL } from "./leases.ts";
import type { Resolution } from "./resolve.ts";

const answer = (...answers: [string, number][]): Resolution => ({
  ok: true,
  answers: answers.map(([address, ttl]) => ({ address, ttl })),
});
const failure = (gone: boolean): Resolution => ({ ok: false, gone, reason: gone ? "ENOTFOUND" : "ETIMEOUT" });

describe("Leases", () => {
  test("are asked for once at a time, and again before the shortest time to live ends", () => {
    const leases = new Leases(["a.example", "b.example"]);
    expect(leases.takeDue(0)).toEqual(["a.example", "b.example"]);
    expect(leases.takeDue(0)).toEqual([]);
    expect(leases.answered("a.example", answer(["192.0.2.1", 300], ["192.0.2.2", 100]), 0)).toEqual([
      { host: "a.example", address: "192.0.2.1", held: true },
      { host: "a.example", address: "192.0.2.2", held: true },
    ]);
    expect(leases.next()).toBe(80_000);
    expect(leases.takeDue(80_000)).toEqual(["a.example"]);
  });

  test("an address that is gone from the answer stays for its time to live and a grace", () => {
    const leases = new Leases(["a.example"]);
    leases.answered("a.example", answer(["192.0.2.1", 100]), 0);
    expect(leases.answered("a.example", answer(["192.0.2.2", 100]), 80_000)).toHaveLength(1);
    expect(leases.expire(100_000 + GRACE - 1)).toEqual([]);
    expect(leases.expire(100_000 + GRACE)).toEqual([{ host: "a.example", address: "192.0.2.1", held: false }]);
    expect(leases.held()).toEqual([{ host: "a.example", address: "192.0.2.2" }]);
  });

  test("a time to live of 0 does not make us ask all the time, nor one of weeks never", () => {
    const leases = new Leases(["a.example"]);
    leases.answered("a.example", answer(["192.0.2.1", 0]), 0);
    expect(leases.next()).toBe(MIN_TTL);
    leases.answered("a.example", answer(["192.0.2.1", 2_000_000]), 0);
    expect(leases.next()).toBe(MAX_TTL * 0.8);
  });

  test("a name that does not resolve is tried again, less and less often", () => {
    const leases = new Leases(["a.example"]);
    const waits: number[] = [];
    let now = 0;
    for (let i = 0; i < 8; i++) {
      leases.answered("a.example", failure(true), now);
      waits.push(leases.next() - now);
      now = leases.next();
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300].map((seconds) => seconds * 1000));
    expect(leases.unresolved()).toEqual([{ host: "a.example", reason: "ENOTFOUND" }]);
    leases.answered("a.example", answer(["192.0.2.1", 60]), now);
    expect(leases.unresolved()).toEqual([]);
  });

  test("servers that cannot be asked end no lease; a server that says no does", () => {
    const leases = new Leases(["a.example"]);
    leases.answered("a.example", answer(["192.0.2.1", 60]), 0);
    leases.answered("a.example", failure(false), 110_000);
    expect(leases.expire(60_000 + GRACE)).toEqual([]);
    leases.answered("a.example", failure(true), 170_000);
    expect(leases.expire(180_000 + GRACE)).toHaveLength(1);
  });

  test("what an earlier agent leased is kept for the grace", () => {
    const leases = new Leases(["a.example"]);
    expect(leases.adopt("a.example", "192.0.2.1", 0)).toBe(true);
    expect(leases.adopt("other.example", "192.0.2.1", 0)).toBe(false);
    expect(leases.answered("a.example", answer(["192.0.2.1", 600]), 1000)).toEqual([]);
    expect(leases.expire(GRACE)).toEqual([]);
  });

  test("a name cannot fill the tries", () => {
    const leases = new Leases(["a.example"]);
    const many = Array.from({ length: 1000 }, (_, i): [string, number] => [`10.0.${i >> 8}.${i & 255}`, 60]);
    expect(leases.answered("a.example", answer(...many), 0)).toHaveLength(256);
  });

  test("what is told adds up to what is held", () => {
    const address = fc.integer({ min: 1, max: 5 }).map((last) => `192.0.2.${last}`);
    const some = fc.array(fc.tuple(address, fc.nat({ max: 400 })), { maxLength: 4 });
    const resolution = fc.oneof(
      some.map((items) => answer(...items)),
      fc.boolean().map(failure),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(resolution, fc.nat({ max: 200_000 }))), (events) => {
        const leases = new Leases(["a.example"]);
        const told = new Set<string>();
        let now = 0;
        for (const [resolved, wait] of events) {
          now += wait;
          for (const change of [...leases.expire(now), ...leases.answered("a.example", resolved, now)]) {
            expect(told.has(change.address)).toBe(!change.held);
            if (change.held) told.add(change.address);
            else told.delete(change.address);
          }
          expect(new Set(leases.held().map((each) => each.address))).toEqual(told);
          expect(leases.next()).toBeGreaterThan(now);
        }
      }),
    );
  });
});
