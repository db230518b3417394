// One boot: what QEMU is told, and what goes into the initramfs.
import { readFileSync } from "node:fs";
import path from "node:path";
import { architectureFacts } from "./architectures.mjs";
import { cpioArchive } from "./cpio.mjs";
import { keptPaths, lentPaths, stageOne, stageTwo } from "./guest.mjs";

const HOSTNAME = "warden-vm";
const STOCK_LSM = "landlock,lockdown,yama,apparmor";
const PASSED_VARIABLES = /^(NO_COLOR|FORCE_COLOR|TERM|WARDEN_\w+)$/;
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The guest's environment: root's own, and the few variables that pass. */
export function guestEnvironment(host, node) {
  const passed = Object.entries(host).filter(([name, value]) => PASSED_VARIABLES.test(name) && value !== undefined);
  return {
    HOME: "/root",
    LANG: "C.UTF-8",
    LOGNAME: "root",
    PATH: `${path.dirname(node)}:${SYSTEM_PATH}`,
    SHELL: "/bin/bash",
    TERM: "dumb",
    USER: "root",
    ...Object.fromEntries(passed),
  };
}

/** QEMU options are comma-separated: a comma in a value is doubled. */
function optionValue(text) {
  return text.replaceAll(",", ",,");
}

/**
 * @param {{kernel: {directory: string}, tree: string, options: {arch: string, lsm: string, icount: boolean, cpus: number, memory: number}, scratch: string, out: string}} boot
 * @returns {string[]} the command line of the emulator
 */
export function qemuArguments({ kernel, tree, options, scratch, out }) {
  const { machine, processor, parameters } = architectureFacts(options.arch);
  const append = [
    `${parameters} quiet loglevel=4 panic=-1 mitigations=off nokaslr`,
    "rcupdate.rcu_cpu_stall_suppress=1 nowatchdog audit=0 random.trust_cpu=on",
    // Without bpf among the security modules the guard enforces where the kernel does not preempt its own code: what hosted
    // runners and Debian up to 6.12 do anyway. A kernel that knows no such mode any more says so and goes on.
    options.lsm === "bpf" ? `lsm=${STOCK_LSM},bpf` : `lsm=${STOCK_LSM} preempt=voluntary`,
    // Where instructions are counted: names that share a bucket by chance cost some, and which do differs from boot to boot.
    ...(options.icount ? ["dhash_entries=8388608"] : []),
  ];
  const share = (tag, directory, more) =>
    `local,path=${optionValue(directory)},mount_tag=${tag},security_model=none,multidevs=remap${more}`;
  const port = (name) => [
    ...["-chardev", `socket,id=${name},path=${optionValue(path.join(scratch, name))}`],
    ...["-device", `virtserialport,chardev=${name},name=warden.${name}`],
  ];
  return [
    ...["-M", machine, "-accel", options.icount ? "tcg" : "tcg,thread=single", "-cpu", processor],
    ...["-smp", String(options.cpus), "-m", String(options.memory)],
    ...(options.icount ? ["-icount", "shift=0,sleep=off"] : []),
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-serial", `file:${optionValue(path.join(scratch, "console"))}`],
    ...["-kernel", path.join(kernel.directory, "vmlinux"), "-initrd", path.join(scratch, "initramfs")],
    ...["-append", append.join(" ")],
    ...["-virtfs", share("root", tree, ",readonly=on"), "-virtfs", share("out", out, "")],
    ...(tree === "/" ? [] : ["-virtfs", share("host", "/", ",readonly=on")]),
    ...["-device", "virtio-rng-pci", "-device", "virtio-serial-pci"],
    ...["out", "err", "status"].flatMap(port),
  ];
}

/** The emulator and the words before it: it must not outlive us, whatever ends us. */
export function qemuProgram(arch) {
  return ["setpriv", "--pdeathsig", "KILL", architectureFacts(arch).emulator];
}

/**
 * @param {{kernel: {release: string, directory: string, boot: string[]}, command: readonly string[], directory: string,
 *   checkout: string, packages: string, cache: string, out: string, token: string, space: {tree: string, node: string, busybox: string}, environment: Record<string, string | undefined>}} job
 * @returns {Buffer} the archive
 */
export function initramfs(job) {
  const { kernel, space } = job;
  const lent = space.tree !== "/";
  const tree = path.join(kernel.directory, "modules");
  const names = kernel.boot.map((file) => path.basename(file));
  const needed = [job.checkout, kernel.directory, path.dirname(space.node), job.directory];
  const kept = lent ? lentPaths([...needed, job.packages, job.cache]) : keptPaths(needed);
  const moduleTree = path.join(tree, "usr/lib/modules", kernel.release);
  const init = stageOne({
    modules: names,
    kept,
    lent,
    out: job.out,
    release: kernel.release,
    moduleTree,
    hostname: HOSTNAME,
  });
  const main = stageTwo({
    command: job.command,
    directory: job.directory,
    environment: guestEnvironment(job.environment, space.node),
    token: job.token,
  });
  const warden = `#!/bin/sh\nexec node '${path.join(job.checkout, "dist/warden.mjs").replaceAll("'", "'\\''")}' "$@"\n`;
  return cpioArchive([
    ...["bin", "modules", "proc", "sys", "dev", "lower", "upper", "new", "hold", "host"].map((name) => ({
      path: name,
    })),
    { path: "bin/busybox", mode: 0o755, body: readFileSync(space.busybox) },
    ...kernel.boot.map((file) => ({
      path: `modules/${path.basename(file)}`,
      body: readFileSync(path.join(tree, file)),
    })),
    { path: "init", mode: 0o755, body: Buffer.from(init) },
    { path: "stage-two", body: Buffer.from(main) },
    { path: "warden", mode: 0o755, body: Buffer.from(warden) },
  ]);
}
