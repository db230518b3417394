/** A session's directories: where its state lives, which cgroup it is, where its programs are pinned. */
import { randomInt } from "node:crypto";
import { chmodSync, chownSync, lstatSync, mkdirSync, rmdirSync } from "node:fs";
import path from "node:path";
import { codeOf, messageOf } from "../common/errors.ts";
import { cgroupOf, readMounts } from "./cgroup.ts";
import { GuardFailure } from "./failure.ts";
import { mountOf } from "./mounts.ts";

/** User and group of the agent; AGENT_ID in bpf/monitor/monitor.h. */
export const AGENT_ID = 0x7761726e;

/** Where sessions keep their state, the first choice first. */
export const BASES = ["/run/warden", "/var/lib/warden"] as const;
export const PIN_ROOT = "/sys/fs/bpf";

const ID_LENGTH = 10;
const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** The form of a session's id. */
export const ID = /^[0-9a-z]{10}$/;

export interface Place {
  readonly id: string;
  readonly base: string;
  /** The session's state: `<base>/<id>`. The monitor removes it at the end. */
  readonly directory: string;
  /** The session's cgroup; the monitor makes and removes it. */
  readonly cgroup: string;
  /** The cgroup that it lies in: that of whoever is to be guarded. */
  readonly origin: string;
}

/**
 * Makes the directories of a new session, empty.
 * @param from the process in whose cgroup the session's is made: `self`, or Runner.Worker
 * @throws GuardFailure when this machine has no cgroup2, or something is in the way
 */
export function makePlace(from: number | "self"): Place {
  const origin = cgroupOf(from);
  const id = newId();
  const base = chooseBase();
  const directory = path.join(base, id);
  makeBase(base, directory);
  try {
    makeOwned(path.join(directory, "bin"), 0, 0, 0o755);
    makeOwned(path.join(directory, "journal"), AGENT_ID, 0, 0o770);
    makeOwned(path.join(directory, "report"), AGENT_ID, 0, 0o775);
  } catch (error) {
    throw new GuardFailure(`cannot make ${directory}: ${messageOf(error)}`);
  }
  return { id, base, directory, origin, cgroup: path.join(origin, `warden-${id}`) };
}

/** Where the programs of a session are pinned. */
export function pinsOf(id: string): string {
  return path.join(PIN_ROOT, `warden-${id}`);
}

/** Removes a base directory that no session uses. */
export function removeBase(base: string): void {
  try {
    rmdirSync(base);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(codeOf(error) ?? "")) throw error;
  }
}

function newId(): string {
  return Array.from({ length: ID_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join("");
}

/** Programs are run from here: hosted runners mount /run `noexec`. */
function chooseBase(): string {
  const noexec = mountOf(path.dirname(BASES[0]), readMounts())?.options.includes("noexec") ?? false;
  return noexec ? BASES[1] : BASES[0];
}

/** Whoever ends a session removes an empty base: it may go just when it was seen. */
function makeBase(base: string, directory: string): void {
  for (let attempt = 0; ; attempt++) {
    mkdirSync(base, { recursive: true, mode: 0o711 });
    const found = lstatSync(base);
    if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) {
      throw new GuardFailure(`${base} is not a directory that only root may write`, `Look at what it is; remove it.`);
    }
    try {
      makeOwned(directory, 0, 0, 0o711);
      return;
    } catch (error) {
      if (codeOf(error) !== "ENOENT" || attempt === 5) throw error;
    }
  }
}

/** Made for nobody, then given away: the mask of the caller plays no part. */
function makeOwned(directory: string, uid: number, gid: number, mode: number): void {
  mkdirSync(directory, { mode: 0o700 });
  chownSync(directory, uid, gid);
  chmodSync(directory, mode);
}
