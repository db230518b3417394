// A packaged kernel is compressed and unpacks itself, which costs an emulated processor one to three seconds. So the
// kernel proper is taken out once, and QEMU starts it directly (by its PVH entry: Debian sets CONFIG_PVH).
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { SetupError, work } from "../../build/steps.mjs";

const MAGICS = [
  { magic: "fd377a585a00", program: "xz", suffix: ".xz" },
  { magic: "28b52ffd", program: "zstd", suffix: ".zst" },
  { magic: "1f8b08", program: "gzip", suffix: ".gz" },
];

/**
 * Where the compressed kernel lies in a bzImage (kernel: Documentation/arch/x86/boot.rst).
 * @param {Buffer} image
 * @returns {{payload: Buffer, program: string, suffix: string, size: number}} `size`: bytes when unpacked
 * @throws SetupError
 */
export function compressedKernel(image) {
  if (image.length < 0x250 || image.toString("latin1", 0x202, 0x206) !== "HdrS") {
    throw new SetupError("the kernel image has no boot header");
  }
  // A count of 0 means 4, for images older than anything we boot.
  const sectors = image[0x1f1] || 4;
  const start = (sectors + 1) * 512 + image.readUInt32LE(0x248);
  const whole = image.subarray(start, start + image.readUInt32LE(0x24c));
  const kind = MAGICS.find(({ magic }) => whole.subarray(0, magic.length / 2).toString("hex") === magic);
  if (kind === undefined) throw new SetupError("the kernel image is compressed in an unknown way");
  // The build appends the unpacked size, which gzip has of its own.
  const payload = kind.program === "gzip" ? whole : whole.subarray(0, whole.length - 4);
  return { payload, program: kind.program, suffix: kind.suffix, size: whole.readUInt32LE(whole.length - 4) };
}

/** Whether it is a kernel for aarch64 as the processor runs it (kernel: Documentation/arch/arm64/booting.rst). @param {Buffer} image */
export function isPlainArm64(image) {
  return image.toString("latin1", 0x38, 0x3c) === "ARM\x64";
}

/** Writes the kernel proper of the image file `from` to `to`: an ELF file, or an image of aarch64. @throws SetupError */
export async function unpackImage(from, to) {
  if (isPlainArm64(readFileSync(from))) return copyFileSync(from, to);
  const { payload, program, suffix, size } = compressedKernel(readFileSync(from));
  writeFileSync(`${to}${suffix}`, payload);
  await work("unpacking the kernel", [program, "-d", ...(program === "zstd" ? ["-q", "--rm"] : []), `${to}${suffix}`]);
  const written = readFileSync(to);
  if (written.length !== size)
    throw new SetupError(`${path.basename(from)} unpacks to ${written.length} bytes, not ${size}`);
}
