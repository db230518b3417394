// Which kernel modules are kept: those the boot needs, and those a scenario may ask for by modprobe.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { SetupError, work } from "../../build/steps.mjs";

/** Loaded by the initramfs, with all they depend on. One that is built in is simply not there. */
export const BOOT_MODULES = ["virtio_pci", "virtio_console", "virtio_rng", "9pnet_virtio", "9p", "overlay"];

/** Only at hand: network devices and protocols, file systems, what container tools want. */
export const SPARE_MODULES = [
  ..."dummy veth tun bridge br_netfilter macvlan ipvlan tls sctp vsock vsock_loopback".split(" "),
  ..."tcp_diag udp_diag raw_diag inet_diag unix_diag packet_diag netlink_diag nf_tables nft_compat nft_chain_nat".split(
    " ",
  ),
  ..."nft_reject_inet nft_redir nft_masq xt_conntrack xt_addrtype xt_MASQUERADE ip_tables iptable_nat iptable_filter".split(
    " ",
  ),
  ..."loop ext4 btrfs fuse binfmt_misc algif_hash algif_skcipher sch_ingress cls_bpf smc smc_diag".split(" "),
  // Asked for by name, not by symbol: nothing lists it as a need.
  "crc32c_generic",
  "crc32c_cryptoapi",
];

/** The lines of modules.dep (depmod(8)): a module's file to the files it needs, nearest first. */
export function parseDependencies(text) {
  const dependencies = new Map();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0)
      dependencies.set(
        line.slice(0, colon),
        line
          .slice(colon + 1)
          .split(" ")
          .filter((file) => file !== ""),
      );
  }
  return dependencies;
}

const PACKED = /\.(xz|zst|gz)$/;

function moduleName(file) {
  return path.basename(file).replace(PACKED, "").replace(/\.ko$/, "").replaceAll("-", "_");
}

/** The files of the named modules and of all they need, each after what it needs. */
export function loadOrder(dependencies, names) {
  const order = new Set();
  for (const name of names) {
    for (const [file, needs] of dependencies) {
      if (moduleName(file) !== name.replaceAll("-", "_")) continue;
      // depmod lists the needs so that the last is to be loaded first.
      for (const need of [...needs].reverse()) order.add(need);
      order.add(file);
    }
  }
  return [...order];
}

const UNPACK = { ".xz": ["xz", "-d"], ".zst": ["zstd", "-q", "-d", "--rm"], ".gz": ["gzip", "-d"] };

async function unpackAll(directory, files) {
  for (const [suffix, argv] of Object.entries(UNPACK)) {
    const packed = files.filter((file) => file.endsWith(suffix)).map((file) => path.join(directory, file));
    if (packed.length > 0) await work("unpacking modules", [...argv, ...packed]);
  }
}

/** Runs depmod over the modules of an unpacked package and returns their directory. */
async function indexed(tree, release) {
  // Older packages say /lib, newer ones /usr/lib; so do the depmods. Let both be the same place.
  const [old, merged] = [path.join(tree, "lib/modules"), path.join(tree, "usr/lib/modules")];
  for (const [place, other] of [
    [merged, old],
    [old, merged],
  ]) {
    if (existsSync(place)) continue;
    mkdirSync(path.dirname(place), { recursive: true });
    symlinkSync(path.relative(path.dirname(place), other), place);
  }
  await work("indexing modules", ["/usr/sbin/depmod", "-b", tree, release]);
  return path.join(merged, release);
}

/**
 * Copies the modules worth keeping from the unpacked packages at `tree` to `to`, decompressed, with their indexes.
 * @returns the boot modules in the order to load them, relative to `to`
 */
export async function keepModules(release, tree, to) {
  const from = await indexed(tree, release);
  const dependencies = parseDependencies(readFileSync(path.join(from, "modules.dep"), "utf8"));
  const boot = loadOrder(dependencies, BOOT_MODULES);
  if (!boot.some((file) => moduleName(file) === "9p")) throw new SetupError(`${release} has no 9p module`);
  const all = [...new Set([...boot, ...loadOrder(dependencies, SPARE_MODULES)])];
  const kept = path.join(to, "usr/lib/modules", release);
  for (const file of all) {
    mkdirSync(path.dirname(path.join(kept, file)), { recursive: true });
    copyFileSync(path.join(from, file), path.join(kept, file));
  }
  await unpackAll(kept, all);
  for (const name of readdirSync(from).filter((name) => /^modules\.(builtin|order)(\.modinfo)?$/.test(name))) {
    copyFileSync(path.join(from, name), path.join(kept, name));
  }
  await indexed(to, release);
  return boot.map((file) => path.join("usr/lib/modules", release, file.replace(PACKED, "")));
}
