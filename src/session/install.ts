/** Puts the monitor and the agent where only root can change them, after checking that they are what was built. */
import { createHash } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { codeOf, messageOf } from "../common/errors.ts";
import { parseJson } from "../common/json.ts";
import { GuardFailure } from "./failure.ts";

const Manifest = v.object({
  version: v.literal(1),
  files: v.record(v.string(), v.object({ sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) })),
});

/** Machine names of Node and of the kernel. */
const MONITORS: Readonly<Record<string, string>> = {
  x64: "warden-monitor-x86_64",
  arm64: "warden-monitor-aarch64",
};

export interface Installed {
  readonly monitor: string;
  readonly agent: string;
}

/** The directory of the running bundle: `dist`. */
export function distDirectory(): string {
  return path.dirname(fileURLToPath(import.meta.url));
}

/**
 * Copies this machine's monitor and the agent into `directory`.
 * @throws GuardFailure when there is no build for this machine, or a file is not what the manifest says
 */
export function install(directory: string, from = distDirectory()): Installed {
  const built = MONITORS[process.arch];
  if (built === undefined || process.platform !== "linux") {
    throw new GuardFailure(`Warden runs on Linux on x86_64 and aarch64, not on ${process.platform} on ${process.arch}`);
  }
  const manifest = readManifest(path.join(from, "manifest.json"));
  const copy = (name: string, as: string, mode: number) => {
    const target = path.join(directory, as);
    writeFileSync(target, readChecked(path.join(from, name), manifest.files[name]?.sha256), { mode, flag: "wx" });
    chmodSync(target, mode);
    return target;
  };
  return { monitor: copy(built, "warden-monitor", 0o755), agent: copy("agent.mjs", "agent.mjs", 0o644) };
}

function readManifest(file: string): v.InferOutput<typeof Manifest> {
  try {
    return parseJson(Manifest, readFileSync(file, "utf8"), path.basename(file));
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      throw new GuardFailure(
        `${path.dirname(file)} is not a build of Warden: it has no manifest.json`,
        "Build it with `npm run build` and run dist/warden.mjs.",
      );
    }
    throw new GuardFailure(`${file} cannot be read: ${messageOf(error)}`, "Build it again with `npm run build`.");
  }
}

function readChecked(file: string, sha256: string | undefined): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new GuardFailure(`cannot read ${file}: ${messageOf(error)}`, "Build it again with `npm run build`.");
  }
  if (createHash("sha256").update(bytes).digest("hex") === sha256) return bytes;
  throw new GuardFailure(
    `${file} is not the file that manifest.json describes`,
    "Somebody changed it after the build: take Warden anew from its source.",
  );
}
