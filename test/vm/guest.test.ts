import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keptPaths, lentPaths, shellWord } from "./guest.mjs";
import { loadOrder, parseDependencies } from "./modules.mjs";
import { tokenCutter } from "./streams.mjs";

describe("words of the guest's shell", () => {
  it("keep every character", () => {
    const word = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        const script = `for w in ${words.map(shellWord).join(" ")}; do printf '%s\\0' "$w"; done`;
        const result = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8" });
        expect(result.stdout).toBe(words.map((text) => `${text}\0`).join(""));
      }),
      { numRuns: 40 },
    );
  });

  it("cannot hold a NUL", () => expect(() => shellWord("a\0b")).toThrow("NUL"));
});

describe("paths under a fresh tmpfs", () => {
  it("are carried over, the outermost only", () => {
    expect(
      keptPaths(["/tmp/clone", "/tmp/clone/.cache", "/usr/bin", "/tmpfile", "/home/runner/work", "/tmp/clone2"]),
    ).toEqual(["/home/runner/work", "/tmp/clone", "/tmp/clone2"]);
  });

  it("and all that a guest of another architecture needs of the host, the outermost only", () => {
    expect(lentPaths(["/srv/clone", "/srv/cache/node/bin", "/srv/clone/test", "/srv/clone"])).toEqual([
      "/srv/cache/node/bin",
      "/srv/clone",
    ]);
  });
});

describe("the end of a stream", () => {
  const token = "0123456789abcdef";

  function cut(chunks: readonly Buffer[]) {
    const got: Buffer[] = [];
    let ends = 0;
    const cutter = tokenCutter(
      token,
      (chunk) => got.push(chunk),
      () => {
        ends += 1;
      },
    );
    for (const chunk of chunks) cutter.push(chunk);
    cutter.flush();
    return { bytes: Buffer.concat(got), ends };
  }

  it("is the token, wherever the chunks are cut", () => {
    // Pieces of the token in the output are the hard part.
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
      fc.nat(token.length - 1).map((length) => Buffer.from(token.slice(0, length))),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(200)), (pieces, cuts) => {
        const output = Buffer.concat(pieces);
        fc.pre(!output.includes(token));
        const all = Buffer.concat([output, Buffer.from(`${token}late output`)]);
        const places = [0, ...cuts.filter((place) => place < all.length).sort((a, b) => a - b), all.length];
        const chunks = places.slice(1).map((place, index) => all.subarray(places[index], place));
        expect(cut(chunks)).toEqual({ bytes: output, ends: 1 });
      }),
    );
  });

  it("without a token gives everything, and tells of no end", () => {
    expect(cut([Buffer.from("abc"), Buffer.from(token.slice(0, 5))])).toEqual({
      bytes: Buffer.from(`abc${token.slice(0, 5)}`),
      ends: 0,
    });
  });
});

describe("modules", () => {
  const dependencies = parseDependencies(
    "fs/9p.ko.xz: net/9pnet.ko.xz fs/netfs.ko.xz\nnet/9pnet.ko.xz: fs/netfs.ko.xz\nfs/netfs.ko.xz:\nnet/nf-x.ko:\n",
  );

  it("come after what they need", () => {
    expect(loadOrder(dependencies, ["9p", "absent"])).toEqual(["fs/netfs.ko.xz", "net/9pnet.ko.xz", "fs/9p.ko.xz"]);
  });

  it("have the same name with a dash and an underscore", () => {
    expect(loadOrder(dependencies, ["nf_x"])).toEqual(["net/nf-x.ko"]);
  });
});
