import { describe, expect, it } from "vitest";
import { withoutLines } from "../../build/btf-ext.mjs";

/** Three parts, each with its own filling, in an order of their own. */
function section({ lines = 12 } = {}): Buffer {
  const header = Buffer.alloc(32);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  [32, lines, 8, 0, lines, lines + 8, 4].forEach((value, index) => {
    header.writeUInt32LE(value, 4 + 4 * index);
  });
  return Buffer.concat([header, Buffer.alloc(lines, "l"), Buffer.alloc(8, "f"), Buffer.alloc(4, "r")]);
}

describe("a .BTF.ext section without its lines", () => {
  it("keeps functions and relocations, and says where they are", () => {
    const small = withoutLines(section());
    const words = Array.from({ length: 7 }, (_, index) => small.readUInt32LE(4 + 4 * index));
    expect(words).toEqual([32, 0, 8, 8, 0, 8, 4]);
    expect(small.subarray(32).toString()).toBe("ffffffffrrrr");
    expect(small.subarray(0, 4)).toEqual(section().subarray(0, 4));
  });

  it("is the same when there are none", () => {
    expect(withoutLines(withoutLines(section()))).toEqual(withoutLines(section({ lines: 0 })));
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["another magic", Buffer.alloc(64)],
    ["parts that end beyond it", section().subarray(0, 40)],
  ])("refuses %s", (_, bytes) => {
    expect(() => withoutLines(bytes)).toThrow(/\.BTF\.ext/);
  });
});
