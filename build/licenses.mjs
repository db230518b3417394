/** dist/licenses.txt: the notices of everything in dist/ that is not Warden's own. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fromRoot } from "./paths.mjs";

const rule = "=".repeat(80);
/** @param {string} title @param {string} text */
const section = (title, text) => `${rule}\n${title}\n${rule}\n\n${text.replace(/\r\n/g, "\n").trim()}\n`;

/** @param {string} directory of an npm package, relative to the checkout */
function npmSection(directory) {
  const { name, version, license } = JSON.parse(readFileSync(fromRoot(path.join(directory, "package.json")), "utf8"));
  const files = readdirSync(fromRoot(directory)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  if (files.length === 0) throw new Error(`${name} is bundled but brings no license text`);
  const texts = files.sort().map((file) => readFileSync(fromRoot(path.join(directory, file)), "utf8").trim());
  return section(`${name} ${version} (${license})`, texts.join("\n\n"));
}

/**
 * @param {string[]} packages directories of the bundled npm packages, relative to the checkout
 * @returns {string} the whole text
 * @throws when a package has no license text, or a text of ours is missing
 */
export function licensesText(packages) {
  const texts = fromRoot("build/licenses");
  if (!existsSync(texts)) throw new Error("build/licenses does not exist");
  const ours = (/** @type {string} */ file) => readFileSync(path.join(texts, file), "utf8");
  return [
    "Warden is licensed under Apache-2.0 (LICENSE). The files beside this one contain work of others:\n",
    ...packages.map(npmSection),
    ours("native.txt"),
    section(
      "GNU General Public License 2, of the BPF programs",
      readFileSync(fromRoot("bpf/LICENSE-GPL-2.0.txt"), "utf8"),
    ),
    section("GNU Lesser General Public License 2.1", ours("LGPL-2.1.txt")),
    section("GNU Lesser General Public License 3", ours("LGPL-3.0.txt")),
    section("GNU General Public License 3, which the former refers to", ours("GPL-3.0.txt")),
  ].join("\n");
}
