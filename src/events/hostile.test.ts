/** Events as a kernel of another build, or a buffer that was overwritten, might give them: mutated from good ones. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WardenEvent, WardenKind } from "../kernel/abi.gen.ts";
import { cwdEvent, execEvent, exitEvent, fileEvent, forkEvent, guardEvent, netEvent } from "../kernel/samples.ts";
import { parseJournalLine } from "../report/journal.ts";
import { decodeEvent } from "./decode.ts";
import { Enricher } from "./enrich.ts";

const names = fc.array(
  fc.string({ minLength: 1, maxLength: 12 }).filter((name) => !/[\0/]/.test(name)),
  {
    minLength: 1,
    maxLength: 5,
  },
);
const pid = fc.integer({ min: 1, max: 6 });

/** Few processes, so that their lineages meet. */
const header = fc
  .record({
    seq: fc.integer({ min: 1, max: 2 ** 40 }),
    tgid: pid,
    parent: pid,
    step: pid,
    hook: fc.nat({ max: 50 }),
    verdict: fc.nat({ max: 3 }),
    op: fc.constantFrom(0, 1, 2, 4, 8, 255),
    rule: fc.nat(),
    comm: fc.string({ maxLength: 5 }),
  })
  .map((each) => ({ ...each, start: BigInt(each.tgid), parent_start: BigInt(each.parent), time: 5n }));

const event: fc.Arbitrary<Buffer> = fc.oneof(
  header.map(forkEvent),
  header.map(exitEvent),
  fc.tuple(header, names).map(([head, path]) => cwdEvent(head, path)),
  fc.tuple(header, names, names).map(([head, path, args]) => execEvent(head, path, args, "__run")),
  fc.tuple(header, names).map(([head, path]) => fileEvent(head, path)),
  fc.tuple(header, fc.nat({ max: 12 })).map(([head, family]) =>
    netEvent(
      head,
      Array.from({ length: 16 }, () => 7),
      443,
      family,
    ),
  ),
  fc.tuple(header, pid).map(([head, target]) => guardEvent(head, target, "victim")),
);

/** Bytes set anywhere but in what would make it no event at all. */
const mutated = fc
  .tuple(event, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 8 }))
  .map(([bytes, changes]) => {
    const fixed = new Set<number>([WardenEvent.fields.seq.offset, WardenEvent.fields.kind.offset]);
    const copy = Buffer.from(bytes);
    for (const [at, value] of changes) if (!fixed.has(at % copy.length)) copy[at % copy.length] = value;
    return copy;
  });

describe("whatever the decoder takes", () => {
  test("is enriched to a record that the report can read back", () => {
    fc.assert(
      fc.property(fc.array(mutated, { minLength: 1, maxLength: 20 }), (events) => {
        const enricher = new Enricher({
          path: ({ names }) => `/${names.join("/")}`,
          hostOf: () => null,
          clockOffset: 0,
        });
        for (const bytes of events) {
          const decoded = decodeEvent(bytes);
          if (!decoded.ok) continue;
          const record = enricher.enrich(decoded.event);
          if (record !== null) expect(parseJournalLine(JSON.stringify(record), 1)).toEqual(record);
        }
      }),
      { numRuns: 1500 },
    );
  });

  test("comes from bytes that are long enough for its kind", () => {
    fc.assert(
      fc.property(event, fc.nat({ max: 1800 }), (bytes, length) => {
        const decoded = decodeEvent(bytes.subarray(0, length));
        if (decoded.ok) expect(length).toBeGreaterThanOrEqual(bytes.length);
      }),
      { numRuns: 500 },
    );
  });
});

test("every kind is among the samples", () => {
  const kinds = new Set(fc.sample(event, 400).map((bytes) => bytes.readUInt16LE(WardenEvent.fields.kind.offset)));
  expect([...kinds].sort()).toEqual(Object.values(WardenKind).sort());
});
