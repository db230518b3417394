// Which packaged kernel a name means, and where its packages come from. Pure: text in, choice out.

/** Debian's version order (deb-version(7)) of two characters outside a run of digits: `~`, then the end, letters, the rest. */
function weight(character) {
  if (character === undefined) return 0;
  if (character === "~") return -1;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}

/** Debian's order of two version numbers (without an epoch, which kernel packages never have): below, at or above zero. */
export function compareVersions(left, right) {
  let [a, b] = [left, right];
  while (a !== "" || b !== "") {
    const [textA, textB] = [/^\D*/.exec(a)[0], /^\D*/.exec(b)[0]];
    for (let at = 0; at < Math.max(textA.length, textB.length); at++) {
      const order = weight(textA[at]) - weight(textB[at]);
      if (order !== 0) return order;
    }
    [a, b] = [a.slice(textA.length), b.slice(textB.length)];
    const [digitsA, digitsB] = [/^\d*/.exec(a)[0], /^\d*/.exec(b)[0]];
    const order = Number(digitsA) - Number(digitsB);
    if (order !== 0) return order;
    [a, b] = [a.slice(digitsA.length), b.slice(digitsB.length)];
  }
  return 0;
}

/** The stanzas of `apt-cache show`, reduced to what the choice needs. */
export function parsePackages(text) {
  const packages = [];
  for (const stanza of text.split(/\n\n+/)) {
    const field = (name) => new RegExp(`^${name}: (.*)$`, "m").exec(stanza)?.[1];
    const [name, version, size] = [field("Package"), field("Version"), field("Size")];
    if (name !== undefined && version !== undefined) packages.push({ name, version, size: Number(size ?? 0) });
  }
  return packages;
}

/** Package names of the plain flavour for Debian's architecture `debian`, for apt-cache (the cloud flavour has no 9p). */
export function packagePattern(debian) {
  return `^linux-(image|binary|modules|base)-[0-9][0-9.]*[^ ]*-${debian}(-unsigned)?$`;
}

const packageName = (debian) =>
  new RegExp(`^linux-(image|binary|modules|base)-(\\d+\\.\\d+)((?:\\.|\\+|-)[\\w.+~-]*)?-${debian}(-unsigned)?$`);
const FLAVOUR = /-(cloud|rt)$/;

/**
 * The highest version of the kernel `kernel` (`X.Y`, or `newest` for the highest of all) that is packaged completely.
 * @param {readonly {name: string, version: string, size: number}[]} packages
 * @param {string} kernel
 * @param {string} debian Debian's name of the architecture
 * @returns the packages to unpack together, or undefined when there is no such kernel
 */
export function pickKernel(packages, kernel, debian) {
  const form = packageName(debian);
  const releases = new Map();
  for (const item of packages) {
    const match = form.exec(item.name);
    if (match === null || match[3] === undefined || FLAVOUR.test(match[3])) continue;
    if (kernel !== "newest" && match[2] !== kernel) continue;
    const release = `${match[2]}${match[3]}-${debian}`;
    const found = releases.get(release) ?? { release, version: item.version, parts: {} };
    const part = match[4] === undefined ? match[1] : "unsigned";
    found.parts[part] = item;
    if (compareVersions(item.version, found.version) > 0) found.version = item.version;
    releases.set(release, found);
  }
  let best;
  for (const { release, version, parts } of releases.values()) {
    // Up to 6.18 one image package holds all; later it is a few kilobytes that depend on three parts.
    const image = parts.unsigned ?? parts.image;
    const split = [parts.binary, parts.modules, parts.base];
    const whole = image !== undefined && image.size > 10_000_000;
    if (!whole && split.includes(undefined)) continue;
    const needed = whole ? [image] : split;
    if (best === undefined || compareVersions(version, best.version) > 0) best = { release, version, packages: needed };
  }
  return best;
}

const MAIN_SUITES = {
  "5.10": ["bullseye"],
  6.1: ["bookworm"],
  6.12: ["trixie"],
  6.17: ["trixie-backports"],
  6.18: ["trixie-backports"],
  // Backports keep every kernel they had, and at times are ahead of sid.
  newest: ["sid", "trixie-backports"],
};

/** The suites that may carry a kernel, in the order to ask them; the first that has it wins, for `newest` the highest. */
export function suitesFor(kernel) {
  return MAIN_SUITES[kernel] ?? ["trixie-backports", "sid", "bookworm-backports"];
}

/** Of the choices of several suites, which are in the order the suites were asked: the one to take. */
export function bestChoice(choices) {
  return choices.reduce((best, one) => (compareVersions(one.version, best.version) > 0 ? one : best));
}

/** The security suite that takes over when the mirror no longer carries the main one. */
export function fallbackSuite(suite) {
  return /^(bullseye|bookworm|trixie)$/.test(suite) ? `${suite}-security` : undefined;
}

const DEBIAN_SUITE =
  /^(bullseye|bookworm|trixie|forky|duke|sid|stable|testing|unstable|oldstable|oldoldstable)(\/.*)?$/;

function isDebianMirror(uri) {
  return /^[a-z0-9+]+:/.test(uri) && /\/debian(\.list)?\/?$/.test(uri);
}

/**
 * The Debian mirror that the machine itself uses, from the text of its apt sources (both forms of sources.list(5)).
 * Repositories of others that merely end in `/debian` are told apart by their suites and components.
 */
export function mirrorFromSources(text) {
  for (const line of text.split("\n")) {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line);
    if (match === null) continue;
    const [, uri = "", suite = "", components = ""] = match;
    if (isDebianMirror(uri) && DEBIAN_SUITE.test(suite) && /(^|\s)main(\s|$)/.test(components)) return uri;
  }
  for (const stanza of text.split(/\n\s*\n/)) {
    const words = (name) => new RegExp(`^${name}:[ \\t]*(.*)$`, "mi").exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
    if (!words("Types").includes("deb") || !words("Components").includes("main")) continue;
    if (!words("Suites").some((suite) => DEBIAN_SUITE.test(suite))) continue;
    const uri = words("URIs").find(isDebianMirror);
    if (uri !== undefined) return uri;
  }
  return undefined;
}

/** The base address in the template that apt's Python files carry for Debian (`python-apt-common`). */
export function mirrorFromTemplate(text) {
  return /^BaseURI:\s*(\S+\/debian\/?)\s*$/m.exec(text)?.[1];
}
