/**
 * The native files: bpf/warden.bpf.c compiled once per flavour, and the monitor that carries both objects, linked
 * statically for each architecture. Nothing in them tells where, when or by whom they were built: sources are named
 * relative to the checkout, there is no build id, and symbols are stripped.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { arm64Packages } from "./arm64.mjs";
import { elfSection } from "./btf.mjs";
import { withoutLines } from "./btf-ext.mjs";
import { run } from "./exec.mjs";
import { fromRoot, root } from "./paths.mjs";
import { crossPrefix } from "./toolchain.mjs";

/** A monitor is copied into place at the start of every job. */
const monitorLimit = 2.5 * 1024 * 1024;

/** Flavour -> the value of the macro WARDEN_FLAVOUR_LSM: 1 where `bpf` is an active LSM, 0 for fmod_ret elsewhere. */
const flavours = { "warden-lsm.bpf.o": 1, "warden-fmod.bpf.o": 0 };

/** @param {"x86_64" | "aarch64"} architecture */
export const monitorName = (architecture) => `warden-monitor-${architecture}`;

/** @param {string} file @param {string} why */
function mustExist(file, why) {
  if (!statSync(fromRoot(file), { throwIfNoEntry: false })) throw new Error(`${file} does not exist: ${why}`);
}

const warnings = ["-Wall", "-Wextra", "-Werror", "-Werror=date-time"];
const anonymous = [`-ffile-prefix-map=${root}=.`];

/** @param {Buffer} bytes @param {string} name */
function refuseMachinePaths(bytes, name) {
  if (root.length > 1 && bytes.includes(root)) throw new Error(`${name} contains ${root}: it would differ elsewhere`);
}

/**
 * Compiles both flavours. The same bytes serve both architectures: the programs use no registers by name.
 * @param {string} into directory for the objects, absolute
 */
export function compileBpf(into) {
  mustExist("bpf/warden.bpf.c", "it is the one source of all BPF programs");
  mkdirSync(into, { recursive: true });
  // <linux/types.h> wants <asm/types.h>, which Debian keeps per architecture; its constants are the same.
  const system = ["-idirafter", "/usr/include/x86_64-linux-gnu"];
  // A program takes the arguments its hook has, and libbpf's macros add a context; few use them all.
  for (const [name, flavour] of Object.entries(flavours)) {
    const object = path.join(into, name);
    const target = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-fdebug-compilation-dir=."];
    const flags = [
      ...target,
      ...warnings,
      "-Wno-unused-parameter",
      ...anonymous,
      `-DWARDEN_FLAVOUR_LSM=${flavour}`,
      "-Ibpf",
      ...system,
    ];
    run("clang", [...flags, "-c", "bpf/warden.bpf.c", "-o", object]);
    // Out goes DWARF, what only a linker reads, and the lines of the sources. The rest of .BTF and .BTF.ext stays: it is
    // what libbpf relocates by.
    const unread = [".rel.BTF", ".rel.BTF.ext", ".llvm_addrsig"].map((section) => `--remove-section=${section}`);
    run("llvm-strip", ["-g", ...unread, object]);
    const small = `${object}.ext`;
    writeFileSync(small, withoutLines(elfSection(readFileSync(object), ".BTF.ext")));
    run("llvm-objcopy", [`--update-section=.BTF.ext=${small}`, object]);
    rmSync(small);
    refuseMachinePaths(readFileSync(object), name);
  }
}

/**
 * @param {"x86_64" | "aarch64"} architecture
 * @param {string} objects where compileBpf put its output, absolute
 * @param {string} into directory for the monitor, absolute
 * @returns {Promise<string>} the monitor's file
 * @throws when it does not compile, or is larger than 2 MB
 */
export async function linkMonitor(architecture, objects, into) {
  const sources = readdirSync(fromRoot("bpf/monitor")).filter((name) => name.endsWith(".c"));
  if (sources.length === 0) throw new Error("bpf/monitor holds no C source: there is no monitor to build");
  mkdirSync(into, { recursive: true });
  const output = path.join(into, monitorName(architecture));
  const inputs = [...sources.sort(), "objects.S"].map((name) => `bpf/monitor/${name}`);
  const harden = ["-D_FORTIFY_SOURCE=2", "-fstack-protector-strong", "-fstack-clash-protection", "-fPIE"];
  const branches = { x86_64: "-fcf-protection=full", aarch64: "-mbranch-protection=standard" };
  const small = ["-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"];
  const compile = ["-std=gnu11", "-O2", ...warnings, ...anonymous, ...harden, branches[architecture], ...small];
  const link = ["-static-pie", "-s", "-Wl,--build-id=none", "-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code"];
  // The headers of the machine's own libbpf-dev must not be found before those that belong to the library.
  const cross = architecture === "aarch64" ? await arm64Packages() : undefined;
  const library = cross ? ["-isystem", cross.include, `-L${cross.lib}`] : [];
  const search = ["-Ibpf", "-Ibpf/monitor", `-Wa,-I,${objects}`, ...library];
  run(`${crossPrefix(architecture)}gcc`, [
    ...compile,
    ...search,
    ...inputs,
    ...link,
    "-o",
    output,
    "-lbpf",
    "-lelf",
    "-lz",
  ]);
  const { size } = statSync(output);
  if (size > monitorLimit) throw new Error(`${monitorName(architecture)} has ${size} bytes, more than ${monitorLimit}`);
  refuseMachinePaths(readFileSync(output), monitorName(architecture));
  return output;
}
