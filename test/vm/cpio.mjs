// An initramfs is a cpio archive of the `newc` kind (kernel: Documentation/driver-api/early-userspace/buffer-format.rst).

const DIRECTORY = 0o040755;
const FILE = 0o100000;

function pad(length) {
  return Buffer.alloc((4 - (length % 4)) % 4);
}

function entry(inode, name, mode, body) {
  const nameBytes = Buffer.from(`${name}\0`);
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const numbers = [inode, mode, 0, 0, 1, 0, body.length, 0, 0, 0, 0, nameBytes.length, 0];
  const header = Buffer.from(`070701${numbers.map((n) => n.toString(16).padStart(8, "0")).join("")}`);
  return [header, nameBytes, pad(header.length + nameBytes.length), body, pad(body.length)];
}

/**
 * @param {readonly {path: string, mode?: number, body?: Buffer}[]} files relative paths, parents first; without a body: a directory
 * @returns {Buffer} the archive, uncompressed
 */
export function cpioArchive(files) {
  const parts = files.flatMap((file, index) =>
    file.body === undefined
      ? entry(index + 1, file.path, DIRECTORY, Buffer.alloc(0))
      : entry(index + 1, file.path, FILE | (file.mode ?? 0o644), file.body),
  );
  return Buffer.concat([...parts, ...entry(0, "TRAILER!!!", 0, Buffer.alloc(0))]);
}
