// An apt of our own, beside the machine's: other suites, other architectures, and nothing of the machine is touched.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { SetupError } from "../../build/steps.mjs";
import { mirrorFromSources, mirrorFromTemplate } from "./kernels.mjs";

const KEYRINGS = ["/usr/share/keyrings/debian-archive-keyring.pgp", "/usr/share/keyrings/debian-archive-keyring.gpg"];
const TEMPLATE = "/usr/share/python-apt/templates/Debian.info";

/** Packages that the search for a mirror and its keys needs where the machine is not Debian. */
export function mirrorPackages() {
  const needed = [];
  if (!KEYRINGS.some((file) => existsSync(file))) needed.push("debian-archive-keyring");
  if (process.env.WARDEN_DEBIAN_MIRROR === undefined && mirrorFromSources(aptSources()) === undefined) {
    needed.push("python-apt-common");
  }
  return needed;
}

function aptSources() {
  const files = ["/etc/apt/sources.list"];
  const directory = "/etc/apt/sources.list.d";
  if (existsSync(directory))
    files.push(
      ...readdirSync(directory)
        .sort()
        .map((name) => path.join(directory, name)),
    );
  const readable = files.filter((file) => /\.(list|sources)$/.test(file) && existsSync(file));
  return readable.map((file) => readFileSync(file, "utf8")).join("\n\n");
}

/** @throws SetupError when none is known */
export function debianMirror() {
  const found =
    process.env.WARDEN_DEBIAN_MIRROR ??
    mirrorFromSources(aptSources()) ??
    (existsSync(TEMPLATE) ? mirrorFromTemplate(readFileSync(TEMPLATE, "utf8")) : undefined);
  if (found === undefined) {
    throw new SetupError(
      "no Debian mirror in this machine's apt sources: set WARDEN_DEBIAN_MIRROR to the address of one",
    );
  }
  return found.replace(/\/$/, "");
}

function keyring() {
  const found = KEYRINGS.find((file) => existsSync(file));
  if (found === undefined)
    throw new SetupError("the keys of Debian's archive are missing: install debian-archive-keyring");
  return found;
}

/**
 * An apt of our own for one suite and architecture (both as Debian calls them), in `directory`. It takes nothing to be
 * installed, so that what it downloads with a package is all that the package needs.
 * @returns {string[]} the options of apt's programs
 * @throws SetupError
 */
export function aptOptions(directory, suite, debian) {
  for (const name of ["lists/partial", "cache/archives/partial"])
    mkdirSync(path.join(directory, name), { recursive: true });
  const mirror = debianMirror();
  const address = suite.endsWith("-security") ? mirror.replace(/\/debian((\.list)?)$/, "/debian-security$1") : mirror;
  writeFileSync(
    path.join(directory, "sources.list"),
    `deb [arch=${debian} signed-by=${keyring()}] ${address} ${suite} main\n`,
  );
  writeFileSync(path.join(directory, "status"), "");
  const settings = {
    "APT::Architecture": debian,
    "APT::Architectures": debian,
    "Dir::State::status": path.join(directory, "status"),
    "Dir::Etc::sourcelist": path.join(directory, "sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::State::lists": path.join(directory, "lists"),
    "Dir::Cache": path.join(directory, "cache"),
    "Acquire::Languages": "none",
    // Only the package lists: no metadata for software centres, no contents.
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
    // The archive of an old release is not signed anew any more.
    "Acquire::Check-Valid-Until": "false",
    "APT::Update::Error-Mode": "any",
    // Root would become _apt, which cannot write here.
    "APT::Sandbox::User": "root",
  };
  const file = path.join(directory, "apt.conf");
  const text = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  // What the machine wants done after its own updates is none of our business.
  writeFileSync(file, `#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n${text.join("")}`);
  return ["-c", file];
}
