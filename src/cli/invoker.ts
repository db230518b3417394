/** Who called: the user for whom the command is to run, and that user's environment, also when sudo is in between. */
import { readFileSync } from "node:fs";
import { codeOf } from "../common/errors.ts";
import { type Identity, identityOf } from "../session/identity.ts";

export interface Invoker {
  readonly user: Identity;
  readonly environment: NodeJS.ProcessEnv;
}

/** Set by sudo for those it runs. */
const SUDO = ["SUDO_UID", "SUDO_GID", "SUDO_USER", "SUDO_COMMAND", "SUDO_HOME"];

/** The invoking user, from what sudo says of them; without sudo it is the process's own. */
export function findInvoker(environment: NodeJS.ProcessEnv = process.env): Invoker {
  const uid = numberIn(environment.SUDO_UID);
  const gid = numberIn(environment.SUDO_GID);
  if (uid === null || gid === null) {
    return { user: identityOf(process.getuid?.() ?? 0, process.getgid?.() ?? 0), environment };
  }
  const user = identityOf(uid, gid);
  const sudo = findSudo();
  return { user, environment: sudo === null ? asOwn(environment, user) : joined(environment, sudo) };
}

function numberIn(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null;
}

/** How sudo was started. */
export interface Sudo {
  /** It keeps its own environment as it was. */
  readonly environment: NodeJS.ProcessEnv;
  readonly words: readonly string[];
}

/** null when sudo is not our parent. */
function findSudo(): Sudo | null {
  const read = (name: string) => readFileSync(`/proc/${process.ppid}/${name}`, "utf8");
  try {
    if (read("comm").trim() !== "sudo") return null;
    return { environment: parseEnvironment(read("environ")), words: read("cmdline").split("\0") };
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES"].includes(codeOf(error) ?? "")) return null;
    throw error;
  }
}

/** The text of /proc/PID/environ. */
export function parseEnvironment(text: string): NodeJS.ProcessEnv {
  const entries = text.split("\0").flatMap((entry): [string, string][] => {
    const at = entry.indexOf("=");
    return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)]] : [];
  });
  return Object.fromEntries(entries);
}

/**
 * The user's own, and what was set on sudo's command line (`sudo NAME=value warden ...`), which beats it: that is what
 * stands there as a word, and has arrived.
 */
export function joined(own: NodeJS.ProcessEnv, { environment, words }: Sudo): NodeJS.ProcessEnv {
  const added = Object.entries(own).filter(([name]) => !SUDO.includes(name) && name !== "MAIL");
  const told = Object.entries(parseEnvironment(words.join("\0"))).filter(([name, value]) => own[name] === value);
  return { ...Object.fromEntries(added), ...environment, ...Object.fromEntries(told) };
}

/** Without the parent's: ours, with what sudo changes put right. */
export function asOwn(own: NodeJS.ProcessEnv, user: Identity): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !SUDO.includes(name));
  const shell = user.shell === null ? {} : { SHELL: user.shell };
  return { ...Object.fromEntries(kept), ...shell, HOME: user.home, USER: user.name, LOGNAME: user.name };
}
