// Fetches packaged kernels into the cache directory, with an apt configuration of its own: the machine's is not touched.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { cacheDir } from "../../build/paths.mjs";
import { retried, SetupError, say, work } from "../../build/steps.mjs";
import { unpackImage } from "./image.mjs";
import {
  bestChoice,
  fallbackSuite,
  mirrorFromSources,
  mirrorFromTemplate,
  PACKAGE_PATTERN,
  parsePackages,
  pickKernel,
  suitesFor,
} from "./kernels.mjs";
import { keepModules } from "./modules.mjs";

const KEYRINGS = ["/usr/share/keyrings/debian-archive-keyring.pgp", "/usr/share/keyrings/debian-archive-keyring.gpg"];
const TEMPLATE = "/usr/share/python-apt/templates/Debian.info";
/** Raise when what is kept of a kernel changes: an older cache entry is then fetched again. */
const LAYOUT = 2;

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

function debianMirror() {
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

function describe(directory) {
  const file = path.join(directory, "kernel.json");
  if (!existsSync(file)) return undefined;
  const found = JSON.parse(readFileSync(file, "utf8"));
  return found.layout === LAYOUT ? { ...found, directory } : undefined;
}

/** An apt of our own for one suite, in `directory`. */
function aptOptions(directory, suite) {
  for (const name of ["lists/partial", "cache/archives/partial"])
    mkdirSync(path.join(directory, name), { recursive: true });
  const mirror = debianMirror();
  const address = suite.endsWith("-security") ? mirror.replace(/\/debian((\.list)?)$/, "/debian-security$1") : mirror;
  writeFileSync(
    path.join(directory, "sources.list"),
    `deb [arch=amd64 signed-by=${keyring()}] ${address} ${suite} main\n`,
  );
  const settings = {
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

/** Looks for the kernel in the suites that may have it, in their order; for the newest in all of them. */
async function find(kernel, directory) {
  const missing = [];
  const choices = [];
  const suites = suitesFor(kernel).flatMap((suite) =>
    [suite, fallbackSuite(suite)].filter((name) => name !== undefined),
  );
  for (const suite of suites) {
    const own = path.join(directory, suite);
    const options = aptOptions(own, suite);
    try {
      await retried(`reading Debian ${suite}`, () =>
        work(`reading Debian ${suite}`, ["apt-get", ...options, "-q", "update"]),
      );
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      missing.push(error.message);
      continue;
    }
    const names = await work("listing kernels", ["apt-cache", ...options, "search", "--names-only", PACKAGE_PATTERN]);
    const wanted = names
      .split("\n")
      .map((line) => line.split(" ")[0])
      .filter((name) => name !== "" && name !== undefined);
    if (wanted.length === 0) continue;
    const shown = await work("listing kernels", ["apt-cache", ...options, "show", "--no-all-versions", ...wanted]);
    const choice = pickKernel(parsePackages(shown), kernel);
    if (choice !== undefined) choices.push({ ...choice, suite, options });
    if (choices.length > 0 && kernel !== "newest") break;
  }
  if (choices.length > 0) return bestChoice(choices);
  const why = missing.length > 0 ? `\n${missing.join("\n")}` : "";
  throw new SetupError(`no packaged kernel ${kernel} in Debian ${suites.join(", ")} of ${debianMirror()}${why}`);
}

async function fetchInto(kernel, directory) {
  const choice = await find(kernel, directory);
  const size = choice.packages.reduce((sum, item) => sum + item.size, 0);
  const label = `fetching kernel ${choice.release} from Debian ${choice.suite}`;
  say(`${label} (${Math.round(size / 1e6)} MB)`);
  const debs = path.join(directory, "debs");
  mkdirSync(debs);
  const names = choice.packages.map((item) => `${item.name}=${item.version}`);
  await retried(label, () => work(label, ["apt-get", ...choice.options, "-q", "download", ...names], { cwd: debs }));
  const tree = path.join(directory, "tree");
  for (const name of readdirSync(debs)) {
    await work(`unpacking ${choice.release}`, ["dpkg-deb", "-x", path.join(debs, name), tree]);
  }
  return { choice, tree };
}

function firstFile(candidates) {
  const found = candidates.find((file) => existsSync(file) && statSync(file).isFile());
  if (found === undefined) throw new SetupError(`a kernel package holds none of ${candidates.join(", ")}`);
  return found;
}

/**
 * The kernel named `kernel` (`X.Y` or `newest`), from the cache or fetched into it; offline when it is there.
 * @returns {Promise<{release: string, version: string, suite: string, directory: string, boot: string[]}>} `boot`: module
 *   files of the initramfs, in the order to load them, relative to `directory`/modules
 * @throws SetupError
 */
export async function ensureKernel(kernel) {
  const target = path.join(cacheDir, "kernels", kernel);
  const cached = describe(target);
  if (cached !== undefined) return cached;
  mkdirSync(path.dirname(target), { recursive: true });
  const directory = mkdtempSync(path.join(path.dirname(target), `.${kernel}-`));
  try {
    const { choice, tree } = await fetchInto(kernel, directory);
    const { release } = choice;
    const kept = path.join(directory, "kept");
    mkdirSync(kept);
    const part = (name) =>
      firstFile([path.join(tree, `boot/${name}-${release}`), path.join(tree, "usr/lib/modules", release, name)]);
    renameSync(part("config"), path.join(kept, "config"));
    await unpackImage(part("vmlinuz"), path.join(kept, "vmlinux"));
    const boot = await keepModules(release, tree, path.join(kept, "modules"));
    const facts = { layout: LAYOUT, kernel, release, version: choice.version, suite: choice.suite, boot };
    writeFileSync(path.join(kept, "kernel.json"), `${JSON.stringify(facts, null, 2)}\n`);
    // Somebody else may have been quicker: theirs is as good.
    if (describe(target) === undefined) {
      rmSync(target, { recursive: true, force: true });
      renameSync(kept, target);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const fresh = describe(target);
  if (fresh === undefined) throw new SetupError(`kernel ${kernel} did not reach the cache at ${target}`);
  return fresh;
}
