/** What acts of root, and those against services, find in the machine: modules, disks, kernel controls, sockets. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { release } from "node:os";
import path from "node:path";
import {
  ACTS,
  BINFMT,
  BTRFS,
  BTRFS_FILES,
  CAPABLE,
  CRON,
  DEBUGFS,
  DEEP_MOUNT,
  DISK,
  DISK_FILES,
  DISKS,
  EXT4,
  GENERATIONS,
  HOSTS_COPY,
  LAYERS,
  METADATA,
  MODULES,
  PRELOAD,
  ROOTS_FILE,
  SETUID,
  SOCKETS,
} from "./places.ts";

const MIB = 1 << 20;
const SECTOR = 512;
const PARTITION_TABLE = 446;

function run(program: string, ...words: readonly string[]): string {
  return execFileSync(program, words, { encoding: "utf8" }).trim();
}

function mount(type: string, at: string): void {
  const mounted = readFileSync("/proc/self/mounts", "utf8").split("\n");
  if (!mounted.some((line) => line.split(" ")[1] === at)) run("mount", "-t", type, type, at);
}

/** A disk whose only partition lies from the first MiB to its end. */
function partitionedDisk(file: string): void {
  const image = Buffer.alloc(4 * MIB);
  const entry = image.subarray(PARTITION_TABLE);
  entry.writeUInt8(0x83, 4);
  entry.writeUInt32LE(MIB / SECTOR, 8);
  entry.writeUInt32LE((3 * MIB) / SECTOR, 12);
  image.writeUInt16LE(0xaa55, SECTOR - 2);
  writeFileSync(file, image);
}

/** A file system that finds files by handle and, other than a tmpfs alone, need not keep in memory where they are. */
function mountForgetful(): void {
  const below = (name: string) => path.join(LAYERS, name);
  for (const directory of [...["lower", "upper", "work"].map(below), DISK]) mkdirSync(directory, { recursive: true });
  const layers = `lowerdir=${below("lower")},upperdir=${below("upper")},workdir=${below("work")}`;
  const options = `${layers},index=on,nfs_export=on`;
  run("mount", "-t", "overlay", "-o", options, "overlay", DISK);
  for (const name of Object.values(DISK_FILES)) {
    mkdirSync(path.dirname(name), { recursive: true });
    writeFileSync(name, "something\n");
  }
}

/** Without checksums, which keep a generation what it is. */
function mountExt4(): void {
  const image = path.join(DISKS, "ext4");
  writeFileSync(image, Buffer.alloc(4 * MIB));
  run("mkfs.ext4", "-q", "-F", "-O", "^metadata_csum,^has_journal", image);
  mkdirSync(EXT4, { recursive: true });
  try {
    run("mount", "-t", "ext4", run("losetup", "--find", "--show", image), EXT4);
  } catch (error) {
    // The control says so again: what is below has no generation that could be set.
    console.log(`no ext4 on this kernel: ${String(error).split("\n")[1] ?? ""}`);
  }
  writeFileSync(GENERATIONS, "something\n");
}

/** mkfs.btrfs makes none that is smaller. */
const BTRFS_MIB = 128;

/** Files of a subvolume; where the kernel has no btrfs, there are none. */
function mountBtrfs(): void {
  const image = path.join(DISKS, "btrfs");
  writeFileSync(image, "");
  truncateSync(image, BTRFS_MIB * MIB);
  run("mkfs.btrfs", "-q", image);
  mkdirSync(BTRFS, { recursive: true });
  try {
    run("mount", "-t", "btrfs", run("losetup", "--find", "--show", image), BTRFS);
  } catch (error) {
    console.log(`no btrfs on this kernel: ${String(error).split("\n")[1] ?? ""}`);
    return;
  }
  run("btrfs", "subvolume", "create", path.join(BTRFS, "volume"));
  for (const name of Object.values(BTRFS_FILES)) {
    mkdirSync(path.dirname(name), { recursive: true });
    writeFileSync(name, "something\n");
    chmodSync(name, 0o666);
  }
}

let wholeDisk = "";

/** A loop device that is a disk with one partition. */
export function loopDisk(): string {
  return wholeDisk;
}

/** Once, before any session. */
export function prepareKernel(): void {
  run("modprobe", "-a", "tun", "loop", "binfmt_misc", "ext4", "btrfs");
  mount("debugfs", DEBUGFS);
  mount("binfmt_misc", BINFMT);
  mkdirSync(DEEP_MOUNT, { recursive: true });
  mount("tmpfs", DEEP_MOUNT);
  run(ACTS, "address", "lo:2", METADATA, "32");
  mkdirSync(DISKS, { recursive: true });
  partitionedDisk(path.join(DISKS, "partitioned"));
  wholeDisk = run("losetup", "--find", "--show", "--partscan", path.join(DISKS, "partitioned"));
  mountForgetful();
  mountExt4();
  mountBtrfs();
}

/** Before every pass: what an act of the last one has made, or taken away. */
export function freshenMachine(): void {
  run("modprobe", MODULES.loaded);
  for (const file of [CRON, PRELOAD]) rmSync(file, { force: true });
  copyFileSync("/etc/hosts", HOSTS_COPY);
  for (const file of [CRON, SOCKETS.bus]) mkdirSync(path.dirname(file), { recursive: true });
  // after the fixture, whose files belong to the ordinary user
  copyFileSync(ACTS, SETUID);
  chmodSync(SETUID, 0o4755);
  copyFileSync(ACTS, CAPABLE);
  chmodSync(CAPABLE, 0o755);
  run(ACTS, "capability", CAPABLE);
  writeFileSync(ROOTS_FILE, "something\n", { mode: 0o600 });
}

/** @throws when this kernel has no such module */
export function moduleFile(name: string): string {
  const directory = `/lib/modules/${release()}`;
  const found = existsSync(directory)
    ? readdirSync(directory, { recursive: true, encoding: "utf8" }).find((file) => path.basename(file) === `${name}.ko`)
    : undefined;
  if (found === undefined) throw new Error(`no ${name}.ko below ${directory}`);
  return path.join(directory, found);
}
