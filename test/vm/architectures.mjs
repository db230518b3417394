// What differs between the architectures whose kernels the rig boots. Pure.

/**
 * `debian`: Debian's name of it. `processor`: one that hosted runners could have, without what only costs time under
 * emulation (pointer authentication, scalable vectors). `parameters`: of the kernel.
 */
const FACTS = {
  x86_64: {
    debian: "amd64",
    node: "x64",
    emulator: "qemu-system-x86_64",
    emulatorPackage: "qemu-system-x86",
    compiler: "gcc",
    machine: "q35",
    processor: "max",
    parameters: "console=ttyS0 no_timer_check tsc=reliable",
  },
  aarch64: {
    debian: "arm64",
    node: "arm64",
    emulator: "qemu-system-aarch64",
    emulatorPackage: "qemu-system-arm",
    compiler: "aarch64-linux-gnu-gcc",
    machine: "virt,gic-version=3",
    processor: "neoverse-n1",
    parameters: "console=ttyAMA0",
  },
};

/** As `uname -m` and the monitors' file names have them; the first is the machine's own, and the default. */
export const ARCHITECTURES = Object.freeze(Object.keys(FACTS));

/** @throws when there is no such architecture */
export function architectureFacts(arch) {
  if (!Object.hasOwn(FACTS, arch)) throw new Error(`${arch} is none of ${ARCHITECTURES.join(", ")}`);
  return FACTS[arch];
}
