// Packaged container runtimes for the guests, unpacked into the cache: the machine itself gets none of them.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { cacheDir } from "../../build/paths.mjs";
import { retried, work } from "../../build/steps.mjs";
import { aptOptions } from "./apt.mjs";
import { architectureFacts } from "./architectures.mjs";

/** Old enough for the C library of every machine that the set-up works on. */
const SUITE = "bookworm";
/** Docker's and Podman's, and the libraries of their programs that not every machine has. */
const PACKAGES = [
  ..."docker.io containerd runc tini iptables".split(" "),
  ..."libip4tc2 libip6tc2 libxtables12 libnftnl11 libnetfilter-conntrack3 libnfnetlink0 libmnl0".split(" "),
  "libdevmapper1.02.1",
  "apparmor",
  ..."podman conmon crun slirp4netns uidmap libassuan0 libbz2-1.0 libgcrypt20 libglib2.0-0 libgpg-error0".split(" "),
  ..."libgpgme11 liblz4-1 liblzma5 libsemanage2 libslirp0 libsubid4 libyajl2".split(" "),
];
/** Other packages are another tree: one that is in the cache may be in use by an older checkout. */
const LISTED = createHash("sha256").update(PACKAGES.join(" ")).digest("hex").slice(0, 12);

export async function ensureRuntimes(arch) {
  const { debian } = architectureFacts(arch);
  const target = path.join(cacheDir, "runtimes", `${SUITE}-${debian}-${LISTED}`);
  if (existsSync(target)) return target;
  mkdirSync(path.dirname(target), { recursive: true });
  const directory = mkdtempSync(path.join(path.dirname(target), `.${SUITE}-`));
  try {
    const options = aptOptions(path.join(directory, "apt"), SUITE, debian);
    const label = `fetching container runtimes from Debian ${SUITE}`;
    await retried(label, () => work(label, ["apt-get", ...options, "-q", "update"]));
    const debs = path.join(directory, "debs");
    mkdirSync(debs);
    await retried(label, () => work(label, ["apt-get", ...options, "-q", "download", ...PACKAGES], { cwd: debs }));
    const tree = path.join(directory, "tree");
    for (const name of readdirSync(debs)) await work(label, ["dpkg-deb", "-x", path.join(debs, name), tree]);
    // what the package's installation would choose
    for (const name of ["iptables", "ip6tables"]) {
      const link = path.join(tree, "usr/sbin", name);
      rmSync(link, { force: true });
      symlinkSync("xtables-nft-multi", link);
    }
    // Somebody else may have been quicker: theirs is as good.
    if (!existsSync(target)) renameSync(tree, target);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return target;
}
