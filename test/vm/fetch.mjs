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
import { aptOptions, debianMirror } from "./apt.mjs";
import { architectureFacts } from "./architectures.mjs";
import { unpackImage } from "./image.mjs";
import { bestChoice, fallbackSuite, packagePattern, parsePackages, pickKernel, suitesFor } from "./kernels.mjs";
import { keepModules } from "./modules.mjs";

/** Raise when what is kept of a kernel changes: an older cache entry is then fetched again. */
const LAYOUT = 5;

function describe(directory) {
  const file = path.join(directory, "kernel.json");
  if (!existsSync(file)) return undefined;
  const found = JSON.parse(readFileSync(file, "utf8"));
  return found.layout === LAYOUT ? { ...found, directory } : undefined;
}

/** Looks for the kernel in the suites that may have it, in their order; for the newest in all of them. */
async function find(kernel, debian, directory) {
  const missing = [];
  const choices = [];
  const suites = suitesFor(kernel).flatMap((suite) =>
    [suite, fallbackSuite(suite)].filter((name) => name !== undefined),
  );
  for (const suite of suites) {
    const own = path.join(directory, suite);
    const options = aptOptions(own, suite, debian);
    try {
      await retried(`reading Debian ${suite}`, () =>
        work(`reading Debian ${suite}`, ["apt-get", ...options, "-q", "update"]),
      );
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      missing.push(error.message);
      continue;
    }
    const search = ["apt-cache", ...options, "search", "--names-only", packagePattern(debian)];
    const names = await work("listing kernels", search);
    const wanted = names
      .split("\n")
      .map((line) => line.split(" ")[0])
      .filter((name) => name !== "" && name !== undefined);
    if (wanted.length === 0) continue;
    const shown = await work("listing kernels", ["apt-cache", ...options, "show", "--no-all-versions", ...wanted]);
    const choice = pickKernel(parsePackages(shown), kernel, debian);
    if (choice !== undefined) choices.push({ ...choice, suite, options });
    if (choices.length > 0 && kernel !== "newest") break;
  }
  if (choices.length > 0) return bestChoice(choices);
  const why = missing.length > 0 ? `\n${missing.join("\n")}` : "";
  throw new SetupError(
    `no packaged kernel ${kernel} for ${debian} in Debian ${suites.join(", ")} of ${debianMirror()}${why}`,
  );
}

async function fetchInto(kernel, debian, directory) {
  const choice = await find(kernel, debian, directory);
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
 * The kernel named `kernel` (`X.Y` or `newest`) for the architecture `arch`, from the cache or fetched into it; offline when it is there.
 * @returns {Promise<{release: string, version: string, suite: string, directory: string, boot: string[]}>} `boot`: module
 *   files of the initramfs, in the order to load them, relative to `directory`/modules
 * @throws SetupError
 */
export async function ensureKernel(kernel, arch) {
  const { debian } = architectureFacts(arch);
  // Those of the first architecture were there before there was a second.
  const target = path.join(cacheDir, "kernels", arch === "x86_64" ? kernel : `${kernel}-${debian}`);
  const cached = describe(target);
  if (cached !== undefined) return cached;
  mkdirSync(path.dirname(target), { recursive: true });
  const directory = mkdtempSync(path.join(path.dirname(target), `.${kernel}-`));
  try {
    const { choice, tree } = await fetchInto(kernel, debian, directory);
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
