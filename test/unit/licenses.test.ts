import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { licensesText } from "../../build/licenses.mjs";

const text = licensesText([]);

test("what is embedded in the monitors is named, each with the text of its license", () => {
  for (const title of ["libbpf", "zlib", "libelf", "The GNU C library", "BPF programs"])
    expect(text).toMatch(new RegExp(`^=+\n${title}[^\n]*\n=+$`, "m"));
  for (const license of ["LESSER GENERAL PUBLIC LICENSE\n *Version 2.1", "LESSER GENERAL PUBLIC LICENSE\n *Version 3"])
    expect(text).toMatch(new RegExp(license));
  for (const version of ["2, June 1991", "3, 29 June 2007"])
    expect(text).toMatch(new RegExp(`GNU GENERAL PUBLIC LICENSE\n *Version ${version}`));
});

test("every source that becomes a BPF object says the license that licenses.txt tells", () => {
  const files = ["bpf", "bpf/lib"].flatMap((directory) =>
    readdirSync(directory).map((name) => path.join(directory, name)),
  );
  const sources = files.filter((name) => /\.bpf\.c$|\.h$/.test(name));
  expect(sources.length).toBeGreaterThan(10);
  for (const source of sources)
    expect(readFileSync(source, "utf8").split("\n")[0], source).toContain(
      "SPDX-License-Identifier: GPL-2.0 OR Apache-2.0",
    );
});
